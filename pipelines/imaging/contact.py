"""The dark that a standing product leaves close around its foot."""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.blurring import blurred
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.standing import Standing, line_in_frame, standing_of

Plane = npt.NDArray[np.float32]
_ALL = slice(None)
_SIGMAS = 4.5
"""How far a blur reaches, what enlarging adds to it included."""
_SKY = ((0.008, 0.55), (0.03, 0.35), (0.09, 0.25))
_GAP = ((0.014, 0.8), (0.03, 0.4))
"""Layers of a shadow: shares of the product's width by which the strip is blurred, and depths."""
_ALIGNED_PX = 32
"""Wide blurs are done on a smaller picture: rows that begin and end at multiples of this are
reduced as those of the whole frame are."""


def gap_density(placed: Placed, surface: Surface) -> Plane:
    """How much light the gap under the product's edge loses, where hidden sky is reckoned apart.

    The narrow part of the dark that `contact_and_gap` tells. Widths are those of a path-traced
    bottle: at 1, 3 and 6% of its width before its foot, the surface keeps 74 to 87%, 93 to 96% and
    97% of its light.
    """
    return _gap(_standing_strip(placed, standing_of(placed.alpha, surface)), placed)


def contact_and_gap(
    placed: Placed, surface: Surface, *, beyond_px: float
) -> tuple[slice, Plane, Plane]:
    """Rows of the frame that a product can darken; how much of the sky it hides there; its gap.

    The second is float32 in [0, 1]: near 1 under the edge, fading within a tenth of the product's
    width. The third is what `gap_density` says.

    Parameters
    ----------
    beyond_px : rows above and below, for what is done to them after
    """
    stand = standing_of(placed.alpha, surface)
    widest = max(_SKY[-1][0] * _flat(surface), _GAP[-1][0]) * placed.alpha.shape[1]
    rows = _near(placed, stand, beyond_px + _SIGMAS * widest)
    strip = _standing_strip(placed, stand, rows)
    return rows, _sky_hidden(strip, placed, surface), _gap(strip, placed)


def _sky_hidden(strip: Plane, placed: Placed, surface: Surface) -> Plane:
    return _contact(strip, placed.alpha.shape[1], _SKY, flat=_flat(surface))


def _flat(surface: Surface) -> float:
    return max(surface.foreshortening, 0.15)


def _gap(strip: Plane, placed: Placed) -> Plane:
    return _contact(strip, placed.alpha.shape[1], _GAP, flat=1.0)


def _contact(
    strip: Plane, width: int, layers: tuple[tuple[float, float], ...], *, flat: float
) -> Plane:
    density = np.zeros_like(strip)
    for share, weight in layers:
        sigma = max(0.8, share * width)
        density += np.float32(weight) * blurred(strip, sigma, max(0.7, sigma * flat))
    return np.asarray(np.clip(density * 1.3, 0, 1), dtype=np.float32)


def _near(placed: Placed, stand: Standing, reach_px: float) -> slice:
    """Rows of the frame within reach of where the product stands."""
    line = line_in_frame(placed, stand)
    reach = reach_px + _thick_px(placed) + _ALIGNED_PX
    top, bottom = (
        round(float(one) / _ALIGNED_PX) * _ALIGNED_PX
        for one in (line.min() - reach, line.max() + reach)
    )
    top = min(max(0, top), placed.frame_height_px)
    return slice(top, min(max(top, bottom), placed.frame_height_px))


def _thick_px(placed: Placed) -> float:
    return float(max(3.0, 0.035 * placed.alpha.shape[1]))


def _standing_strip(placed: Placed, stand: Standing, within: slice = _ALL) -> Plane:
    """A thin strip of the product just above its standing line: what darkens the surface."""
    line = line_in_frame(placed, stand)
    columns = np.arange(placed.frame_width_px) - placed.left_px
    known = (columns >= 0) & (columns < stand.touches.size)
    touches = known & stand.touches[np.clip(columns, 0, stand.touches.size - 1)]
    rows = np.arange(placed.frame_height_px, dtype=np.float32)[within, None]
    inside = (rows < line[None, :] + 1) & (rows >= line[None, :] - _thick_px(placed))
    return np.asarray(inside & touches[None, :], dtype=np.float32)
