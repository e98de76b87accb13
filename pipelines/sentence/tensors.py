"""Reads a safetensors file without loading what is not used."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_LONGEST_HEADER_BYTES = 1 << 24
_TYPES = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}


class TensorsUnreadable(ValueError):
    """The file is no safetensors file, or is cut off."""


def read_tensors(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Map every tensor of a file into memory, read-only; pages are read when they are used.

    Raises
    ------
    TensorsUnreadable, OSError

    References
    ----------
    https://github.com/huggingface/safetensors: 8 bytes of header length, a JSON header with each
    tensor's type, shape and place, then the bytes.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(_LONGEST_HEADER_BYTES, size_bytes - 8):
            raise TensorsUnreadable(f"{path.name}: no safetensors header")
        try:
            header = json.loads(file.read(length))
        except ValueError as fault:
            raise TensorsUnreadable(f"{path.name}: the header is no JSON") from fault
    content = np.memmap(path, np.uint8, mode="r", offset=8 + length)
    header.pop("__metadata__", None)
    return {name: _tensor(content, name, entry) for name, entry in header.items()}


def _tensor(content: npt.NDArray[np.uint8], name: str, entry: dict[str, Any]) -> npt.NDArray[Any]:
    try:
        begin, end = entry["data_offsets"]
        if not 0 <= begin <= end <= content.size:
            raise ValueError("it lies beyond the file's end")  # noqa: TRY301 - told below
        raw = np.asarray(content[begin:end])
        return np.frombuffer(raw, _TYPES[entry["dtype"]]).reshape(entry["shape"])
    except (KeyError, TypeError, ValueError) as fault:
        raise TensorsUnreadable(f"tensor {name}: {fault}") from fault
