"""From a raster to a file: sRGB tagged, within byte limits, the same bytes each time."""

import io
import zlib
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageCms, ImageFile, TiffImagePlugin, TiffTags
from PIL.PngImagePlugin import PngInfo

from pipelines.errors import ByteLimitUnreachable
from pipelines.imaging.png import write_png

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
# Milliseconds of one core, and bytes, for a tote of 2,000 px on white (PNG: cut out):
#   JPEG quality 93    baseline 27 ms 515 KB, progressive 64 ms 473 KB
#   PNG                one filter 20 ms 2.3 MB, the best filter of each row 115 ms 2.17 MB
#   WebP quality 93    method 2 118 ms 332 KB, method 4 218 ms 330 KB
#   AVIF quality 93    speed 7 835 ms 370 KB, speed 8 595 ms 371 KB, speed 9 141 ms 383 KB
#   TIFF               deflate 82 ms 2.66 MB, LZW 60 ms 3.27 MB
# simplejpeg, which reads JPEGs here, writes them in 14 ms and OpenCV in 38: the one neither fits
# its tables to the picture (6 to 12% larger, as Pillow's is in 14 ms without that) nor takes a
# profile or any other segment.
_WEBP_METHOD = 2
_AVIF_SPEED = 8
_LOWEST_QUALITY = 40
"""Below this, JPEG blocks show on smooth surfaces at arm's length: refuse rather than ship it."""
_TIFF_XMP = 700
"""The tag that the XMP specification, part 3, reserves for the packet."""

# Pillow gives libjpeg one buffer for the whole file, sized by a guess from the pixel count; noisy
# pictures outgrow the guess and fail. A constant, because PNG chunk sizes follow it too.
ImageFile.MAXBLOCK = 1 << 27


def suffix_of(media_type: str) -> str:
    """File ending of a media type that we write.

    >>> suffix_of("image/jpeg")
    '.jpg'
    """
    return next(SUFFIX[one] for one in FORMATS if MEDIA_TYPE[one] == media_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodeOptions:
    """How a raster becomes a file.

    Attributes
    ----------
    quality
        1 to 100; where bytes are limited it is the highest that is tried.
    xmp
        A packet written into the file, whatever its format; none if empty.
    tightest
        Spend time on bytes: a progressive JPEG is 4 to 8% smaller and takes two to three times as
        long, a PNG 2 to 11%. `encode` chooses it by itself where a byte limit would cost quality
        or refuse the picture.
    """

    format: Format = "jpeg"
    quality: int = 92
    max_bytes: int | None = None
    min_bytes: int | None = None
    dpi: int = 72
    xmp: bytes = b""
    tightest: bool = False


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
        if options.max_bytes is not None and len(data) > options.max_bytes:
            data = _write(raster, replace(options, tightest=True), quality=None)
        _refuse_outside(data, options)
        return Encoded(data=data, format=options.format, quality=None)
    quality, data = options.quality, _write(raster, options, quality=options.quality)
    if options.max_bytes is not None and len(data) > options.max_bytes:
        quality, data = _highest_that_fits(raster, replace(options, tightest=True))
    if options.min_bytes is not None and len(data) < options.min_bytes and quality < 100:
        quality, data = 100, _write(raster, options, quality=100)
    _refuse_outside(data, options)
    return Encoded(data=data, format=options.format, quality=quality)


def _highest_that_fits(raster: npt.NDArray[np.uint8], options: EncodeOptions) -> tuple[int, bytes]:
    low, high = _LOWEST_QUALITY, options.quality
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
    xmp = options.xmp
    match options.format:
        case "jpeg":
            sampling = 0 if (quality or 0) >= 85 else 2
            extra = {"xmp": xmp} if xmp else {}
            opaque = image if image.mode == "RGB" else image.convert("RGB")
            opaque.save(
                out, "JPEG", quality=quality, subsampling=sampling, optimize=True,
                progressive=options.tightest, dpi=(options.dpi, options.dpi), **tags, **extra,
            )  # fmt: skip
        case "webp":
            image.save(
                out, "WEBP", quality=quality, method=_WEBP_METHOD, xmp=xmp, exact=True,
                exif=_resolution(options.dpi), **tags,
            )  # fmt: skip
        case "avif":
            # One thread: the encoder's tiles, and with them the bytes, depend on their number.
            image.save(
                out, "AVIF", quality=quality, speed=_AVIF_SPEED, max_threads=1, xmp=xmp,
                exif=_resolution(options.dpi), **tags,
            )  # fmt: skip
        case "png" if not options.tightest:
            return write_png(raster, dpi=options.dpi, icc=srgb_profile(), xmp=xmp)
        case "png":
            info = PngInfo()
            if xmp:
                info.add_itxt("XML:com.adobe.xmp", xmp.decode())
            image.save(
                out, "PNG", compress_level=1, compress_type=zlib.Z_RLE, pnginfo=info,
                dpi=(options.dpi, options.dpi), **tags,
            )  # fmt: skip
        case "tiff":
            image.save(
                out, "TIFF", compression="tiff_adobe_deflate", dpi=(options.dpi, options.dpi),
                tiffinfo=_tiff_tags(xmp), **tags,
            )  # fmt: skip
    return out.getvalue()


def _tiff_tags(xmp: bytes) -> TiffImagePlugin.ImageFileDirectory_v2:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    if xmp:
        tags[_TIFF_XMP] = xmp
        tags.tagtype[_TIFF_XMP] = TiffTags.BYTE
    return tags


@cache
def _resolution(dpi: int) -> bytes:
    """EXIF with the resolution, for formats that have no field of their own for it."""
    exif = Image.Exif()
    exif[ExifTags.Base.XResolution] = exif[ExifTags.Base.YResolution] = dpi
    exif[ExifTags.Base.ResolutionUnit] = 2  # per inch
    return exif.tobytes()


@cache
def srgb_profile() -> bytes:
    """Return an sRGB ICC profile with its creation date blanked, so that bytes repeat."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = bytes(12)
    return bytes(profile)
