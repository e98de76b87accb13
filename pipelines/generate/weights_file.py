"""What a safetensors file holds, read from its header alone.

The format: eight bytes of length, so many bytes of JSON, then the numbers. It holds nothing that
could run.
"""

import json
import math
import struct
from pathlib import Path
from typing import Any

_LENGTH_BYTES = 8
_MOST_HEADER_BYTES = 100 << 20
"""The format's own limit."""
_WHOLE_NUMBERS = ("I8", "U8", "I16", "I32", "I64", "BOOL", "F8_E4M3", "F8_E5M2")
"""Kept as they are when a model is loaded; the rest become the profile's dtype."""


class WeightsDamaged(Exception):
    """A file that should hold weights is cut off, or is something else."""

    def __init__(self, file: Path, fact: str) -> None:
        super().__init__(f"{file} {fact}")
        self.file, self.fact = file, fact


def total_bytes(file: Path) -> int:
    """Length of the file, after a look whether that is what its header promises.

    Raises
    ------
    WeightsDamaged
    """
    found = file.stat().st_size
    tensors, begins = _header(file, found)
    ends = max((one["data_offsets"][1] for one in tensors.values()), default=0)
    if begins + ends != found:
        raise WeightsDamaged(file, f"is cut off: {found:,} of {begins + ends:,} bytes")
    return found


def resident_bytes(file: Path, *, number_bytes: int) -> int:
    """What the tensors hold in memory once every real number takes so many bytes.

    Raises
    ------
    WeightsDamaged
    """
    tensors, _ = _header(file, file.stat().st_size)
    return sum(
        one["data_offsets"][1] - one["data_offsets"][0]
        if one["dtype"] in _WHOLE_NUMBERS
        else math.prod(one["shape"]) * number_bytes
        for one in tensors.values()
    )


def _header(file: Path, size_bytes: int) -> tuple[dict[str, Any], int]:
    """The tensors by name, and where their numbers begin."""
    with file.open("rb") as stream:
        start = stream.read(_LENGTH_BYTES)
        if len(start) < _LENGTH_BYTES:
            raise WeightsDamaged(file, "is empty or cut off")
        (length,) = struct.unpack("<Q", start)
        if length > min(_MOST_HEADER_BYTES, size_bytes):
            raise WeightsDamaged(file, "is cut off, or no safetensors file")
        try:
            header = json.loads(stream.read(length))
            tensors = {name: one for name, one in header.items() if name != "__metadata__"}
            for one in tensors.values():
                _, _ = one["data_offsets"]
                _, _ = one["dtype"], one["shape"]
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise WeightsDamaged(file, "is no safetensors file") from fault
    return tensors, _LENGTH_BYTES + length
