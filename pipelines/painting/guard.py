"""The product inside a painting: what a painter must leave alone, and what is behind it.

A painter sees the whole product and a narrow band around it, so that it neither eats into it nor
continues it. That band, which shows the scene that stood there before, and colours of the product
that ran over its edge must not be seen afterwards: the painting is continued up to the product.
"""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, VISIBLE

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Area = npt.NDArray[np.bool_]
_BAND_PX = 4
"""Half of what one latent pixel of the usual autoencoders is."""
BLEED_PX = 12
"""How far around a product a painting is not to be trusted, in painted pixels: masks snap to whole
latent pixels of 8, and decoders mix neighbours. Nothing farther away is touched."""
_OVERRUN_PX = 4
"""How far the product's own colour runs over its edge in a decoder."""
_CHANGED = 6.0
"""8-bit levels by which the surroundings must have changed for an unchanged rim to be seen."""
_FOREIGN = 0.3
"""Share of the old scene's or the product's colour from which a pixel is replaced, and with it all
that a decoder's softness may have mixed it into."""
_REACH_PX = 5
_COARSE = 8


def kept_area(alpha: Plane) -> Area:
    """The product with its guard band, bool (H, W): what the mask keeps."""
    return _grown(alpha, _BAND_PX)


def bled_area(alpha: Plane) -> Area:
    """The product with all that a painting shows of it and of its band, bool (H, W)."""
    return _grown(alpha, BLEED_PX)


def inpaint_mask(alpha: Plane) -> Plane:
    """What is painted anew, float32 (H, W): 1 everywhere but on the product and its guard band."""
    return np.asarray(~kept_area(alpha), np.float32)


def without_product(before: Rgb, after: Rgb, alpha: Plane) -> Rgb:
    """Continue a painting behind the product, and wherever near it another colour is left over.

    Parameters
    ----------
    before, after
        uint8 (H, W, 3): what the painter was given, the product in it, and what it gave back.
    alpha
        float32 (H, W), the product's.

    References
    ----------
    Telea 2004, "An Image Inpainting Technique Based on the Fast Marching Method"
    """
    near = bled_area(alpha)
    if not near.any() or near.all():
        return after
    window = _around(near, 3 * BLEED_PX)
    old, new, here = before[window], after[window], alpha[window]
    left_over = _left_over(old, new, here)
    foreign = ((left_over > _FOREIGN) | (here > VISIBLE)).astype(np.float32)
    hole = _grown(foreign, _OVERRUN_PX)
    filled = _filled(new, hole, _deep(here))
    weight = cv2.GaussianBlur(hole.astype(np.float32), (0, 0), 1.0)[..., None]
    result = after.copy()
    result[window] = (new + (filled - new.astype(np.float32)) * weight + 0.5).astype(np.uint8)
    return result


def _left_over(old: Rgb, new: Rgb, alpha: Plane) -> Plane:
    """Share in which each pixel near the product shows the old scene, or the product's own colour.

    The old scene: the painter changed the surroundings, but not this. The product: the pixel lies
    between the colour of its surroundings and that of the product's edge.
    """
    shown = new.astype(np.float32)
    outside = (~_grown(alpha, BLEED_PX)).astype(np.float32)
    core = (alpha >= OPAQUE).astype(np.float32)
    changed = np.abs(shown - old).max(axis=2)
    around = _mean_near(changed, outside, BLEED_PX)
    unchanged = np.where(around > _CHANGED, 1 - changed / np.maximum(around, 1e-3), 0)
    beside, own = (
        _mean_near(shown, outside, BLEED_PX),
        _mean_near(old.astype(np.float32), core, _OVERRUN_PX),
    )
    apart = own - beside
    along = ((shown - beside) * apart).sum(axis=2) / np.maximum((apart * apart).sum(axis=2), 900)
    overran = np.where(_grown(alpha, _OVERRUN_PX), along, 0)
    left_over = np.clip(np.maximum(unchanged, overran), 0, 1) * (1 - outside)
    return np.asarray(cv2.GaussianBlur(left_over, (0, 0), 1.0), np.float32)


def _filled(painted: Rgb, hole: Area, deep: Area) -> Rgb:
    """Continue a painting into a hole; its depth, which takes longest and shows least, coarsely."""
    height, width = hole.shape
    size = max(1, width // _COARSE), max(1, height // _COARSE)
    known = (~hole).astype(np.float32)
    seen = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    light = cv2.resize(painted * known[..., None], size, interpolation=cv2.INTER_AREA)
    small = (light / np.maximum(seen, 1e-3)[..., None]).astype(np.uint8)
    coarse = cv2.inpaint(small, (seen < 0.3).astype(np.uint8), _REACH_PX, cv2.INPAINT_TELEA)
    start = np.where(deep[..., None], cv2.resize(coarse, (width, height)), painted)
    fine = (hole & ~deep).astype(np.uint8)
    return np.asarray(cv2.inpaint(start, fine, _REACH_PX, cv2.INPAINT_TELEA), np.uint8)


def _mean_near(values: Plane, where: Plane, reach: int) -> Plane:
    """Mean over what is near and counts, float32 of the values' shape."""
    weight = cv2.GaussianBlur(where, (0, 0), reach) + np.float32(1e-6)
    if values.ndim == 2:
        return np.asarray(cv2.GaussianBlur(values * where, (0, 0), reach) / weight, np.float32)
    total = cv2.GaussianBlur(values * where[..., None], (0, 0), reach)
    return np.asarray(total / weight[..., None], np.float32)


def _deep(alpha: Plane) -> Area:
    """So deep inside an opaque product that nothing of it shows, or tells for what does."""
    solid = (alpha >= OPAQUE).astype(np.uint8)
    return np.asarray(cv2.erode(solid, np.ones((2 * BLEED_PX + 1,) * 2, np.uint8)) > 0)


def _around(area: Area, margin: int) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(area.any(axis=1)), np.flatnonzero(area.any(axis=0))
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + 1 + margin),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + 1 + margin),
    )


def _grown(alpha: Plane, reach: int) -> Area:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate((alpha > VISIBLE).astype(np.uint8), disc) > 0)
