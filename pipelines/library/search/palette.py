"""Which colours a palette shows, by name."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.library.search.lexicon import Concept, Lch

_HUE_FADE_DEG = 14.0
_CHROMA_FADE = 4.0
_LIGHT_FADE = 7.0
_RANK_WEIGHTS = (1.0, 0.95, 0.9, 0.8, 0.7)
"""A palette is sorted by area: what covers little names a picture less."""


def shown_colours(palette: Sequence[str], concepts: Iterable[Concept]) -> dict[str, float]:
    """How much a palette shows each colour, in (0, 1]; colours that it does not show are left out.

    Parameters
    ----------
    palette
        Colours as ``#rrggbb``, most of the picture first.
    """
    if not palette:
        return {}
    colours = lch(palette)
    ranks = np.array([_RANK_WEIGHTS[min(n, len(_RANK_WEIGHTS) - 1)] for n in range(len(colours))])
    shown: dict[str, float] = {}
    for concept in concepts:
        if concept.region is not None:
            degree = float((_membership(colours, concept.region) * ranks).max())
            if degree > 0.2:
                shown[concept.name] = degree
    return shown


def lch(palette: Sequence[str]) -> npt.NDArray[np.float32]:
    """Colours as ``#rrggbb`` to CIE LCh under D65, float32 (N, 3): lightness, chroma, degrees.

    Raises
    ------
    ValueError : not six hexadecimal digits behind a ``#``
    """
    rgb = np.array([_channels(one) for one in palette], np.float32)[None] / np.float32(255)
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)[0]
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1])) % 360
    return np.stack([lab[:, 0], np.hypot(lab[:, 1], lab[:, 2]), hue], axis=1).astype(np.float32)


def _channels(colour: str) -> tuple[int, ...]:
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"colour {colour!r} is not written as #rrggbb")
    return tuple(bytes.fromhex(colour[1:]))


def _membership(colours: npt.NDArray[np.float32], region: Lch) -> npt.NDArray[np.float32]:
    lightness, chroma, hue = colours.T
    return np.asarray(
        _within_hue(hue, region.hue)
        * _within(chroma, region.chroma, fade=_CHROMA_FADE)
        * _within(lightness, region.light, fade=_LIGHT_FADE)
    )


def _within(
    values: npt.NDArray[np.float32], limits: tuple[float, float], *, fade: float
) -> npt.NDArray[np.float32]:
    outside = np.maximum(limits[0] - values, values - limits[1])
    return np.asarray(np.clip(1 - outside / fade, 0, 1))


def _within_hue(
    hue: npt.NDArray[np.float32], limits: tuple[float, float]
) -> npt.NDArray[np.float32]:
    low, high = limits
    span = (high - low) % 360 or 360.0
    beyond = (hue - low) % 360 - span
    outside = np.where(beyond <= 0, 0, np.minimum(beyond, 360 - span - beyond))
    return np.asarray(np.clip(1 - outside / _HUE_FADE_DEG, 0, 1))
