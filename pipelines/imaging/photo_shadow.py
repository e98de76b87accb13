"""The shadow that a photo itself shows around its product, as light lost against the background."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_linear
from pipelines.imaging.cutout import VISIBLE, Box, Cutout, box_of
from pipelines.imaging.placement import Placed

Plane = npt.NDArray[np.float32]

_SIZE_PX = 640
"""Longer side of the picture on which the background is fitted."""
_GRAIN_PX = 1.5
"""Blur, on that picture, under which grain and weave go and a shadow stays."""
_ROUNDS = 12
_FITTED_POINTS = 20_000
_DARKER_WEIGHT = 0.15
"""Of a pixel darker than the fit: it may lie in the shadow, so it hardly pulls the fit down."""
MOST_PATTERN = 0.18
"""Of the light: patterns that vary more, such as checked cloth, cannot be told from a shadow."""
_SEAMLESS = 0.06
"""A paper sweep varies less: there, shadow may lie all around the product."""
_NEAR = 0.35
"""Of the root of the product's area: farther away there is hardly any shadow."""
_LEAST_FLOOR = 0.012
_DARKER_THAN_BRIGHTER = 2.0
"""A pattern falls further below a surface that is fitted from above than it rises above it."""
_SOFTENING = 0.3
"""Sigma of the blur per pixel of distance from the product."""
_LEAST_BACKGROUND = 0.04
"""Share of the picture that must be background for its light to be known."""
_GROUND_ABOVE = 0.22
"""Of the product's width: rows above its lowest point where the ground surely still is."""
_BEFORE_THE_WALL = 0.6
"""Likewise, to see whether the ground is as even as the whole photo, of which it may be little."""
_GROUND_BESIDE = 0.75
_LARGEST_GAP = 0.03
"""Of the picture: how far a shadow may begin from the product and still be its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoShadow:
    """Light lost around a product in its own photo.

    Attributes
    ----------
    loss
        float32, a smaller picture of the source, in [0, 1]; 0 away from the shadow.
    floor
        Share of light by which the background's own pattern varies: less than that is no shadow.
    """

    loss: Plane
    floor: float

    @property
    def trustworthy(self) -> bool:
        """Whether the background is even enough for darker to mean shaded."""
        return self.floor <= MOST_PATTERN


def photo_shadow(rgb: npt.NDArray[np.uint8], cutout: Cutout) -> PhotoShadow:
    """Estimate what the product's shadow took from the background of its photo.

    The unshaded background is a smooth surface, of second order in the logarithm of each channel's
    light, that is fitted to what lies outside the product; pixels below it count little, because
    shadow only darkens. What is missing from it, beyond the background's own scatter, alike in all
    channels and connected with the product, is the shadow. Where the whole photo has no even
    background, the surface on which the product stands may still be even: then only the ground
    about its foot is looked at.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB, the upright source
    """
    height, width = rgb.shape[:2]
    share = min(1.0, _SIZE_PX / max(height, width))
    size = max(8, round(width * share)), max(8, round(height * share))
    light = to_linear(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA)
    logs = np.log(np.maximum(cv2.GaussianBlur(light, (0, 0), _GRAIN_PX), np.float32(1e-3)))
    # Blurred light near the outline is half the product's.
    reach = round(2 * _GRAIN_PX + 0.004 * max(size))
    product = cv2.dilate((alpha > VISIBLE / 2).astype(np.uint8), _disc(reach)) > 0
    around = _in_region(logs, product, np.ones(alpha.shape, np.float32))
    before = _in_region(logs, product, _ground(alpha, _BEFORE_THE_WALL))
    if around.floor <= _SEAMLESS and before.floor <= 1.5 * _SEAMLESS:
        return around
    return _in_region(logs, product, _ground(alpha, _GROUND_ABOVE))


def _in_region(logs: Plane, product: npt.NDArray[np.bool_], region: Plane) -> PhotoShadow:
    known = ~product & (region > 0)
    if known.mean() < _LEAST_BACKGROUND:
        return PhotoShadow(loss=np.zeros(product.shape, np.float32), floor=1.0)
    fitted, scatter = _upper_surface(logs, known)
    missing = logs - fitted
    dark = missing.mean(axis=-1)
    tinted = missing.max(axis=-1) - missing.min(axis=-1)
    # A shadow takes from all channels alike, save for some of the room's light that fills it in.
    alike = np.clip(2 - tinted / np.maximum(0.12 - 0.35 * dark, 3 * scatter), 0, 1)
    lost = 1 - np.exp(np.minimum(_softening(dark, known, product), 0))
    floor = min(_texture(lost, product, known), _brightest(missing.mean(axis=-1), known))
    lost = np.maximum(lost - floor, 0) / (1 - floor) * alike * region
    lost = cv2.medianBlur(_under(np.where(known, lost, 0).astype(np.float32), product), 5)
    lost *= _belonging(lost, product, round(_LARGEST_GAP * max(product.shape)))
    return PhotoShadow(loss=cv2.GaussianBlur(lost, (0, 0), 0.8), floor=floor)


def _softening(dark: Plane, known: npt.NDArray[np.bool_], product: npt.NDArray[np.bool_]) -> Plane:
    """Blur more the farther from the product: a shadow softens so, and a pattern averages out."""
    away = cv2.distanceTransform((~product).astype(np.uint8), cv2.DIST_L2, 5)
    weight = known.astype(np.float32)
    result = np.where(known, dark, 0).astype(np.float32)
    for sigma in (2.0, 5.0, 12.0):
        spread = np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)
        blurred = cv2.GaussianBlur(dark * weight, (0, 0), sigma) / spread
        share = np.clip(away * _SOFTENING / sigma - 0.5, 0, 1)
        result = (result + (blurred - result) * share).astype(np.float32)
    return result


def _texture(lost: Plane, product: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]) -> float:
    """How dark the background's own pattern gets, told where no shadow should reach."""
    away = cv2.distanceTransform((~product).astype(np.uint8), cv2.DIST_L2, 5)
    far = known & (away > _NEAR * np.sqrt(product.sum()))
    if far.mean() < _LEAST_BACKGROUND / 4:
        far = known & (lost < np.quantile(lost[known], 0.7))
    return float(np.quantile(lost[far], 0.97)) + _LEAST_FLOOR


def _brightest(missing: Plane, known: npt.NDArray[np.bool_]) -> float:
    """How bright the pattern gets: where a shadow lies on most of the ground, all that is known."""
    brighter = np.maximum(missing[known], 0)
    return _DARKER_THAN_BRIGHTER * float(np.quantile(brighter, 0.98)) + _LEAST_FLOOR


def _ground(alpha: Plane, above: float) -> Plane:
    """1 on the ground about the product's foot, falling to 0 where the wall may begin.

    Parameters
    ----------
    above
        Of the product's width: how far above its lowest point the ground goes on.
    """
    height, width = alpha.shape
    box = box_of(alpha) or Box(left=0, top=0, right=width, bottom=height)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    on_ground = np.clip((rows - (box.bottom - above * box.width_px)) / 12 + 0.5, 0, 1)
    middle, half = (box.left + box.right) / 2, (0.5 + _GROUND_BESIDE) * box.width_px
    beside = np.clip((half - np.abs(columns - middle)) / (0.2 * half), 0, 1)
    return np.asarray(on_ground * beside, dtype=np.float32)


def in_frame(shadow: PhotoShadow, box: Box, source_px: tuple[int, int], placed: Placed) -> Plane:
    """Carry a photo's shadow to where its product was placed, float32 of the frame's size.

    Parameters
    ----------
    box
        The product's box in the source.
    source_px
        Width and height of the source.
    """
    height, width = shadow.loss.shape
    patch_height, patch_width = placed.alpha.shape
    across = patch_width / box.width_px * source_px[0] / width
    along = patch_height / box.height_px * source_px[1] / height
    left = placed.left_px - box.left * patch_width / box.width_px + 0.5 * (across - 1)
    top = placed.top_px - box.top * patch_height / box.height_px + 0.5 * (along - 1)
    matrix = np.array([[across, 0, left], [0, along, top]])
    size = placed.frame_width_px, placed.frame_height_px
    moved = cv2.warpAffine(_fading_at_the_photos_edge(shadow.loss), matrix, size,
                           flags=cv2.INTER_LINEAR)  # fmt: skip
    # Enlarged pixels show as facets in a smooth shade.
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), max(0.6, 0.6 * max(across, along))))


def _upper_surface(logs: Plane, known: npt.NDArray[np.bool_]) -> tuple[Plane, float]:
    """Fit a second-order surface from above to each channel; tell the scatter (a robust sigma)."""
    height, width = known.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)
    at = np.flatnonzero(known)
    at = at[:: 1 + at.size // _FITTED_POINTS]
    basis = terms.reshape(-1, 6)[at].astype(np.float64)
    values = logs.reshape(-1, 3)[at].astype(np.float64)
    weights: npt.NDArray[np.floating] = np.ones(values.shape[0])
    factors = np.zeros((6, 3))
    sigma = 1.0
    for turn in range(_ROUNDS):
        weighted = basis * weights[:, None]
        gram = weighted.T @ basis + 1e-6 * values.shape[0] * np.eye(6)
        factors = np.linalg.solve(gram, weighted.T @ values)
        residual = (values - basis @ factors).mean(axis=1)
        if turn < _ROUNDS // 2:
            weights = np.where(residual > 0, 1 - _DARKER_WEIGHT, _DARKER_WEIGHT)
            continue
        lit = residual[residual > -2 * sigma]
        sigma = max(1.4826 * float(np.median(np.abs(lit - np.median(lit)))), 1e-4)
        bright = 1 / (1 + (np.maximum(residual, 0) / (3 * sigma)) ** 2)
        dark = np.where(residual < -sigma, _DARKER_WEIGHT * np.exp(residual / (4 * sigma)), 1.0)
        weights = np.where(residual > 0, bright, dark)
    return np.asarray(terms @ factors.astype(np.float32)), sigma


def _belonging(lost: Plane, product: npt.NDArray[np.bool_], gap_px: int) -> Plane:
    """1 on shadows that begin at the product, 0 on other dark things; soft at their borders."""
    shaded = (lost > 0.015).astype(np.uint8)
    _, labels = cv2.connectedComponents(shaded, connectivity=8)
    near = cv2.dilate(product.astype(np.uint8), _disc(max(1, gap_px))) > 0
    own = np.unique(labels[near & ~product & (shaded > 0)])
    mask = np.isin(labels, own[own > 0]).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(cv2.dilate(mask, _disc(2)), (0, 0), 2.0))


def _under(lost: Plane, product: npt.NDArray[np.bool_]) -> Plane:
    """Carry the shadow on beneath the product, where the photo cannot show it."""
    _, nearest = cv2.distanceTransformWithLabels(
        product.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    values = np.zeros(int(nearest.max()) + 1, np.float32)
    values[nearest[~product]] = lost[~product]
    carried = values[nearest]
    inside = np.where(product, cv2.GaussianBlur(carried, (0, 0), 3.0), carried)
    return np.asarray(inside, dtype=np.float32)


def _fading_at_the_photos_edge(loss: Plane) -> Plane:
    """A shadow that runs out of the photo ends softly, not in a straight cut."""
    height, width = loss.shape
    rows = np.minimum(np.arange(height), np.arange(height)[::-1]) / (0.06 * height)
    columns = np.minimum(np.arange(width), np.arange(width)[::-1]) / (0.06 * width)
    nearest = np.clip(np.minimum(rows[:, None], columns[None, :]), 0, 1)
    return np.asarray(loss * nearest * nearest * (3 - 2 * nearest), dtype=np.float32)


def _disc(radius: int) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2))
