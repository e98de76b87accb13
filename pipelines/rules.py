"""A finished file against a marketplace's rules: a value, a limit, pass or fail for each."""

import io
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.checks.purity import darkest_channel
from pipelines.errors import ImageUnreadable
from pipelines.imaging.cutout import box_of
from pipelines.imaging.decode import decode
from pipelines.imaging.opening import DecodeLimits
from pipelines.presets import Bound, Preset
from pipelines.provenance.checks import origin_checks
from pipelines.report import Check, Report, judged, noted

_NEAR_WHITE = 250
"""A pixel darker than this in any channel is product or shadow, when fill is measured on a file."""
_CHANNELS_ALLOWED = DecodeLimits(max_pixels=200_000_000, max_side_px=20_000, min_side_px=1)


def check_file(data: bytes, preset: Preset, *, name: str) -> Report:
    """Check a finished image against every rule that the preset states, and what it says of itself.

    Raises
    ------
    ImageRefused : the bytes are no picture that can be judged
    """
    return Report(checks=(*rule_checks(data, preset, name=name), *origin_checks(data)))


def rule_checks(data: bytes, preset: Preset, *, name: str) -> list[Check]:
    """Check the bytes of a finished image against a preset's rules alone.

    Raises
    ------
    ImageRefused : the bytes are no picture that can be judged
    """
    source = decode(data, name=name, limits=_CHANNELS_ALLOWED)
    width, height = source.width_px, source.height_px
    return [
        noted("rules of", f"{preset.title} ({preset.status}, {preset.read_on})"),
        *_size_checks(width, height, preset),
        *_file_checks(data, source.format, preset, name=name),
        *_background_checks(source.rgb, source.alpha, preset),
    ]


def _size_checks(width: int, height: int, preset: Preset) -> list[Check]:
    size = f"{width} x {height} px"
    fix = f"make it again with --spec {preset.name}"
    checks: list[Check] = []
    if preset.exact_size is not None:
        wanted = "{} x {} px".format(*preset.exact_size)
        fits = (width, height) == preset.exact_size
        checks.append(judged("size", passed=fits, value=size, limit=wanted, fix=fix))
    sides: list[tuple[str, int, Bound | None]] = [
        ("longest side", max(width, height), preset.longest_side),
        ("shortest side", min(width, height), preset.shortest_side),
    ]
    for label, value, bound in sides:
        if bound is not None:
            checks.append(
                judged(
                    label,
                    passed=bound.holds(value),
                    value=f"{value} px",
                    limit=bound.words(" px"),
                    fix=fix,
                )
            )
    if preset.max_pixels is not None:
        limit = f"at most {preset.max_pixels / 1e6:g} megapixels"
        measured = f"{width * height / 1e6:.1f} megapixels"
        small = width * height <= preset.max_pixels
        checks.append(judged("pixels", passed=small, value=measured, limit=limit, fix=fix))
    return checks


def _file_checks(data: bytes, format_name: str, preset: Preset, *, name: str) -> list[Check]:
    kind = format_name.lower()
    checks = [
        judged(
            "format",
            passed=kind in preset.formats,
            value=kind,
            limit=", ".join(preset.formats),
            fix=f"save it as {preset.formats[0]}",
        )
    ]
    if preset.max_bytes is not None or preset.min_bytes is not None:
        checks.append(_bytes_check(len(data), preset))
    if preset.extension_matches:
        checks.append(_extension_check(kind, name))
    if preset.min_quality is not None and kind == "jpeg":
        quality = jpeg_quality(data)
        checks.append(
            judged(
                "JPEG quality",
                passed=quality >= preset.min_quality,
                value=f"about {quality}",
                limit=f"at least {preset.min_quality}",
                fix="save it at a higher quality",
            )
        )
    return checks


def _bytes_check(size_bytes: int, preset: Preset) -> Check:
    bound = Bound(min=preset.min_bytes, max=preset.max_bytes)
    return judged(
        "bytes",
        passed=bound.holds(size_bytes),
        value=f"{size_bytes:,}",
        limit=_bytes_words(bound),
        fix=f"make it again with --spec {preset.name}",
    )


def _extension_check(kind: str, name: str) -> Check:
    endings = {"jpeg": {".jpg", ".jpeg"}, "tiff": {".tif", ".tiff"}}.get(kind, {f".{kind}"})
    ending = Path(name).suffix.lower()
    return judged(
        "extension",
        passed=ending in endings,
        value=ending or "none",
        limit=" or ".join(sorted(endings)),
        fix="rename the file",
    )


def _bytes_words(bound: Bound) -> str:
    parts = []
    if bound.min is not None:
        parts.append(f"at least {int(bound.min):,}")
    if bound.max is not None:
        parts.append(f"at most {int(bound.max):,}")
    return " and ".join(parts)


def _background_checks(
    rgb: npt.NDArray[np.uint8], alpha: npt.NDArray[np.float32] | None, preset: Preset
) -> list[Check]:
    if preset.background != "white":
        return []
    if alpha is not None:
        return [
            judged(
                "background",
                passed=False,
                value="transparent",
                limit="opaque, 255,255,255",
                fix="put it on white with `packshot white`",
            )
        ]
    return [_edge_check(rgb), *_product_checks(rgb, preset)]


def _edge_check(rgb: npt.NDArray[np.uint8]) -> Check:
    border = np.concatenate([rgb[0], rgb[-1], rgb[:, 0], rgb[:, -1]])
    darkest = int(border.min())
    return judged(
        "white at the frame's edge",
        passed=darkest == 255,
        value=f"darkest channel {darkest}",
        limit="255,255,255 exactly",
        fix="put it on white with `packshot white`",
    )


def _product_checks(rgb: npt.NDArray[np.uint8], preset: Preset) -> list[Check]:
    """Check how the product lies on its white background."""
    content = (darkest_channel(rgb) < _NEAR_WHITE).astype(np.uint8)
    box = box_of(cv2.medianBlur(content, 5).astype(np.float32), threshold=0.5)
    if box is None:
        return [
            judged(
                "product",
                passed=False,
                value="nothing but white",
                limit="a product",
                fix="check the source photo",
            )
        ]
    height, width = rgb.shape[:2]
    checks = []
    if preset.fill is not None and (preset.fill.min is not None or preset.fill.max is not None):
        fill = max(box.width_px / width, box.height_px / height)
        checks.append(
            judged(
                "fill",
                passed=preset.fill.holds(round(fill, 3)),
                value=f"{fill:.3f}",
                limit=preset.fill.words(),
                fix=f"make it again with --spec {preset.name}",
            )
        )
    if preset.whole_product:
        inside = box.left > 0 and box.top > 0 and box.right < width and box.bottom < height
        checks.append(
            judged(
                "whole product in frame",
                passed=inside,
                value="inside" if inside else "cut off",
                limit="inside",
                fix="use a photo that shows the whole product",
            )
        )
    return checks


def jpeg_quality(data: bytes) -> int:
    """Estimate a JPEG's quality setting from its luminance quantisation table.

    Inverts the scaling of the tables in ITU-T T.81 Annex K that encoders share (libjpeg's
    ``jpeg_quality_scaling``); exact for files written so, within a few steps for others.
    """
    with Image.open(io.BytesIO(data)) as image:
        tables = getattr(image, "quantization", None)
    if not tables:
        raise ImageUnreadable(name="image", fact="it has no quantisation table", fix="save as JPEG")
    standard_sum = 3695
    """Sum of the 64 entries of the standard luminance table at quality 50."""
    scale = 100 * sum(tables[0]) / standard_sum
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return int(min(100, max(1, round(quality))))
