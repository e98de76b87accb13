"""Which image files are taken, and what a header tells before any pixel is decoded.

A file name and a declared media type are never believed: the first bytes decide. Only the
parsers of the formats below ever see the bytes, and sizes are compared with `Limits` after the
header was read and before a pixel is decoded.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageFile
from PIL.Image import Exif
from pillow_heif import register_heif_opener

from assets import exr
from assets.errors import FormatUnsupported, ImageAnimated, ImageTooLarge, ImageUnreadable
from assets.exr import exr_size

register_heif_opener()
Image.init()

MEDIA_TYPES: Final = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with further pictures behind it, as phones write them
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "BMP": "image/bmp",
}
"""Pillow's name of each format that is taken, and its media type."""

SUPPORTED: Final = ("JPEG", "PNG", "WebP", "AVIF", "HEIC", "TIFF", "GIF", "BMP", "OpenEXR")

_ONE_PICTURE_IS_MEANT: Final = {
    "MPO",
    "HEIF",
}  # the rest of such a file is a preview or a depth map
_ORIENTATION: Final = 0x0112
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TURNED: Final = {5, 6, 7, 8}

_BROKEN_FILE: Final = (
    # What Pillow's parsers raise on damaged bytes; Image.open swallows the same ones.
    SyntaxError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)

_KNOWN_BUT_NOT_TAKEN: Final = (
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML or SVG file"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (exr.MAGIC, "an OpenEXR render, of which only the bytes are kept"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"glTF", "a 3D model (GLB), of which only its renders are kept,"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is taken at most. The defaults hold the largest medium-format photos in use."""

    max_bytes: int = 64 * 2**20
    max_side_px: int = 16_384
    max_pixels: int = 120_000_000

    def __post_init__(self) -> None:
        if min(self.max_bytes, self.max_side_px, self.max_pixels) < 1:
            raise ValueError("limits are positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHeader:
    """What the header of an image file tells; width and height as shown (EXIF applied)."""

    media_type: str
    width_px: int
    height_px: int


def read_header(data: bytes, *, limits: Limits) -> ImageHeader:
    """Identify an image by its content and hold it against the limits, decoding no pixel.

    Raises
    ------
        ImageUnreadable: empty, or a damaged header
        FormatUnsupported: not one of `SUPPORTED`
        ImageTooLarge: above a limit
        ImageAnimated: more than one frame
    """
    if len(data) > limits.max_bytes:
        raise ImageTooLarge(what="the file", value=len(data), limit=limits.max_bytes, unit="bytes")
    if data.startswith(exr.MAGIC):
        width_px, height_px = exr_size(data)
        _check_size((width_px, height_px), limits)
        return ImageHeader(media_type=exr.MEDIA_TYPE, width_px=width_px, height_px=height_px)
    with _quiet(), _open_unchecked(data) as image:
        _check_size(image.size, limits)
        _check_frames(image)
        width_px, height_px = image.size
        if _orientation(image, data) in _TURNED:
            width_px, height_px = height_px, width_px
        media_type = MEDIA_TYPES[str(image.format)]
    return ImageHeader(media_type=media_type, width_px=width_px, height_px=height_px)


def refuse_damaged(data: bytes, *, limits: Limits) -> None:
    """Read an image to its end, and keep nothing of it.

    The coefficients of a JPEG are all read, but turned into no more pixels than its decoder must
    make: half the time of `decode`.

    Raises         ImageRefused: as `decode`
    """
    decode(data, limits=limits, coarsely=True).close()


def decode(data: bytes, *, limits: Limits, coarsely: bool = False) -> Image.Image:
    """Decode every pixel of an image that is within the limits; the caller closes it.

    Parameters
    ----------
    coarsely : a JPEG to an eighth of its size

    Raises         ImageRefused: as `read_header`, or the pixels are damaged or end too early
    """
    read_header(data, limits=limits)
    with _quiet():
        image = _open_unchecked(data)
    if coarsely:
        image.draft(None, (1, 1))
    try:
        with _quiet():
            image.load()
    except _BROKEN_FILE as error:
        image.close()
        raise ImageUnreadable(why=f"it ends too early or is damaged ({error})") from error
    return image


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's remarks on odd metadata off stderr.

    Warning filters belong to the process; two threads here can at worst leave this one filter on.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def _open_unchecked(data: bytes) -> ImageFile.ImageFile:
    """Parse the header with the one parser that recognises the first bytes.

    `Image.open` would do the same, but it holds the size against a limit of its own that is set
    for the whole process, warns on stderr above it, and hides the size when it refuses.
    """
    if not data:
        raise ImageUnreadable(why="the file is empty (0 bytes)")
    damage: tuple[str, Exception] | None = None
    for name in MEDIA_TYPES:
        factory, accept = Image.OPEN.get(name, (None, None))
        if factory is None or accept is None or accept(data[:16]) is not True:
            continue
        try:
            return factory(BytesIO(data), "")
        except _BROKEN_FILE as error:
            damage = damage or (name, error)  # AVIF and HEIF share a brand: let both try
    if damage is not None:
        raise ImageUnreadable(why=f"damaged {damage[0]} header ({damage[1]})") from damage[1]
    raise FormatUnsupported(found=_describe(data), supported=SUPPORTED)


def _check_size(size_px: tuple[int, int], limits: Limits) -> None:
    width_px, height_px = size_px
    if max(width_px, height_px) > limits.max_side_px:
        raise ImageTooLarge(
            what=f"the longer side of {width_px} x {height_px}",
            value=max(width_px, height_px),
            limit=limits.max_side_px,
            unit="px",
        )
    if width_px * height_px > limits.max_pixels:
        raise ImageTooLarge(
            what=f"{width_px} x {height_px}",
            value=width_px * height_px,
            limit=limits.max_pixels,
            unit="pixels",
        )
    if min(width_px, height_px) < 1:
        raise ImageUnreadable(why=f"its size is {width_px} x {height_px} px")


def _check_frames(image: ImageFile.ImageFile) -> None:
    if image.format in _ONE_PICTURE_IS_MEANT:
        return
    try:
        frames = int(getattr(image, "n_frames", 1))
    except _BROKEN_FILE as error:
        raise ImageUnreadable(why=f"it ends too early or is damaged ({error})") from error
    if frames > 1:
        raise ImageAnimated(frames=frames)


def _orientation(image: Image.Image, data: bytes) -> int:
    # A PNG's metadata may follow its pixels, and Pillow decodes them all to get there.
    told = image.format == "PNG" and not _tells_after_pixels(data)
    try:
        exif: Exif = Image.Image.getexif(image) if told else image.getexif()
        return int(exif.get(_ORIENTATION, 1))
    except _BROKEN_FILE:
        return 1  # a damaged EXIF block does not make the picture unreadable


def _tells_after_pixels(png: bytes) -> bool:
    """Whether a PNG has anything but its end after its pixels."""
    at, pixels = len(_PNG_SIGNATURE), False
    while at + 8 <= len(png):
        size_bytes, kind = struct.unpack_from(">I4s", png, at)
        if pixels and kind not in {b"IDAT", b"IEND"}:
            return True
        pixels |= kind == b"IDAT"
        at += size_bytes + 12
    return False


def _describe(data: bytes) -> str:
    for magic, name in _KNOWN_BUT_NOT_TAKEN:
        if data.lstrip()[: len(magic)] == magic or data[: len(magic)] == magic:
            return name
    try:
        data[:512].decode()
    except UnicodeDecodeError:
        return "a file of an unknown kind"
    return "a text file"
