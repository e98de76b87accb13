"""What lies behind a product, judged by what is seen beside it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.lattice import Floats, Mask

_CLEARANCE = 0.012
"""Of the picture's longer side: pixels nearer to the product carry its rim, shadow or light."""
_LIT = 0.9
"""Of the lighter side's light: at least as light as that, a row is taken to be behind the product.
Where one side is dark, a dark cap before it would pass for glass otherwise."""
_STEPS = 6
"""To which each channel is coarsened to count colours."""
_COMMON = 0.12
"""Share of the background from which a colour belongs to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """The background of a picture.

    Attributes
    ----------
    behind
        float32 (H, W, 3): what the product hides, and what is there beside it.
    colours
        float32 (K, 3): those that are common, however they are spread.
    brightest
        float32 (3,): mean of the lightest quarter.
    busyness
        Gradient that a quarter of it exceeds, by which clear glass may be no flatter.
    """

    behind: Floats
    colours: Floats
    brightest: Floats
    busyness: float


def look_behind(picture: Floats, product: Mask, gradient: Floats) -> Backdrop | None:
    """The background of a float32 (H, W, 3) picture in [0, 1]; None where nothing of it is seen."""
    reach = 2 * max(1, round(_CLEARANCE * max(product.shape))) + 1
    seen = cv2.dilate(product.astype(np.uint8), np.ones((reach, reach), np.uint8)) == 0
    if not seen.any():
        return None
    beside = picture[seen]
    light = beside.mean(axis=-1)
    lightest = beside[light >= np.percentile(light, 75)]
    return Backdrop(
        behind=_lit_from_both_sides(_bridged(picture, product, seen), product),
        colours=_common(beside),
        brightest=np.asarray(lightest.mean(axis=0)),
        busyness=float(np.percentile(gradient[seen], 75)),
    )


def _bridged(picture: Floats, product: Mask, seen: Mask) -> Floats:
    """Bridge each row from one side of the product to the other.

    Horizons and table edges lie level, so rows keep them sharp where a membrane would smear them.
    """
    smooth = _blurred_where(picture, seen)
    columns = np.arange(picture.shape[1])
    bridged = picture.copy()
    for row in np.flatnonzero(product.any(axis=1)):
        known = np.flatnonzero(seen[row])
        if known.size:
            bridged[row] = np.stack(
                [np.interp(columns, known, smooth[row, known, c]) for c in range(3)], axis=-1
            )
    return np.where(product[..., None], bridged, picture)


def _blurred_where(picture: Floats, seen: Mask) -> Floats:
    """Mean of the seen pixels around each: texture must not draw stripes through the product."""
    weight = seen.astype(np.float32)
    side = (max(3, picture.shape[1] // 24) | 1, 3)
    total = cv2.blur(picture * weight[..., None], side)
    return np.asarray(total / np.maximum(cv2.blur(weight, side), np.float32(1e-4))[..., None])


def _lit_from_both_sides(behind: Floats, product: Mask) -> Floats:
    light = behind.mean(axis=-1)
    least = _LIT * np.where(product, light, 0).max(axis=1, keepdims=True)
    gain = np.maximum(1, least / np.maximum(light, 0.02))[..., None]
    return np.asarray(np.clip(behind * gain, 0, 1), np.float32)


def _common(colours: Floats) -> Floats:
    """Mean colour of each box of colours that much of the background lies in."""
    boxes = np.minimum((colours * _STEPS).astype(np.int64), _STEPS - 1)
    numbers = boxes @ np.array([_STEPS * _STEPS, _STEPS, 1])
    counts = np.bincount(numbers, minlength=_STEPS**3)
    common: npt.NDArray[np.intp] = np.flatnonzero(counts >= _COMMON * len(colours))
    means = [colours[numbers == number].mean(axis=0) for number in common]
    return np.asarray(means, np.float32).reshape(-1, 3)
