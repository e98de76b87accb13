"""Shadows and reflections of a product of which only one view is known.

The silhouette is inflated into a solid (thickness from the distance to its edge), cut level at many
heights, and each cross-section is carried along the light onto the surface. This gives a shadow
with width even where the light comes from the side, which a sheared cardboard figure does not.
"""

import cv2
import numpy as np
import numpy.typing as npt

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


def contact_density(placed: Placed, surface: Surface) -> Plane:
    """How much of the sky the product hides from the surface close to where it stands.

    Returns float32 of the frame's size in [0, 1]: near 1 under the edge, fading within a tenth
    of the product's width.
    """
    flat = max(surface.foreshortening, 0.15)
    return _contact(placed, surface, ((0.008, 0.55), (0.03, 0.35), (0.09, 0.25)), flat=flat)


def gap_density(placed: Placed, surface: Surface) -> Plane:
    """How much light the gap under the product's edge loses, where hidden sky is reckoned apart.

    The narrow part of `contact_density`. Widths are those of a path-traced bottle: at 1, 3 and 6%
    of its width before its foot, the surface keeps 74 to 87%, 93 to 96% and 97% of its light.
    """
    return _contact(placed, surface, ((0.014, 0.8), (0.03, 0.4)), flat=1.0)


def _contact(
    placed: Placed, surface: Surface, layers: tuple[tuple[float, float], ...], *, flat: float
) -> Plane:
    strip = _standing_strip(placed, standing_of(placed.alpha, surface))
    width = placed.alpha.shape[1]
    density = np.zeros_like(strip)
    for share, weight in layers:
        sigma = max(0.8, share * width)
        density += np.float32(weight) * _blur(strip, sigma, max(0.7, sigma * flat))
    return np.asarray(np.clip(density * 1.3, 0, 1), dtype=np.float32)


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
    stack = np.stack([_blur(shadow, s, max(0.7, s * flat)) for s in levels])
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
        known = _blur(shadow, sigma, sigma)
        near = _blur(height * shadow, sigma, sigma) / np.maximum(known, 1e-5)
        result = np.where(known > 0.02, near, result)
    return np.asarray(result, dtype=np.float32)


def reflection(placed: Placed, surface: Surface) -> tuple[npt.NDArray[np.float32], Plane]:
    """The product's mirror image below its standing line.

    Returns
    -------
    rgb
        float32 (H, W, 3) in [0, 255], sRGB-encoded, of the frame's size.
    share
        float32 (H, W) in [0, 1]: how much of the surface's own look it replaces; it fades with
        distance, faster on rough surfaces.
    """
    shape = (placed.frame_height_px, placed.frame_width_px)
    rgb, share = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    line = _line_in_frame(placed, standing_of(placed.alpha, surface))
    window = _below(placed, line)
    if any(one.start >= one.stop for one in window):
        return rgb, share
    rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None]
    columns = np.arange(window[1].start, window[1].stop, dtype=np.float32)[None, :]
    mirror = line[None, window[1]]
    below = np.maximum(rows - mirror, 0)
    mirrored, mask = _upside_down(placed, columns, 2 * mirror - rows)
    mask = np.where(below > 0, mask, 0).astype(np.float32)
    rgb[window], soft = _scatter(mirrored, mask, below, surface)
    reach = max(8.0, placed.alpha.shape[0] * (0.9 - 0.75 * min(surface.roughness, 1.0)))
    share[window] = soft * np.exp(-below / reach)
    return rgb, share


def _below(placed: Placed, line: npt.NDArray[np.float32]) -> tuple[slice, slice]:
    """The part of the frame where a mirror image and its scattering can lie."""
    height, width = placed.alpha.shape
    margin = round(0.15 * width) + 8
    rows = slice(
        max(0, int(line.min())), min(placed.frame_height_px, int(line.max()) + height + margin)
    )
    left = min(max(0, placed.left_px - margin), placed.frame_width_px)
    return rows, slice(left, max(left, min(placed.frame_width_px, placed.left_px + width + margin)))


def _upside_down(
    placed: Placed, columns: Plane, rows: Plane
) -> tuple[npt.NDArray[np.float32], Plane]:
    """Premultiplied colours and alpha of the patch at the frame's rows and columns."""
    map_y = (rows - np.float32(placed.top_px)).astype(np.float32)
    map_x = np.broadcast_to(columns - np.float32(placed.left_px), map_y.shape).astype(np.float32)
    straight = np.dstack([placed.rgb, np.asarray(placed.alpha * 255 + 0.5, np.uint8)])
    seen = cv2.remap(straight, map_x, map_y, cv2.INTER_LINEAR).astype(np.float32)
    alpha = seen[..., 3] / np.float32(255)
    return seen[..., :3] * alpha[..., None], alpha


def _scatter(
    premultiplied: npt.NDArray[np.float32], mask: Plane, below: Plane, surface: Surface
) -> tuple[npt.NDArray[np.float32], Plane]:
    """Blur more the farther a mirrored point is from the surface."""
    farthest = float((below * (mask > 0)).max())
    widest = max(1.0, farthest * surface.roughness * 0.5)
    layers = np.dstack([premultiplied, mask])
    result = layers
    for share in (0.25, 0.5, 1.0):
        sigma = widest * share
        weight = np.clip(below * surface.roughness * 0.5 / sigma, 0, 1)[..., None]
        result = result + (_blur(layers, sigma * 0.6, sigma) - result) * weight
    rgb = result[..., :3] / np.maximum(result[..., 3:], 1e-3)
    return np.clip(rgb, 0, 255).astype(np.float32), result[..., 3].astype(np.float32)


def _line_in_frame(placed: Placed, stand: Standing) -> npt.NDArray[np.float32]:
    """The standing line for each column of the frame; beside the product it goes on level."""
    columns = np.arange(placed.frame_width_px) - placed.left_px
    inside = np.interp(columns, np.arange(stand.line.size), stand.line)
    return np.asarray(inside + placed.top_px, dtype=np.float32)


def _standing_strip(placed: Placed, stand: Standing) -> Plane:
    """A thin strip of the product just above its standing line: what darkens the surface."""
    line = _line_in_frame(placed, stand)
    columns = np.arange(placed.frame_width_px) - placed.left_px
    known = (columns >= 0) & (columns < stand.touches.size)
    touches = known & stand.touches[np.clip(columns, 0, stand.touches.size - 1)]
    rows = np.arange(placed.frame_height_px, dtype=np.float32)[:, None]
    thick = max(3.0, 0.035 * placed.alpha.shape[1])
    inside = (rows < line[None, :] + 1) & (rows >= line[None, :] - thick)
    return np.asarray(inside & touches[None, :], dtype=np.float32)


def _blur(values: npt.NDArray[np.float32], sigma_x: float, sigma_y: float) -> Plane:
    """Gaussian blur; wide ones are done on a smaller picture, which nobody can tell."""
    shrink = int(max(1, min(sigma_x, sigma_y) // 4))
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_x, sigmaY=sigma_y,
                                           borderType=cv2.BORDER_REPLICATE))  # fmt: skip
    height, width = values.shape[:2]
    small = cv2.resize(values, (max(1, width // shrink), max(1, height // shrink)),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    blurred = cv2.GaussianBlur(small, (0, 0), sigma_x / shrink, sigmaY=sigma_y / shrink,
                               borderType=cv2.BORDER_REPLICATE)  # fmt: skip
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR))
