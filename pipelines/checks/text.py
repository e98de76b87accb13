"""Text on the product: what could be read on the photo can still be read on the result."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.brands.settle import allows_text
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.placement import Placed
from pipelines.presets import Preset
from pipelines.reading.lines import Line, letters_kept
from pipelines.reading.reader import TextReader
from pipelines.report import Check, judged, noted

KEPT = 0.9
"""Share of letters: the same label read on two backgrounds differs by a letter or two in fifty."""
_SURE = 0.8
"""Readings less sure than this are as often a pattern as a letter."""
_ON_PRODUCT, _OFF_PRODUCT = 0.6, 0.3
_SHOWN_CHARS = 80

Raster = npt.NDArray[np.uint8]
Alpha = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A picture of the product and where in it the product is."""

    rgb: Raster
    alpha: Alpha

    def text(self, reader: TextReader) -> list[Line]:
        """The lines on the product that can be read with certainty."""
        found = reader.read(self.rgb)
        return [one for one in found if _worth(one) and one.covered(self.alpha) >= _ON_PRODUCT]


def text_check(before: View, after: View, reader: TextReader) -> Check:
    """Read the product's text on the photo and on the result, at the same size."""
    photo, result = before.text(reader), after.text(reader)
    if not photo:
        return noted("text on the product", "none that can be read at this size")
    kept = letters_kept(photo, result)
    return judged(
        "text on the product",
        passed=kept >= KEPT,
        value=f"{kept:.0%} of {_quoted(photo)} can still be read",
        limit=f"at least {KEPT:.0%}",
        fix="compare it with the photo; make it larger, or keep what was taken away with --keep",
    )


def views(
    source: Raster, cutout: Cutout, placed: Placed, raster: Raster
) -> tuple[View, View] | None:
    """The product on the photo and on the result at the same size; None where it is cut off."""
    box, scale = cutout.box, source.shape[0] / cutout.alpha.shape[0]
    edges = (box.top, box.bottom, box.left, box.right)
    top, bottom, left, right = (round(edge * scale) for edge in edges)
    height, width = placed.alpha.shape
    inside = 0 <= placed.left_px <= placed.frame_width_px - width
    inside &= 0 <= placed.top_px <= placed.frame_height_px - height
    if not inside:
        return None
    how = cv2.INTER_AREA if width < right - left else cv2.INTER_CUBIC
    photo = cv2.resize(source[top:bottom, left:right], (width, height), interpolation=how)
    shown = raster[placed.top_px :, placed.left_px :, :3][:height, :width]
    return (
        View(rgb=np.asarray(photo, np.uint8), alpha=placed.alpha),
        View(rgb=np.ascontiguousarray(shown), alpha=placed.alpha),
    )


def overlaid_text_check(
    raster: Raster, alpha: Alpha, rules: Preset | None, reader: TextReader
) -> Check:
    """Look for text beside the product, which many channels forbid.

    Parameters
    ----------
    alpha : float32 (H, W), of the product in the frame
    """
    found = reader.read(np.ascontiguousarray(raster[..., :3]))
    beside = [one for one in found if _worth(one) and one.covered(alpha) <= _OFF_PRODUCT]
    value = _quoted(beside) if beside else "none"
    if rules is None or allows_text(rules):
        return noted("text in the picture", value)
    return judged(
        "text in the picture",
        passed=not beside,
        value=value,
        limit=f"none beside the product: {rules.name}",
        fix="leave text and logos out, or use a photo without them",
    )


def _worth(line: Line) -> bool:
    return line.score >= _SURE and len(line.letters) >= 2


def _quoted(lines: Sequence[Line]) -> str:
    told = " / ".join(one.text for one in lines)
    return f"“{told if len(told) <= _SHOWN_CHARS else told[: _SHOWN_CHARS - 1] + '…'}”"
