"""The header of an OpenEXR file: as much of it as tells the picture's size.

Layout: https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

import struct
from typing import Final

from assets.errors import ImageUnreadable

MAGIC: Final = b"\x76\x2f\x31\x01"
MEDIA_TYPE: Final = "image/x-exr"
_MOST_ATTRIBUTES: Final = 500
_LONGEST_NAME: Final = 255
_SIZE: Final = b"displayWindow"


def exr_size(data: bytes) -> tuple[int, int]:
    """Width and height of the display window, read without touching a pixel.

    Raises         ImageUnreadable: cut off, damaged, or without a display window
    """
    try:
        at = len(MAGIC) + 4  # version and flags
        for _ in range(_MOST_ATTRIBUTES):
            name, at = _text(data, at)
            if not name:
                break
            _, at = _text(data, at)
            (size,) = struct.unpack_from("<i", data, at)
            if size < 0:
                raise ImageUnreadable(why=f"attribute {name!r} has a negative size")
            if name == _SIZE:
                left, top, right, bottom = struct.unpack_from("<4i", data, at + 4)
                return right - left + 1, bottom - top + 1
            at += 4 + size
    except struct.error as error:
        raise ImageUnreadable(why="damaged OpenEXR header (it ends too early)") from error
    raise ImageUnreadable(why="damaged OpenEXR header (it names no display window)")


def _text(data: bytes, at: int) -> tuple[bytes, int]:
    end = data.find(b"\0", at, at + _LONGEST_NAME + 1)
    if end < 0:
        raise ImageUnreadable(why="damaged OpenEXR header (a name does not end)")
    return data[at:end], end + 1
