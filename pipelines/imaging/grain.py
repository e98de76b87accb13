"""A picture's grain, and more of it where compositing took some away.

A shadow scales the plate's grain down with its light, a mirror image and a blur wipe it out: the
eye sees a smooth patch in a grainy picture. What was lost is put back with the plate's own
strength.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
_TILE_PX = 512
_SEED = 20_071
"""Of the tile below; any will do, but the same recipe must give the same bytes."""
_MOST = 4.0
"""Standard deviation in sRGB levels: a plate with more shows a pattern, not grain."""
_UNSEEN = 0.97
"""Grain of which this much is left needs none added: a quarter of it would be missing."""
_COARSEST_PX = 3.0
"""Sigma of the blur that tells grain from shading: what is left is finer than this."""
_SOFT_PX = 0.6
"""Sigma of the tile's grain: plates' neighbouring pixels correlate by 0.48, the next by 0.08."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """Standard deviations in sRGB levels, of luma and of each colour about it."""

    luma: float
    chroma: float

    def __post_init__(self) -> None:
        if not (0 <= self.luma <= _MOST and 0 <= self.chroma <= _MOST):
            raise ValueError(f"grain of {self.luma:g} and {self.chroma:g}: 0 to {_MOST:g} levels")


NO_GRAIN = Grain(luma=0.0, chroma=0.0)


def measured_grain(rgb: Rgb) -> Grain:
    """Measure a picture's grain where it is smoothest."""
    if min(rgb.shape[:2]) < 64:
        return NO_GRAIN
    luma = cv2.transform(rgb, np.array([[0.299, 0.587, 0.114]], np.float32)).astype(np.float32)
    colour = rgb[..., 0] - luma
    return Grain(luma=_deviation(luma, luma), chroma=_deviation(colour, luma))


def _deviation(values: Plane, guide: Plane) -> float:
    """Typical deviation in blocks of 16 px, of the smoothest quarter: texture is not grain."""
    fine = values - cv2.GaussianBlur(values, (0, 0), _COARSEST_PX)
    size = (max(guide.shape[1] // 16, 2), max(guide.shape[0] // 16, 2))
    power = cv2.resize(fine * fine, size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(guide, size, interpolation=cv2.INTER_AREA)
    # Clipped blacks and whites show no grain, whatever the camera.
    usable = np.sort(power[(mean > 16) & (mean < 242)])
    if usable.size < 16:
        return 0.0
    return float(min(np.sqrt(np.median(usable[: usable.size // 4])), _MOST))


def regrained(rgb: Rgb, kept: Plane, grain: Grain) -> Rgb:
    """Put back what grain a picture lost.

    Parameters
    ----------
    kept : float32 (H, W) in [0, 1]: share of its grain that each pixel still carries
    """
    if grain.luma < 0.3:
        return rgb
    rows, columns = np.nonzero(kept < _UNSEEN)
    if rows.size == 0:
        return rgb
    left = kept[rows, columns, None]
    missing = np.sqrt(np.clip(1 - left * left, 0, 1))
    tile_rows, tile_columns = rows % _TILE_PX, columns % _TILE_PX
    luma, colour = (tile[tile_rows, tile_columns] for tile in _tiles())
    noise = luma[:, None] * np.float32(grain.luma) + colour * np.float32(grain.chroma)
    result = rgb.copy()
    grainy = rgb[rows, columns] + noise * missing + np.float32(0.5)
    result[rows, columns] = np.clip(grainy, 0, 255).astype(np.uint8)
    return result


@lru_cache(maxsize=1)
def _tiles() -> tuple[Plane, Plane]:
    """Unit noise: (t, t) for luma, (t, t, 3) for colour, without luma of its own."""
    draw = np.random.default_rng(_SEED)
    luma = _softened(draw.standard_normal((_TILE_PX, _TILE_PX), np.float32))
    colour = _softened(draw.standard_normal((_TILE_PX, _TILE_PX, 3), np.float32))
    return luma, colour - colour.mean(axis=-1, keepdims=True)


def _softened(noise: Plane) -> Plane:
    margin = ((4, 4), (4, 4), (0, 0))[: noise.ndim]
    soft = cv2.GaussianBlur(np.pad(noise, margin, mode="wrap"), (0, 0), _SOFT_PX)[4:-4, 4:-4]
    return np.asarray(soft / soft.std(), dtype=np.float32)
