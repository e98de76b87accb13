"""Which characters a font can draw, read from its own character map.

A font that lacks a character draws an empty box for it. Nobody may find such a box on a finished
picture, so the map is asked before anything is drawn.
"""

import struct
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipelines.errors import FontUnusable

_COLLECTION = b"ttcf"
_UNICODE_MAPS = {
    (3, 10): 0,
    (0, 6): 1,
    (0, 4): 2,
    (3, 1): 3,
    (0, 3): 4,
    (0, 2): 5,
    (0, 1): 6,
    (0, 0): 7,
}
"""Platform and encoding of the maps that speak Unicode; those that know most characters first."""
_MOST_GROUPS = 200_000
_LAST_CODE_POINT = 0x10FFFF

Ranges = npt.NDArray[np.int64]


@lru_cache(maxsize=32)
def covered(path: Path, index: int, changed_ns: int) -> Ranges:  # noqa: ARG001 - part of the key
    """Return the code points that a font maps, int64 (N, 2): first and last of each range, sorted.

    Raises
    ------
    FontUnusable : unreadable, no TrueType or OpenType font, or without a Unicode map
    """
    try:
        data = path.read_bytes()
        table = _table(data, _font_offset(data, index), b"cmap")
        ranges = _ranges(table)
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise FontUnusable(file=path.name, fact=f"cannot be read ({why})") from fault
    except (struct.error, ValueError, IndexError) as fault:
        raise FontUnusable(
            file=path.name, fact=f"is no TrueType or OpenType font ({fault})"
        ) from fault
    return ranges


def missing(text: str, ranges: Ranges) -> str:
    """Return the characters of a text that no range holds, each once, in order of appearance."""
    lacking = [one for one in dict.fromkeys(text) if not _holds(ranges, ord(one))]
    return "".join(lacking)


def _holds(ranges: Ranges, code: int) -> bool:
    at = int(np.searchsorted(ranges[:, 0], code, side="right")) - 1
    return at >= 0 and code <= int(ranges[at, 1])


def _font_offset(data: bytes, index: int) -> int:
    if not data.startswith(_COLLECTION):
        if index:
            raise ValueError(f"face {index} of a file with one face")
        return 0
    (count,) = struct.unpack_from(">I", data, 8)
    if not 0 <= index < count:
        raise ValueError(f"face {index} of a collection of {count}")
    offset: int = struct.unpack_from(">I", data, 12 + 4 * index)[0]
    return offset


def _table(data: bytes, start: int, tag: bytes) -> bytes:
    kind, count = struct.unpack_from(">4sH", data, start)
    if kind not in {b"\0\1\0\0", b"OTTO", b"true"}:
        raise ValueError("its first bytes are not a font's")
    for record in range(count):
        name, _, offset, length = struct.unpack_from(">4sIII", data, start + 12 + 16 * record)
        if name == tag:
            return data[offset : offset + length]
    raise ValueError("no character map")


def _ranges(table: bytes) -> Ranges:
    (count,) = struct.unpack_from(">H", table, 2)
    known = []
    for record in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * record)
        if (platform, encoding) in _UNICODE_MAPS:
            known.append((_UNICODE_MAPS[platform, encoding], offset))
    for _, offset in sorted(known):
        (form,) = struct.unpack_from(">H", table, offset)
        if form == 12:
            return _segmented(table, offset)
        if form == 4:
            return _by_segments(table, offset)
    raise ValueError("no Unicode character map")


def _segmented(table: bytes, offset: int) -> Ranges:
    """Format 12: groups of (first, last, first glyph), for the whole of Unicode."""
    (groups,) = struct.unpack_from(">I", table, offset + 12)
    if groups > _MOST_GROUPS:
        raise ValueError(f"{groups:,} groups in its character map")
    raw = np.frombuffer(table, ">u4", count=3 * groups, offset=offset + 16).reshape(-1, 3)
    ranges = raw[:, :2].astype(np.int64)
    ranges[:, 0] += raw[:, 2] == 0  # a group that starts at glyph 0 starts with the empty box
    return _sorted(ranges)


def _by_segments(table: bytes, offset: int) -> Ranges:
    """Format 4: parallel arrays of last, first, delta and offset, for 65,536 code points."""
    (doubled,) = struct.unpack_from(">H", table, offset + 6)
    count = doubled // 2
    ends = np.frombuffer(table, ">u2", count=count, offset=offset + 14).astype(np.int64)
    starts = np.frombuffer(table, ">u2", count=count, offset=offset + 16 + doubled)
    ranges = np.stack([starts.astype(np.int64), ends], axis=1)
    return _sorted(ranges[ranges[:, 0] != 0xFFFF])


def _sorted(ranges: Ranges) -> Ranges:
    sane = ranges[(ranges[:, 0] <= ranges[:, 1]) & (ranges[:, 1] <= _LAST_CODE_POINT)]
    return sane[np.argsort(sane[:, 0], kind="stable")]
