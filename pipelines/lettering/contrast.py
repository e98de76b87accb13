"""How well text is told from what lies beneath it (WCAG 2.2, success criterion 1.4.3)."""

import re

import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_linear

Colour = tuple[int, int, int]
"""sRGB, 0 to 255."""

TEXT_RATIO = 4.5
LARGE_TEXT_RATIO = 3.0
"""WCAG's least ratios, level AA; large is from 18 pt, or 14 pt bold."""
_WORST_SHARE = 0.02
"""Of the pixels beneath a text, the share that may be worse than the reported ratio: specks."""
_WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def luminance(rgb_srgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Relative luminance in [0, 1] of uint8 (..., 3) sRGB."""
    return np.asarray(to_linear(rgb_srgb) @ _WEIGHTS, dtype=np.float32)


def ratio(first: Colour, second: Colour) -> float:
    """Contrast of two colours, 1 to 21.

    >>> round(ratio((0, 0, 0), (255, 255, 255)), 1)
    21.0
    """
    pair = luminance(np.array([first, second], np.uint8))
    return float((pair.max() + 0.05) / (pair.min() + 0.05))


def worst_ratio(colour: Colour, beneath: npt.NDArray[np.uint8]) -> float:
    """Contrast of a text's colour with what lies beneath it, at its worst 2% of pixels.

    Parameters
    ----------
    beneath : uint8 (N, 3), sRGB
    """
    own = luminance(np.array([colour], np.uint8))[0]
    under = luminance(beneath)
    ratios = (np.maximum(own, under) + 0.05) / (np.minimum(own, under) + 0.05)
    return float(np.quantile(ratios, _WORST_SHARE))


def parsed(text: str) -> Colour:
    """Read ``#rrggbb``.

    Raises
    ------
    ValueError
    """
    if not _HEX.fullmatch(text):
        raise ValueError(f"{text!r} is no colour; write it as #rrggbb")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
