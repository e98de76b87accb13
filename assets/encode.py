"""Pictures for screens: resized, in sRGB, without the metadata of the camera.

What a browser gets must not carry the place where a photo was taken, so renditions keep no EXIF.
Colours are converted to sRGB rather than tagged, because AVIF and WebP viewers differ in whether
they honour a profile.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps

from assets.errors import RenditionRefused
from assets.formats import Limits, decode

# Each format's usual setting for photos on screen: no visible loss at normal viewing distance.
ENCODERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "image/jpeg": ("JPEG", {"quality": 88, "optimize": True, "progressive": True}),
    "image/webp": ("WEBP", {"quality": 84, "method": 4}),
    "image/avif": ("AVIF", {"quality": 70, "speed": 6}),
    "image/png": ("PNG", {"optimize": False}),
}
"""Media type to Pillow's encoder and its options."""

MAX_RENDITION_WIDTH_PX: Final = 8192
_ALPHA_MODES: Final = {"RGBA", "LA", "PA"}


def check_rendition(*, width_px: int | None, media_type: str | None) -> None:
    """Refuse what no rendition has.

    Raises         RenditionRefused: width outside 1..8192, or a format that is not encoded
    """
    if width_px is not None and not 1 <= width_px <= MAX_RENDITION_WIDTH_PX:
        raise RenditionRefused(
            field="width", value=width_px, allowed=f"1 to {MAX_RENDITION_WIDTH_PX} px"
        )
    if media_type is not None and media_type not in ENCODERS:
        raise RenditionRefused(
            field="format", value=media_type, allowed=f"one of {', '.join(ENCODERS)}"
        )


def encode_rendition(data: bytes, *, width_px: int, media_type: str, limits: Limits) -> bytes:
    """The image `width_px` wide (never enlarged), upright, in sRGB, in the given format.

    JPEG has no transparency: the picture is laid on white.

    Raises
    ------
        RenditionRefused: as `check_rendition`
        ImageRefused: the original cannot be decoded
    """
    check_rendition(width_px=width_px, media_type=media_type)
    with decode(data, limits=limits) as stored:
        picture = _to_8_bit(stored)
        picture = ImageOps.exif_transpose(picture)
        picture = _to_srgb(picture)
    picture = _fit_width(picture, width_px)
    name, options = ENCODERS[media_type]
    if name == "JPEG":
        picture = _on_white(picture)
    buffer = BytesIO()
    picture.save(buffer, name, **options)
    return buffer.getvalue()


def _to_8_bit(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode.startswith("I;16"):
        # Pillow clips 16-bit grey at 255 when it converts; divide first.
        return image.convert("I").point(lambda value: value / 257).convert("L")
    if image.mode == "F":
        return image.convert("L")
    return image


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert to RGB or RGBA; an unusable profile is ignored as a viewer would."""
    has_alpha = image.mode in _ALPHA_MODES or "transparency" in image.info
    target = "RGBA" if has_alpha else "RGB"
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert(target)
    alpha = image.convert("RGBA").getchannel("A") if has_alpha else None
    opaque = image if image.mode in {"RGB", "CMYK", "L"} else image.convert("RGB")
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            opaque, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert(target)
    picture = opaque.convert("RGB") if converted is None else converted
    if alpha is not None:
        picture.putalpha(alpha)
    picture.info.pop("icc_profile", None)
    return picture


def _fit_width(image: Image.Image, width_px: int) -> Image.Image:
    if width_px >= image.width:
        return image
    height_px = max(1, round(image.height * width_px / image.width))
    return image.resize((width_px, height_px), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, image).convert("RGB")
