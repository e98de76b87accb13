"""Small EXR files with known values."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

Plane = npt.NDArray[np.float32]


def write_exr(folder: Path, channels: dict[str, npt.NDArray[Any]], **header: Any) -> bytes:
    """Write a single-part scanline file and return its bytes."""
    openexr = pytest.importorskip("OpenEXR", reason="no OpenEXR by pip here")
    path = folder / "made.exr"
    head = {"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage} | header
    openexr.File(head, channels).write(str(path))
    return path.read_bytes()


def write_parts(folder: Path, parts: list[tuple[str, dict[str, npt.NDArray[Any]]]]) -> bytes:
    """Write a multi-part file and return its bytes."""
    openexr = pytest.importorskip("OpenEXR", reason="no OpenEXR by pip here")
    path = folder / "parts.exr"
    made = [
        openexr.Part({"name": name, "type": openexr.scanlineimage}, channels)
        for name, channels in parts
    ]
    openexr.File(made).write(str(path))
    return path.read_bytes()


def box_planes(
    *, side: int = 64, rgb: tuple[float, float, float] = (0.5, 0.2, 0.05), cover: float = 1.0
) -> dict[str, Plane]:
    """A premultiplied square of one linear colour in the middle of nothing."""
    alpha = np.zeros((side, side), np.float32)
    alpha[side // 4 : side * 3 // 4, side // 4 : side * 3 // 4] = cover
    return {name: alpha * np.float32(value) for name, value in zip("RGB", rgb, strict=True)} | {
        "A": alpha
    }
