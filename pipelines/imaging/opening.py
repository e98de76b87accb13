"""Untrusted bytes, opened: nothing is decoded before its header keeps the limits."""

import io
import re
import struct
import warnings
from dataclasses import dataclass

import pillow_heif
from PIL import Image, UnidentifiedImageError

from pipelines.errors import (
    ImageAnimated,
    ImageTooLarge,
    ImageTooSmall,
    ImageTransparent,
    ImageUnreadable,
)

pillow_heif.register_heif_opener()
# Pixel counts are limited below, before anything is decoded, with an error that names the file.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_DECODER_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
)
_STILL_FORMATS_WITH_FRAMES = {"MPO", "TIFF", "HEIF"}
"""Formats whose further frames are thumbnails, pages or burst shots: the first is the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeLimits:
    """What may be decoded; the defaults hold for every command and for HTTP."""

    max_pixels: int = 64_000_000
    max_side_px: int = 16_384
    min_side_px: int = 32


def open_within(data: bytes, limits: DecodeLimits, *, name: str) -> Image.Image:
    """A picture of which only the header was read, and found within the limits.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, ImageTooSmall, ImageAnimated
    """
    image = _opened(data, name=name)
    _refuse_by_header(image, name=name, limits=limits)
    return image


def _opened(data: bytes, *, name: str) -> Image.Image:
    if not data:
        raise ImageUnreadable(name=name, fact="the file is empty (0 bytes)", fix="export it again")
    try:
        return Image.open(io.BytesIO(data))
    except Image.DecompressionBombError:
        raise ImageTooLarge(
            name=name,
            fact="its header claims more pixels than may be decoded",
            fix="export it at 64 megapixels or less",
        ) from None
    except UnidentifiedImageError:
        raise ImageUnreadable(
            name=name,
            fact=_what_else(data),
            fix="pass JPEG, PNG, WebP, AVIF, HEIC, TIFF, BMP or OpenEXR",
        ) from None
    except _DECODER_FAULTS as fault:
        raise ImageUnreadable(
            name=name, fact=f"its header is damaged ({fault})", fix="export it again"
        ) from fault


def _what_else(data: bytes) -> str:
    head = data[:512]
    if head.startswith(b"%PDF"):
        return "this is a PDF document"
    if re.match(rb"\s*(<\?xml[^>]*>\s*)?<svg", head):
        return "this is an SVG drawing"
    if not any(byte < 9 for byte in head):
        return "this is a text file, not an image"
    return "no image format was recognised in its content"


def _refuse_by_header(image: Image.Image, *, name: str, limits: DecodeLimits) -> None:
    width, height = image.size
    size = f"{width:,} x {height:,} px"
    if width * height > limits.max_pixels or max(width, height) > limits.max_side_px:
        raise ImageTooLarge(
            name=name,
            fact=f"{size} is more than the limit of {limits.max_pixels // 1_000_000} megapixels "
            f"and {limits.max_side_px:,} px a side",
            fix="export it smaller",
        )
    if min(width, height) < limits.min_side_px:
        raise too_small(name, size, limits)
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format not in _STILL_FORMATS_WITH_FRAMES:
        raise ImageAnimated(
            name=name,
            fact=f"animated, {frames} frames where the limit is one",
            fix="export one frame as a still picture",
        )


def too_small(name: str, size: str, limits: DecodeLimits) -> ImageTooSmall:
    """The refusal of a picture that is smaller than the limits."""
    return ImageTooSmall(
        name=name,
        fact=f"{size} is less than the limit of {limits.min_side_px} px a side",
        fix="use a larger photo (1,000 px or more gives good results)",
    )


def load(image: Image.Image, *, name: str) -> None:
    """Decode a picture that was opened.

    Raises
    ------
    ImageUnreadable
    """
    try:
        image.load()
    except _DECODER_FAULTS as fault:
        raise ImageUnreadable(
            name=name,
            fact=f"the {image.format} data is cut off or damaged ({fault})",
            fix="copy or export the file again",
        ) from fault


def transparent(name: str) -> ImageTransparent:
    """The refusal of a picture that shows nothing."""
    return ImageTransparent(
        name=name, fact="every pixel is fully transparent", fix="export it with its content"
    )
