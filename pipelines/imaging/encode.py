"""From a raster to a file: sRGB tagged, within byte limits, the same bytes each time."""

import io
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageFile
from PIL.PngImagePlugin import PngInfo

from pipelines.errors import ByteLimitUnreachable

Format = Literal["jpeg", "png", "webp", "avif", "tiff"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIX: dict[Format, str] = {
    "jpeg": ".jpg", "png": ".png", "webp": ".webp", "avif": ".avif", "tiff": ".tif"
}  # fmt: skip
MEDIA_TYPE: dict[Format, str] = {
    "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif",
    "tiff": "image/tiff",
}  # fmt: skip
_LOSSY: frozenset[Format] = frozenset({"jpeg", "webp", "avif"})
_LOWEST_QUALITY = 40
"""Below this, JPEG blocks show on smooth surfaces at arm's length: refuse rather than ship it."""

Digital = Literal["compositeSynthetic", "compositeWithTrainedAlgorithmicMedia"]
# Pillow gives libjpeg one buffer for the whole file, sized by a guess from the pixel count; noisy
# pictures outgrow the guess and fail. A constant, because PNG chunk sizes follow it too.
ImageFile.MAXBLOCK = 1 << 27

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeOptions:
    """How a raster becomes a file.

    Attributes
    ----------
    quality
        1 to 100; where bytes are limited it is the highest that is tried.
    source_type
        IPTC ``DigitalSourceType`` written as XMP, or None for a plain photograph.
    """

    format: Format = "jpeg"
    quality: int = 92
    max_bytes: int | None = None
    min_bytes: int | None = None
    dpi: int = 72
    source_type: Digital | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A finished file and the quality that it took."""

    data: bytes
    format: Format
    quality: int | None


def encode(raster: npt.NDArray[np.uint8], options: EncodeOptions) -> Encoded:
    """Encode (H, W, 3) or (H, W, 4) uint8 sRGB.

    Where bytes are limited, the highest quality that fits is found by bisection.

    Raises
    ------
    ByteLimitUnreachable : even the lowest acceptable quality is too large, or the best too small
    """
    if options.format not in _LOSSY:
        data = _write(raster, options, quality=None)
        _refuse_outside(data, options)
        return Encoded(data=data, format=options.format, quality=None)
    quality, data = options.quality, _write(raster, options, quality=options.quality)
    if options.max_bytes is not None and len(data) > options.max_bytes:
        quality, data = _highest_that_fits(raster, options)
    if options.min_bytes is not None and len(data) < options.min_bytes and quality < 100:
        quality, data = 100, _write(raster, options, quality=100)
    _refuse_outside(data, options)
    return Encoded(data=data, format=options.format, quality=quality)


def _highest_that_fits(raster: npt.NDArray[np.uint8], options: EncodeOptions) -> tuple[int, bytes]:
    low, high = _LOWEST_QUALITY, options.quality - 1
    best = low, _write(raster, options, quality=low)
    while low < high:
        middle = (low + high + 1) // 2
        data = _write(raster, options, quality=middle)
        if len(data) <= (options.max_bytes or 0):
            low, best = middle, (middle, data)
        else:
            high = middle - 1
    return best


def _refuse_outside(data: bytes, options: EncodeOptions) -> None:
    if options.max_bytes is not None and len(data) > options.max_bytes:
        raise ByteLimitUnreachable(
            limit=f"at most {options.max_bytes:,} are allowed",
            reached_bytes=len(data),
            fix="choose a smaller --size, or JPEG",
        )
    if options.min_bytes is not None and len(data) < options.min_bytes:
        raise ByteLimitUnreachable(
            limit=f"at least {options.min_bytes:,} are wanted",
            reached_bytes=len(data),
            fix="choose a larger --size, or PNG",
        )


def _write(raster: npt.NDArray[np.uint8], options: EncodeOptions, *, quality: int | None) -> bytes:
    image = Image.fromarray(raster)
    out = io.BytesIO()
    tags: dict[str, object] = {"icc_profile": srgb_profile()}
    xmp = _xmp(options.source_type)
    match options.format:
        case "jpeg":
            sampling = 0 if (quality or 0) >= 85 else 2
            extra = {"xmp": xmp} if xmp else {}
            image.convert("RGB").save(
                out, "JPEG", quality=quality, subsampling=sampling, optimize=True,
                progressive=True, dpi=(options.dpi, options.dpi), **tags, **extra,
            )  # fmt: skip
        case "webp":
            image.save(out, "WEBP", quality=quality, method=4, xmp=xmp, exact=True, **tags)
        case "avif":
            # One thread: the encoder's tiles, and with them the bytes, depend on their number.
            image.save(out, "AVIF", quality=quality, speed=7, max_threads=1, xmp=xmp, **tags)
        case "png":
            info = PngInfo()
            if xmp:
                info.add_itxt("XML:com.adobe.xmp", xmp.decode())
            image.save(
                out, "PNG", compress_level=6, pnginfo=info, dpi=(options.dpi, options.dpi), **tags
            )
        case "tiff":
            image.save(out, "TIFF", compression="tiff_lzw", dpi=(options.dpi, options.dpi), **tags)
    return out.getvalue()


@cache
def srgb_profile() -> bytes:
    """Return an sRGB ICC profile with its creation date blanked, so that bytes repeat."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes(12)
    return bytes(profile)


def _xmp(source_type: Digital | None) -> bytes:
    """Return an XMP packet naming the IPTC digital source type, or nothing."""
    if source_type is None:
        return b""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'Iptc4xmpExt:DigitalSourceType="{_IPTC}{source_type}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()
