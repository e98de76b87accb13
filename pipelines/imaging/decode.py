"""From untrusted bytes to an upright sRGB picture."""

import io
import re
import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from pipelines.errors import (
    ImageAnimated,
    ImageTooLarge,
    ImageTooSmall,
    ImageTransparent,
    ImageUnreadable,
    ObjectNotFound,
)
from pipelines.imaging import exr
from pipelines.imaging.deep_png import is_deep_png, read_deep_png
from pipelines.imaging.gamma import corrected, exponent_of, table_of
from pipelines.imaging.jpeg import jpeg_pixels
from pipelines.imaging.view import View, shown

pillow_heif.register_heif_opener()
# Pixel counts are limited below, before anything is decoded, with an error that names the file.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_SRGB = ImageCms.createProfile("sRGB")
_ORIENTATION = 0x0112
"""The EXIF tag; 1 is upright."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceImage:
    """An upright sRGB picture and what was done to make it one.

    Attributes
    ----------
    rgb
        uint8 (H, W, 3), sRGB.
    alpha
        float32 (H, W) in [0, 1] where the file carried a real alpha channel, else None.
    format
        Pillow's name of the file's format by content, such as ``JPEG``; ``EXR`` for OpenEXR.
    shadow
        float32 (H, W) in [0, 1]: share of light that the product's own shadow leaves, where the
        file has such a pass.
    mixed
        bool (H, W): partly covered pixels whose colour holds more than the product; None where
        alpha came with straight colour.
    notes
        What a user should know: "colours converted from Adobe RGB", "turned upright by EXIF".
    """

    rgb: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.float32] | None
    format: str
    notes: tuple[str, ...]
    shadow: npt.NDArray[np.float32] | None = None
    mixed: npt.NDArray[np.bool_] | None = None

    @property
    def rendered(self) -> bool:
        """Whether the file can only come from a renderer."""
        return self.format == "EXR"

    @property
    def height_px(self) -> int:
        """Height after EXIF rotation."""
        return int(self.rgb.shape[0])

    @property
    def width_px(self) -> int:
        """Width after EXIF rotation."""
        return int(self.rgb.shape[1])


_WORTH_TELLING = 0.0005
"""Share of a picture that is clipped before a report says so."""
_DEFAULT_LIMITS = DecodeLimits()
_DEFAULT_VIEW = View()


def decode(
    data: bytes,
    *,
    name: str,
    limits: DecodeLimits = _DEFAULT_LIMITS,
    view: View = _DEFAULT_VIEW,
    objects: Sequence[str] = (),
) -> SourceImage:
    """Decode one picture; every refusal names the file, the limit and the fix.

    Parameters
    ----------
    view
        How the linear light of an OpenEXR file is shown; other formats are display light already.
    objects
        Names or ids of the things in an OpenEXR file that are the product.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, ImageTooSmall, ImageAnimated, ImageTransparent, ObjectNotFound,
    ExtraMissing
    """
    if data.startswith(exr.MAGIC):
        return _decode_exr(data, name=name, limits=limits, view=view, objects=objects)
    if objects:
        raise ObjectNotFound(
            name=name,
            fact=f"no object '{objects[0]}': only OpenEXR files say what is what",
            fix="leave --object out, or draw the product with --mask",
        )
    image = _open(data, name=name)
    _refuse_by_header(image, name=name, limits=limits)
    notes: list[str] = []
    pixels = jpeg_pixels(image, data, notes)
    if pixels is None:
        _load(image, name=name)
    elif _as_it_lies(image):
        return SourceImage(rgb=pixels, alpha=None, format="JPEG", notes=())
    upright = image if pixels is None else _with_info(pixels, image)
    if _is_turned(upright):
        upright = ImageOps.exif_transpose(upright)
        notes.append("turned upright by its EXIF orientation")
    deep = _deep(image, data, name=name, notes=notes)
    upright, alpha = deep or (upright, _alpha_of(upright, name=name))
    rgb = _to_srgb(upright, notes)
    return SourceImage(rgb=rgb, alpha=alpha, format=image.format or "unknown", notes=tuple(notes))


def _decode_exr(
    data: bytes, *, name: str, limits: DecodeLimits, view: View, objects: Sequence[str]
) -> SourceImage:
    found = exr.read_exr(
        data,
        name=name,
        most_pixels=limits.max_pixels,
        most_side_px=limits.max_side_px,
        objects=objects,
    )
    height, width = found.rgb_linear.shape[:2]
    if min(height, width) < limits.min_side_px:
        raise _too_small(name, f"{width:,} x {height:,} px", limits)
    alpha = found.alpha
    if alpha is not None and not alpha.any():
        raise _transparent(name)
    if alpha is not None and float(alpha.min()) == 1.0:
        alpha = None
    clipped = (found.rgb_linear.max(axis=-1) * 2.0**view.exposure_ev > 1.001) & (
        True if alpha is None else alpha > 0
    )
    notes = [*found.notes, f"linear light shown by the {view.words()}"]
    if clipped.mean() >= _WORTH_TELLING:
        notes.append(f"{clipped.mean():.1%} of the picture is brighter than white")
    return SourceImage(
        rgb=shown(found.rgb_linear, view, chromaticities=found.chromaticities),
        alpha=alpha,
        format="EXR",
        notes=tuple(notes),
        shadow=found.shadow,
        mixed=found.mixed,
    )


def _deep(
    image: Image.Image, data: bytes, *, name: str, notes: list[str]
) -> tuple[Image.Image, npt.NDArray[np.float32] | None] | None:
    """A PNG of 16 bits with its own colour profile still to be applied; None for any other."""
    if not is_deep_png(data) or notes:
        return None
    exponent = exponent_of(image)
    table = None if exponent is None else table_of(exponent, bits=16)
    found = read_deep_png(data, table=table)
    if found is None:
        return None
    rgb, alpha = found
    if alpha is not None and not alpha.any():
        raise _transparent(name)
    colours = _with_info(rgb, image)
    colours.info.pop("gamma", None)
    if exponent is not None:
        notes.append(_by_exponent(exponent))
    notes.append("16 bits a channel, rounded to 8")
    return colours, None if alpha is not None and float(alpha.min()) == 1 else alpha


def _open(data: bytes, *, name: str) -> Image.Image:
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
        raise _too_small(name, size, limits)
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format not in _STILL_FORMATS_WITH_FRAMES:
        raise ImageAnimated(
            name=name,
            fact=f"animated, {frames} frames where the limit is one",
            fix="export one frame as a still picture",
        )


def _too_small(name: str, size: str, limits: DecodeLimits) -> ImageTooSmall:
    return ImageTooSmall(
        name=name,
        fact=f"{size} is less than the limit of {limits.min_side_px} px a side",
        fix="use a larger photo (1,000 px or more gives good results)",
    )


def _as_it_lies(image: Image.Image) -> bool:
    """Whether a picture is upright and in sRGB, so that its pixels are not to be touched."""
    return not _is_turned(image) and not image.info.get("icc_profile")


def _is_turned(image: Image.Image) -> bool:
    return bool(image.getexif().get(_ORIENTATION, 1) != 1)


def _with_info(pixels: npt.NDArray[np.uint8], image: Image.Image) -> Image.Image:
    """Pixels with what their file says of them, such as profile and orientation."""
    known = Image.fromarray(pixels)
    known.info.update(image.info)
    return known


def _transparent(name: str) -> ImageTransparent:
    return ImageTransparent(
        name=name, fact="every pixel is fully transparent", fix="export it with its content"
    )


def _load(image: Image.Image, *, name: str) -> None:
    try:
        image.load()
    except _DECODER_FAULTS as fault:
        raise ImageUnreadable(
            name=name,
            fact=f"the {image.format} data is cut off or damaged ({fault})",
            fix="copy or export the file again",
        ) from fault


def _alpha_of(image: Image.Image, *, name: str) -> npt.NDArray[np.float32] | None:
    if not image.has_transparency_data:
        return None
    alpha8 = np.asarray(image.convert("RGBA").getchannel("A"))
    if not alpha8.any():
        raise _transparent(name)
    if alpha8.min() == 255:
        return None
    return alpha8.astype(np.float32) / np.float32(255)


def _to_srgb(image: Image.Image, notes: list[str]) -> npt.NDArray[np.uint8]:
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        notes.append("16-bit grey scaled to 8 bits")
        image = Image.fromarray(_eight_bit(np.asarray(image, dtype=np.float64)))
    if image.mode == "1":
        notes.append("1 bit a pixel, black and white alone: cutouts of such pictures are poor")
    exponent = exponent_of(image)
    if exponent is not None:
        notes.append(_by_exponent(exponent))
        image = corrected(image, exponent)
    converted = _through_profile(image, notes)
    if converted.mode == "CMYK":
        notes.append("CMYK without a colour profile: colours are approximate")
    if converted.mode == "P":
        converted = converted.convert("RGBA")  # a palette's transparent entry has no RGB way out
    return np.asarray(converted if converted.mode == "RGB" else converted.convert("RGB"))


def _by_exponent(exponent: float) -> str:
    return f"colours converted from a gamma of {exponent:.3g} to sRGB, as the file says"


def _eight_bit(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    peak = 65535.0 if values.max() > 255 else 255.0 if values.max() > 1 else 1.0
    return np.clip(values / peak * 255.0 + 0.5, 0, 255).astype(np.uint8)


def _through_profile(image: Image.Image, notes: list[str]) -> Image.Image:
    icc = image.info.get("icc_profile")
    if not icc:
        return image
    if image.mode in {"P", "PA", "LA", "1"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        described = ImageCms.getProfileDescription(profile).strip() or "its colour profile"
        if "srgb" in described.lower():
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        result = ImageCms.profileToProfile(image, profile, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        notes.append("its colour profile is damaged and was ignored")
        return image
    notes.append(f"colours converted from {described} to sRGB")
    return image if result is None else result
