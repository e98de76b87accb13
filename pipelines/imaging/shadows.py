"""The cast shadow of a product of which only one view is known.

The silhouette is inflated into a solid (thickness from the distance to its edge), cut level at many
heights, and each cross-section is carried along the light onto the surface. This gives a shadow
with width even where the light comes from the side, which a sheared cardboard figure does not.
"""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.blurring import blurred
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.standing import Standing, standing_of

Plane = npt.NDArray[np.float32]

_STEP_PX = 3.0
"""How far neighbouring cross-sections may fall apart before a thin leg's shadow shows gaps."""
_DEPTH_PER_WIDTH = 0.8
"""Products are a little flatter than they are wide, by and large."""
_UPRIGHT = 3
"""A row's distance from a level edge counts this often: lids and shoulders are flat, bands thin."""
_BLUR_LEVELS = 5
_SIGMAS_PER_PENUMBRA = 2.4
"""A disc's penumbra, end to end, is about as wide as this many sigmas of a Gaussian."""


def cast_density(placed: Placed, light: KeyLight, surface: Surface) -> Plane:
    """How much of the key light the product takes from each pixel of the surface.

    Returns float32 of the frame's size in [0, 1]; the edge softens with the occluder's height.
    """
    stand = standing_of(placed.alpha, surface)
    level = _levelled(placed.alpha, stand)
    depth = _thickness(level, stand)
    half_rows = depth * (stand.foot_rows / max(float(depth.max()), 1.0))
    shape = (placed.frame_height_px, placed.frame_width_px)
    shadow, height = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    right, away = light.shadow_slope()
    step = max(abs(right), abs(away) * surface.foreshortening, 0.2)
    lift = stand.lift()
    base = float(stand.line.max()) - stand.foot_rows
    for row in range(0, level.shape[0], max(1, int(_STEP_PX / step))):
        if row > base:
            break
        raised = surface.raised_px(base - row)
        section = _cross_section(level[row], half_rows[row], stand.foot_rows, lift)
        size = surface.size_at(away * raised)
        left = surface.across(placed.left_px + right * raised, size)
        middle = placed.top_px + base - away * raised * surface.foreshortening * size
        top = middle - (stand.foot_rows + float(lift.max())) * size
        _drop(_scaled(section, size), raised, (shadow, height), left=round(left), top=round(top))
    return _soften(shadow, height, light, flat=max(surface.foreshortening, 0.15))


def _scaled(section: Plane, size: float) -> Plane:
    if abs(size - 1) < 0.01:
        return section
    height, width = section.shape
    wanted = (max(1, round(width * size)), max(1, round(height * size)))
    return np.asarray(cv2.resize(section, wanted, interpolation=cv2.INTER_LINEAR))


def _levelled(alpha: Plane, stand: Standing) -> Plane:
    """Slide columns down until a slanting standing line lies level."""
    height, width = alpha.shape
    lift = stand.lift()
    matrix = np.array([[1.0, 0.0, 0.0], [-stand.tilt, 1.0, float(lift[0])]])
    size = (width, height + int(np.ceil(lift.max())))
    return np.asarray(cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR))


def _cross_section(alpha_row: Plane, half_rows: Plane, foot: float, lift: Plane) -> Plane:
    """The solid cut level at one height, as the camera sees it on the surface."""
    most = float(lift.max())
    rows = np.arange(2 * round(foot) + int(np.ceil(most)) + 1, dtype=np.float32)[:, None]
    distance = np.abs(rows - (foot + most - lift)[None, :])
    inside = np.clip(np.maximum(half_rows, 0.5)[None, :] - distance + np.float32(0.5), 0, 1)
    return np.asarray(inside * alpha_row[None, :], dtype=np.float32)


def _drop(
    section: Plane, above_px: float, onto: tuple[Plane, Plane], *, left: int, top: int
) -> None:
    """Lay a cross-section's shadow into the frame, remembering how high its occluder stands."""
    shadow, height = onto
    rows = slice(max(0, top), min(shadow.shape[0], top + section.shape[0]))
    columns = slice(max(0, left), min(shadow.shape[1], left + section.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    piece = section[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    darker = piece > shadow[rows, columns]
    # Rows come from the top down: the last to write is the lowest occluder, the sharpest edge.
    height[rows, columns] = np.where(piece > 0.5, np.float32(above_px), height[rows, columns])
    shadow[rows, columns] = np.where(darker, piece, shadow[rows, columns])


def _thickness(level: Plane, stand: Standing) -> Plane:
    """Half-depth in pixels of the solid whose outline is the silhouette, as for a turned body.

    Where the product stands, the solid goes on below the picture: a standing body does not get
    thinner towards its foot.
    """
    height, width = level.shape
    rows = np.arange(height + width, dtype=np.float32)[:, None]
    solid = np.zeros((height + width, width), np.bool_)
    solid[:height] = level > 0.5
    solid |= stand.touches[None, :] & (rows >= (stand.line + stand.lift())[None, :] - 1)
    narrow = cv2.resize(
        solid.astype(np.uint8), (max(1, width // _UPRIGHT), height + width),
        interpolation=cv2.INTER_NEAREST,
    )  # fmt: skip
    padded = cv2.copyMakeBorder(narrow, 1, 0, 1, 1, cv2.BORDER_CONSTANT)
    coarse = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1 : height + 1, 1:-1] * _UPRIGHT
    distance = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    radius = distance.max(axis=1, keepdims=True)
    inside = np.maximum(distance * (2 * radius - distance), 0)
    return np.asarray(np.sqrt(inside) * _DEPTH_PER_WIDTH, dtype=np.float32)


def _soften(shadow: Plane, height: Plane, light: KeyLight, *, flat: float) -> Plane:
    """Blur each shadow pixel by its occluder's height: sharp at the foot, soft at the head."""
    if not shadow.any():
        return shadow
    widest = float(height.max()) * light.penumbra_per_height() / _SIGMAS_PER_PENUMBRA
    widest = min(max(widest, 1.0), 0.12 * max(shadow.shape))
    wanted = _spread(height, shadow, widest) * light.penumbra_per_height() / _SIGMAS_PER_PENUMBRA
    wanted = np.clip(wanted, 0.8, widest)
    levels = np.geomspace(0.8, max(widest, 0.81), _BLUR_LEVELS)
    stack = np.stack([blurred(shadow, s, max(0.7, s * flat)) for s in levels])
    position = np.interp(wanted, levels, np.arange(_BLUR_LEVELS)).astype(np.float32)
    lower = np.clip(position.astype(np.int32), 0, _BLUR_LEVELS - 2)
    share = position - lower
    rows, columns = np.ogrid[: shadow.shape[0], : shadow.shape[1]]
    mixed = stack[lower, rows, columns] * (1 - share) + stack[lower + 1, rows, columns] * share
    return np.asarray(np.clip(mixed, 0, 1), dtype=np.float32)


def _spread(height: Plane, shadow: Plane, widest: float) -> Plane:
    """The occluder's height carried beyond the shadow's outline, from the nearest shadow pixels."""
    result = np.zeros_like(height)
    for reach in (widest, 0.3 * widest, 2.0):
        sigma = max(2.0, reach)
        known = blurred(shadow, sigma, sigma)
        near = blurred(height * shadow, sigma, sigma) / np.maximum(known, 1e-5)
        result = np.where(known > 0.02, near, result)
    return np.asarray(result, dtype=np.float32)
