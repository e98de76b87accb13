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
_BLUR_LEVELS = 10
_LEAST_SIGMA, _MOST_SIGMA = 0.8, 0.12
"""Of the blur: in pixels, and as a share of the frame."""
_SIGMAS_PER_PENUMBRA = 4.0
"""A disc's penumbra, end to end, is this many of its standard deviations wide."""


def cast_density(placed: Placed, light: KeyLight, surface: Surface) -> Plane:
    """How much of the key light the product takes from each pixel of the surface.

    Returns float32 of the frame's size in [0, 1]; the edge softens with the occluder's height:
    what lies below each of a few heights casts a shadow as soft as that height's, and the darkest
    counts. Low parts are in all of them, and so keep their own sharp edge.
    """
    stand = standing_of(placed.alpha, surface)
    level = _levelled(placed.alpha, stand)
    depth = _thickness(level, stand)
    half_rows = depth * (stand.foot_rows / max(float(depth.max()), 1.0))
    shape = (placed.frame_height_px, placed.frame_width_px)
    below, soft = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    right, away = light.shadow_slope()
    step = max(1, int(_STEP_PX / max(abs(right), abs(away) * surface.foreshortening, 0.2)))
    lift = stand.lift()
    base = float(stand.line.max()) - stand.foot_rows
    heights = _heights(surface.raised_px(base), light)
    for row in range(min(int(base), level.shape[0] - 1), -1, -step):
        raised = surface.raised_px(base - row)
        if raised > heights[0]:
            soft = np.maximum(soft, _softened(below, heights.pop(0), light, surface))
        section = _cross_section(level[row], half_rows[row], stand.foot_rows, lift)
        size = surface.size_at(away * raised)
        left = surface.across(placed.left_px + right * raised, size)
        middle = placed.top_px + base - away * raised * surface.foreshortening * size
        top = middle - (stand.foot_rows + float(lift.max())) * size
        _drop(_scaled(section, size), below, left=round(left), top=round(top))
    return np.maximum(soft, _softened(below, heights[-1], light, surface))


def _heights(tallest: float, light: KeyLight) -> list[float]:
    """Heights up to which shadows are laid together, from where they begin to be soft."""
    tallest = max(tallest, 1.0)
    sharp = _LEAST_SIGMA * _SIGMAS_PER_PENUMBRA / max(light.penumbra_per_height(), 1e-3)
    return [float(one) for one in np.geomspace(min(sharp, tallest), tallest, _BLUR_LEVELS)]


def _softened(shadow: Plane, height: float, light: KeyLight, surface: Surface) -> Plane:
    """A shadow as soft as one cast from a height."""
    sigma = height * light.penumbra_per_height() / _SIGMAS_PER_PENUMBRA
    sigma = min(max(sigma, _LEAST_SIGMA), _MOST_SIGMA * max(shadow.shape))
    flat = max(surface.foreshortening, 0.15)
    return blurred(shadow, sigma, max(0.7, sigma * flat))


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


def _drop(section: Plane, onto: Plane, *, left: int, top: int) -> None:
    """Lay a cross-section's shadow into the frame."""
    rows = slice(max(0, top), min(onto.shape[0], top + section.shape[0]))
    columns = slice(max(0, left), min(onto.shape[1], left + section.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    piece = section[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    np.maximum(onto[rows, columns], piece, out=onto[rows, columns])


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
