"""The product's own colour in pixels that it only partly covers."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE
from pipelines.matting.lattice import Floats, Mask

_SURE = 0.02
"""Alpha this near to 0 or 1 shows one side alone, so that its colour can be lent."""
_TRUST = 0.5
"""Weight of the lent colours against the picture's own mixture; 0.05 leaves twice the noise in
faint pixels, 2 smooths hair away."""

_LOOKED_AROUND_PX = 8
"""Edges are narrower: all of a hard-edged product's mixed pixels have a pure one this near."""
_AROUND = sorted(
    (
        (down, right)
        for down in range(-_LOOKED_AROUND_PX, _LOOKED_AROUND_PX + 1)
        for right in range(-_LOOKED_AROUND_PX, _LOOKED_AROUND_PX + 1)
        if 0 < down**2 + right**2 <= _LOOKED_AROUND_PX**2
    ),
    key=lambda one: one[0] ** 2 + one[1] ** 2,
)
Places = npt.NDArray[np.intp]
Rgb = npt.NDArray[np.uint8]


def free_colours(rgb: Rgb, alpha: Floats) -> Rgb:
    """Replace the mixed colours of partly covered pixels by the product's own.

    Each pixel borrows the nearest pure colour of either side, then both are corrected by what the
    picture shows beyond their mixture. Opaque pixels keep the merchant's bytes exactly, and
    pixels without product keep theirs.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    alpha : float32 (H, W), range [0, 1]

    References
    ----------
    Forte 2021, "Approximate Fast Foreground Colour Estimation", of which the correction is the
    least-squares form.
    """
    freed = rgb.copy()
    free_in_place(freed, alpha)
    return freed


def free_in_place(rgb: Rgb, alpha: Floats) -> None:
    """Do the same to the picture itself, which may be a part of another one."""
    mixed = np.flatnonzero((alpha > 0) & (alpha < OPAQUE))
    product, background = alpha >= 1 - _SURE, alpha <= _SURE
    if mixed.size == 0 or not product.any():
        return
    own = _at(rgb, _nearest(product, mixed)).astype(np.float32)
    if background.any():
        behind = _at(rgb, _nearest(background, mixed)).astype(np.float32)
        share = alpha.ravel()[mixed][:, None]
        beyond = _at(rgb, mixed) - share * own - (1 - share) * behind
        own += beyond * (share / (share**2 + (1 - share) ** 2 + np.float32(_TRUST)))
    rows, columns = np.divmod(mixed, rgb.shape[1])
    rgb[rows, columns] = np.clip(own + np.float32(0.5), 0, 255).astype(np.uint8)


def _at(rgb: Rgb, places: Places) -> Rgb:
    rows, columns = np.divmod(places, rgb.shape[1])
    return rgb[rows, columns]


def _nearest(sure: Mask, places: Places) -> Places:
    """Place of the sure pixel nearest to each place, in the flattened picture."""
    sides = (_LOOKED_AROUND_PX,) * 4
    padded = cv2.copyMakeBorder(sure.astype(np.uint8), *sides, cv2.BORDER_CONSTANT, value=0)
    seen, stride = padded.ravel(), padded.shape[1]
    rows, columns = np.divmod(places, sure.shape[1])
    centres = (rows + _LOOKED_AROUND_PX) * stride + columns + _LOOKED_AROUND_PX
    nearest = np.empty_like(places)
    left = np.arange(places.size)
    for down, right in _AROUND:
        hit = seen[centres[left] + down * stride + right] > 0
        found = left[hit]
        nearest[found] = places[found] + down * sure.shape[1] + right
        left = left[~hit]
        if left.size == 0:
            return nearest
    nearest[left] = _far(sure, places[left])
    return nearest


def _far(sure: Mask, places: Places) -> Places:
    """The same at any distance, for the price of measuring the whole picture."""
    _, labels = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # Sure pixels are numbered from 1, row after row.
    return np.asarray(np.flatnonzero(sure)[np.asarray(labels).ravel()[places] - 1])
