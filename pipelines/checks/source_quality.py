"""Whether a photo still shows its product: what was lost before it came here cannot be cut out.

Models find products in pictures of two colours or of coarse blocks as well, and the outline then
follows dots and blocks, while every other check compares the result with that same picture.
"""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.report import Check, judged

Rgb = npt.NDArray[np.uint8]

_LEAST_COLOURS = 32
"""Of 84 photos each has 96 and more among the pixels that are looked at, even as greys; dithered
ones of 16 keep an outline, but not their colours; of 216 both."""
_PIXELS_SEEN = 5_000
_FLAT_STEPS = 0.03
"""Share of neighbouring pixels that differ: photos reduced to 8 colours give 0.04 and more, 0.57
where they are dithered; what was drawn flat, as a sticker is, gives less and lost nothing."""
_MOST_BLOCKS = 2.0
"""Steps between blocks against those within. 109 photos give 1.0 to 1.5; of 15 at JPEG quality 8
all lie above it, at 15 nine, at 25 four, at 30 two. Stripes stand out one way only: the lesser of
both ways counts."""
_BLOCK_PX = 8
_LINES_SEEN = 48
_EDGE = 12
"""Steps count up to this: a box's upright sides are few, and stronger than the rims of blocks."""
_FLAT = 0.4
"""Added to both: where nothing is drawn, a single step is no pattern."""


def source_checks(rgb: Rgb) -> tuple[Check, Check]:
    """Judge a decoded photo by its colours and by the blocks that JPEG leaves.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB, at least 32 px a side
    """
    colours, blocks = _colours(rgb), _blocks(rgb)
    few = colours < _LEAST_COLOURS
    flat = few and _changing(rgb) < _FLAT_STEPS
    return (
        judged(
            "source colours",
            passed=not few or flat,
            value=(f"{colours} different ones" if few else f"{_LEAST_COLOURS} and more")
            + (", drawn flat" if flat else ""),
            limit=f"at least {_LEAST_COLOURS}",
            fix="use the original photo: this one was reduced to a few colours, as for a GIF or "
            "a fax, and its edges and shades with them",
        ),
        judged(
            "source compression",
            passed=blocks <= _MOST_BLOCKS,
            value=f"steps between its blocks are {blocks:.1f} times those within",
            limit=f"at most {_MOST_BLOCKS:g} times",
            fix="use the original photo, or save it as JPEG of quality 80 or more: this one's "
            "edges are those of its blocks",
        ),
    )


def _colours(rgb: Rgb) -> int:
    """Different colours among pixels from all over the picture."""
    pixels = rgb.reshape(-1, 3)
    seen = pixels[:: max(1, len(pixels) // _PIXELS_SEEN)].astype(np.uint32)
    return int(np.unique(seen[:, 0] << 16 | seen[:, 1] << 8 | seen[:, 2]).size)


def _changing(rgb: Rgb) -> float:
    """Share of neighbouring pixels that differ, across or down, whichever is more."""
    along = (np.diff(rgb.astype(np.int16), axis=axis).any(axis=-1) for axis in (0, 1))
    return max(float(one.mean()) for one in along)


def _blocks(rgb: Rgb) -> float:
    """How much stronger steps are at one of eight places than at the others; 1 for none."""
    green = rgb[..., 1]
    return min(_standing_out(green), _standing_out(green.T))


def _standing_out(green: npt.NDArray[np.uint8]) -> float:
    lines = np.ascontiguousarray(green[:: max(1, green.shape[0] // _LINES_SEEN)])
    steps = np.minimum(cv2.absdiff(lines[:, 1:], lines[:, :-1]), _EDGE)
    whole = steps.shape[1] // _BLOCK_PX * _BLOCK_PX
    # A crop moves the blocks: any of the eight places may be their rim.
    places = steps[:, :whole].reshape(len(lines), -1, _BLOCK_PX).mean(axis=(0, 1))
    return float((places.max() + _FLAT) / (np.median(places) + _FLAT))
