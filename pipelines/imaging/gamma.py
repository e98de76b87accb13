"""PNG files that say by one exponent how light their numbers are, and carry no profile."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.imaging.colour import to_srgb

_USUAL = 1 / 2.2
_LEAST, _MOST = 0.25, 1.05
"""From screens of old to linear light; what claims more is a slip of its program, not a picture."""
_NEAR = 0.05
"""Share by which an exponent may differ and still mean sRGB; libpng's own threshold."""


def exponent_of(image: Image.Image) -> float | None:
    """The exponent by which light became the file's numbers; None where they are sRGB as they are.

    References
    ----------
    PNG (Third Edition), 4.3: a profile and the chunk ``sRGB`` go before ``gAMA``.
    """
    said = image.info
    exponent = said.get("gamma")
    if not exponent or said.get("icc_profile") or "srgb" in said:
        return None
    meant = _LEAST <= exponent <= _MOST and abs(exponent / _USUAL - 1) > _NEAR
    return float(exponent) if meant else None


def table_of(exponent: float, *, bits: int) -> npt.NDArray[np.uint8]:
    """What each number of a file is in sRGB: uint8 (2 ** bits,).

    >>> table_of(1.0, bits=8)[[0, 55, 255]].tolist()
    [0, 128, 255]
    """
    numbers = np.linspace(0, 1, 2**bits, dtype=np.float32)
    return to_srgb(numbers ** np.float32(1 / exponent))


def corrected(image: Image.Image, exponent: float) -> Image.Image:
    """The same picture of eight bits a channel in sRGB; alpha is no light, and stays."""
    if image.mode not in {"L", "LA", "RGB", "RGBA"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    table = table_of(exponent, bits=8).tolist()
    bands = image.split()
    light = bands[:-1] if image.mode.endswith("A") else bands
    return Image.merge(image.mode, [*(band.point(table) for band in light), *bands[len(light) :]])


def words_for(exponent: float) -> str:
    """What a report says of a picture that was converted."""
    return f"colours converted from a gamma of {exponent:.3g} to sRGB, as the file says"
