"""PNG of 16 bits a channel, of which Pillow would keep the upper eight."""

import cv2
import numpy as np
import numpy.typing as npt

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURED = {2, 6}
"""Colour types with red, green and blue: without and with alpha."""


def is_deep_png(data: bytes) -> bool:
    """Whether the header says 16 bits and colour."""
    return data.startswith(_SIGNATURE) and data[24:25] == b"\x10" and data[25] in _COLOURED


def read_deep_png(
    data: bytes, *, table: npt.NDArray[np.uint8] | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32] | None] | None:
    """Colour rounded to eight bits, not cut off, and alpha with all its 16; None if it is damaged.

    Parameters
    ----------
    table
        uint8 (65536,): what each number becomes, where that is not its own eight bits.

    Returns
    -------
    rgb
        uint8 (H, W, 3), in whatever colour space the file is.
    alpha
        float32 (H, W) in [0, 1], or None.
    """
    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16 or deep.ndim != 3:
        return None
    colours = deep[..., 2::-1]
    if table is None:
        eight = ((colours.astype(np.uint32) + 128) // 257).astype(np.uint8)
    else:
        eight = table[colours]
    alpha = None
    if deep.shape[2] == 4:
        alpha = deep[..., 3].astype(np.float32) / np.float32(65535)
    return np.ascontiguousarray(eight), alpha
