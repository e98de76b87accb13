"""What a product does to the light on the surface that carries it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_linear
from pipelines.imaging.contact import gap_density
from pipelines.imaging.cutout import OPAQUE
from pipelines.imaging.exposure import to_light
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.lying import lying_shadow
from pipelines.imaging.mirror import reflection
from pipelines.imaging.occlusion import HiddenSky, hidden_sky
from pipelines.imaging.placement import Placed
from pipelines.imaging.shadows import cast_density
from pipelines.imaging.standing import standing_of

Plane = npt.NDArray[np.float32]
Light = npt.NDArray[np.float32]
Window = tuple[slice, slice]

_SHADOW_TINT = 0.3
_SHOULDER = 0.88
"""Both fitted to a path-traced bottle on the marble plate, where a shadow that keeps 29% of the
light shows 60% of the surface's linear value, nearly neutral; `python -m pipelines.render truth`
makes such pairs."""
_GAP_DEPTH = 0.8
"""Share of light that the narrowest gap under a product loses; set by eye on the templates."""
_LEAST_MIRRORED = 0.005
"""Share of light below which nobody sees a mirror image."""
_FINE_PX = 400
"""Products larger than this cast shadows of which every second pixel tells enough."""
_BRIGHTEST_MIRRORED = 4.0
"""Light of a product's white in its own photo; a picture cannot tell how much more it was."""


def window_of(placed: Placed, light: KeyLight, receiving: Plane) -> Window:
    """The part of the frame in which a product can change the surface."""
    height, width = placed.alpha.shape
    right, away = light.shadow_slope()
    soft = height * min(light.penumbra_per_height(), 2.0) / 2
    margin = 1.2 * max(height, width) + 8
    columns = (
        placed.left_px + min(right * height - soft, -margin),
        placed.left_px + width + max(right * height + soft, margin),
    )
    rows = (
        placed.ground_px - max(away * height + soft, margin),
        placed.ground_px + max(-away * height + soft, height * 1.1 + margin / 2),
    )
    seen = np.flatnonzero(receiving.max(axis=1) > 0)
    if seen.size == 0:
        return slice(0, 0), slice(0, 0)
    return (
        _within(
            max(rows[0], float(seen[0])), min(rows[1], float(seen[-1] + 1)), placed.frame_height_px
        ),
        _within(columns[0], columns[1], placed.frame_width_px),
    )


def seen_through(placed: Placed, window: Window) -> Placed:
    """The same product in a frame that is a window of its own."""
    rows, columns = window
    return replace(
        placed,
        left_px=placed.left_px - columns.start,
        top_px=placed.top_px - rows.start,
        frame_width_px=columns.stop - columns.start,
        frame_height_px=rows.stop - rows.start,
    )


def kept_by_all(
    products: Sequence[Placed],
    light: KeyLight,
    surface: Surface,
    receiving: Plane,
    *,
    thickness_px: float | None = None,
) -> Light:
    """Share of its light that each point of the surface keeps, float32 (H, W, 3) in [0, 1].

    The key reaches what lies outside the cast shadows; the rest of the light, what sky the
    products leave; and a bright product throws some of the key back beside its lit side. Where
    cast shadows overlap, the key is lost once; each product hides sky of its own.

    Parameters
    ----------
    thickness_px
        Height of a product that lies flat; None for one that stands.
    """
    lost = _lost_to(products[0], light, surface, thickness_px)
    for other in products[1:]:
        lost = lost.joined(_lost_to(other, light, surface, thickness_px))
    cast, hidden, back, gap = lost.cast, lost.hidden, lost.back, lost.gap
    kept = np.empty((*cast.shape, 3), np.float32)
    for channel, ambient in enumerate(_rest(light)):
        key = 1 - ambient
        dark = key * cast + np.maximum(ambient * hidden - key * (1 - cast) * back, 0)
        kept[..., channel] = (1 - dark * receiving) * (1 - gap * receiving)
    return np.asarray(cv2.pow(np.clip(kept, 0, 1), _SHOULDER), dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """What products take from a surface, float32 (H, W) each.

    Attributes
    ----------
    cast, hidden
        Share of the key's light and of the sky.
    back
        Share of the key that bright products throw back.
    gap
        Share of all light that is lost in the gap under a product.
    """

    cast: Plane
    hidden: Plane
    back: Plane
    gap: Plane

    def joined(self, other: "_Lost") -> "_Lost":
        """What both take together."""
        return _Lost(
            cast=np.maximum(self.cast, other.cast),
            hidden=1 - (1 - self.hidden) * (1 - other.hidden),
            back=np.maximum(self.back, other.back),
            gap=1 - (1 - self.gap) * (1 - other.gap),
        )


def _lost_to(
    placed: Placed, light: KeyLight, surface: Surface, thickness_px: float | None
) -> _Lost:
    if thickness_px is None:
        cast, hidden, back, gap = _standing(placed, light, surface)
    else:
        cast, hidden = lying_shadow(placed, light, surface, thickness_px=thickness_px)
        back = gap = np.zeros_like(cast)
    return _Lost(cast=cast, hidden=hidden, back=back, gap=gap)


def _standing(
    placed: Placed, light: KeyLight, surface: Surface
) -> tuple[Plane, Plane, Plane, Plane]:
    stand = standing_of(placed.alpha, surface)
    sky, size = hidden_sky(placed, stand, surface, light)
    hidden, back = _hidden_and_thrown_back(sky, placed, light)
    hidden, back = (cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in (hidden, back))
    gap = gap_density(placed, surface) * np.float32(_GAP_DEPTH)
    return _cast(placed, light, surface), hidden, back, gap


def _cast(placed: Placed, light: KeyLight, surface: Surface) -> Plane:
    """Cast shadow, of large frames reckoned at half their size: its edge is never that sharp."""
    size = (placed.frame_width_px, placed.frame_height_px)
    if max(placed.alpha.shape) < _FINE_PX:
        return cast_density(placed, light, surface)
    half = replace(
        placed,
        rgb=placed.rgb[::2, ::2],
        alpha=cv2.resize(
            placed.alpha, placed.rgb[::2, ::2].shape[1::-1], interpolation=cv2.INTER_AREA
        ),
        left_px=round(placed.left_px / 2),
        top_px=round(placed.top_px / 2),
        frame_width_px=(size[0] + 1) // 2,
        frame_height_px=(size[1] + 1) // 2,
    )
    nearer = replace(surface, distance_px=surface.distance_px / 2, axis_px=surface.axis_px / 2)
    cast = cast_density(half, light, nearer)
    return np.asarray(cv2.resize(cast, size, interpolation=cv2.INTER_LINEAR))


def mirror(
    lit: Light,
    placed: Placed,
    surface: Surface,
    receiving: Plane,
    *,
    behind: npt.NDArray[np.float32],
) -> None:
    """Let the product mirror in the surface, in place of the backdrop behind it.

    Parameters
    ----------
    lit : float32 (H, W, 3): the plate's light, of the frame's size; changed in place
    behind : float32 (3,): light that the surface mirrored before, see `light_behind`
    """
    if surface.mirrored_share <= _LEAST_MIRRORED:
        return
    rgb, share = reflection(placed, surface)
    rows, columns = np.flatnonzero(share.any(axis=1)), np.flatnonzero(share.any(axis=0))
    if rows.size == 0:
        return
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    weight = (share[part] * receiving[part] * np.float32(surface.mirrored_share))[..., None]
    product = to_light((rgb[part] + 0.5).astype(np.uint8))
    before = lit[part]
    without = np.maximum(before - weight * behind, np.float32(0.1) * before)
    lit[part] = without + weight * np.minimum(product, np.float32(_BRIGHTEST_MIRRORED))


def light_behind(plate: npt.NDArray[np.uint8], receiving: Plane) -> npt.NDArray[np.float32]:
    """Light of the backdrop above the surface, the median of each channel."""
    coarse = np.s_[::8, ::8]
    shown, wall = plate[coarse], receiving[coarse] < 0.1
    lowest = np.flatnonzero(receiving[coarse].max(axis=1) > 0.5)
    wall[int(lowest[0]) if lowest.size else shown.shape[0] :] = False
    pixels = shown[wall] if wall.any() else shown.reshape(-1, 3)
    return to_light(np.median(pixels, axis=0).astype(np.uint8))


def _hidden_and_thrown_back(sky: HiddenSky, placed: Placed, light: KeyLight) -> tuple[Plane, Plane]:
    # A wall at the light's side gets its key at the complement of the light's height.
    slope = 1 / np.tan(np.radians(np.clip(light.elevation_deg, 15, 85)))
    back = sky.share * sky.facing * np.float32(_brightness(placed) * slope)
    return sky.share, np.asarray(back, dtype=np.float32)


def _brightness(placed: Placed) -> float:
    """Mean linear luminance of the product's opaque pixels, [0, 1]."""
    step = max(1, max(placed.alpha.shape) // 128)
    solid = placed.alpha[::step, ::step] >= OPAQUE
    if not solid.any():
        return 0.0
    rgb = to_linear(placed.rgb[::step, ::step])[solid].mean(axis=0)
    return float(rgb @ np.array([0.2126, 0.7152, 0.0722], np.float32))


def _rest(light: KeyLight) -> npt.NDArray[np.float32]:
    left = np.asarray(light.shadowed_share(), np.float32)
    return np.asarray(left.mean() ** (1 - _SHADOW_TINT) * left**_SHADOW_TINT, dtype=np.float32)


def _within(low: float, high: float, size: int) -> slice:
    start = min(max(0, int(low)), size)
    return slice(start, max(start, min(size, int(np.ceil(high)))))
