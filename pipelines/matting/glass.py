"""Clear glass and plastic: alpha where the background shines through, and the glass' own tint.

What is behind is estimated from both sides of the product. A pixel then is as transparent as it
can be for some colour of glass to explain it: where the picture equals the estimate, nothing is
there; where it is darker, a tint; where it is brighter, a highlight.
"""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, Box, Cutout
from pipelines.matting.lattice import Floats, Mask

Rgb = npt.NDArray[np.uint8]

_WORKING_PX = 400
_ROOM = 0.15
"""Of the product's longer side: the background beside it that is looked at."""
_CLEARANCE = 0.012
"""Of the product's longer side: pixels nearer to it carry its rim, its shadow or its light."""
_ERROR = 0.03
"""Differences from the estimate below this are refraction and noise, not glass."""
_GLOSS = 3.0
"""Glass darkens, paper and paint do not: brighter than behind counts this much more than darker."""
_SURFACE = 0.03
"""Of the crop's longer side: over which a surface is judged as one."""
_FLAT = 1e-3
"""Variance of grey below which there is no edge in a surface."""
_PRINT = 0.25
"""Fine print is judged by itself: this much more cover than a surface needs makes it solid."""
_CLEAR, _SOLID = 0.3, 0.6
"""Alpha up to which a part is clear, and from which it is solid: caps, labels, print and the dark
rims of glass, which would show through otherwise."""


def see_through(rgb: Rgb, cutout: Cutout, solid: Mask | None = None) -> Cutout:
    """Make the clear parts of a product transparent.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
        The photo that the cutout was made from.
    solid : bool (H, W)
        Parts known to be solid, whatever their colour.

    References
    ----------
    Smith, Blinn 1996, "Blue Screen Matting": with one background known, the least alpha is one of
    the solutions, and the only one that invents no cover.
    """
    window = _window(cutout)
    silhouette = cutout.alpha[window]
    photo = rgb[window].astype(np.float32) / np.float32(255)
    behind = _behind(photo, silhouette > 0.02)
    cover = _cover(photo, behind)
    if solid is not None:
        cover[solid[window]] = 1
    # At the outline the cutout's own colour is free of background already, the photo's is not.
    rim = silhouette < OPAQUE
    cover[rim] = np.maximum(cover[rim], cv2.dilate(cover, np.ones((5, 5), np.uint8))[rim])
    own = _own_colour(photo, behind, cover)
    freed = (cover < OPAQUE) & ~rim
    result_rgb, result_alpha = cutout.rgb.copy(), cutout.alpha.copy()
    result_rgb[window][freed] = (own[freed] * 255 + np.float32(0.5)).astype(np.uint8)
    result_alpha[window] = silhouette * cover
    return Cutout(rgb=result_rgb, alpha=result_alpha)


def _window(cutout: Cutout) -> tuple[slice, slice]:
    height, width = cutout.alpha.shape
    box = cutout.box
    room = round(_ROOM * max(box.width_px, box.height_px)) + 4
    grown = box.grown(room, within=Box(left=0, top=0, right=width, bottom=height))
    return slice(grown.top, grown.bottom), slice(grown.left, grown.right)


def _behind(photo: Floats, product: Mask) -> Floats:
    """Estimate what the product hides: each row bridged from one side of it to the other.

    Horizons and table edges lie level, so rows keep them sharp where a membrane would smear them.
    """
    height, width = product.shape
    scale = min(1.0, _WORKING_PX / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    hidden = cv2.resize(product.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    reach = 2 * max(1, round(_CLEARANCE * max(size))) + 1
    seen = cv2.dilate(hidden, np.ones((reach, reach), np.uint8)) == 0
    smooth = _blurred_where(small, seen)
    columns = np.arange(size[0])
    bridged = small.copy()
    for row in np.flatnonzero(hidden.any(axis=1)):
        known = np.flatnonzero(seen[row])
        if known.size:
            bridged[row] = np.stack(
                [np.interp(columns, known, smooth[row, known, c]) for c in range(3)], axis=-1
            )
    bridged = np.where(hidden[..., None] > 0, bridged, small)
    return np.asarray(cv2.resize(bridged, (width, height), interpolation=cv2.INTER_LINEAR))


def _blurred_where(picture: Floats, seen: Mask) -> Floats:
    """Mean of the seen pixels around each: texture must not draw stripes through the product."""
    weight = seen.astype(np.float32)
    side = (max(3, picture.shape[1] // 24) | 1, 3)
    total = cv2.blur(picture * weight[..., None], side)
    return np.asarray(total / np.maximum(cv2.blur(weight, side), np.float32(1e-4))[..., None])


def _cover(photo: Floats, behind: Floats) -> Floats:
    """Least alpha that explains each pixel; solid where whole surfaces are mostly their own."""
    difference = photo - behind
    room = np.where(difference > 0, (1 - behind) / _GLOSS, behind)
    least = (np.abs(difference) / np.maximum(room, np.float32(0.05))).max(axis=-1)
    least = np.minimum(cv2.GaussianBlur(least, (0, 0), 1.0), 1)
    clear = np.clip((least - _ERROR) / (1 - _ERROR), 0, 1)
    reach = max(2, round(_SURFACE * max(least.shape)))
    share = np.maximum(_over_surfaces(least, photo.mean(axis=-1), reach), least - _PRINT)
    share = np.clip((share - _CLEAR) / (_SOLID - _CLEAR), 0, 1)
    share = share * share * (3 - 2 * share)
    return np.asarray(clear + (1 - clear) * share, dtype=np.float32)


def _over_surfaces(values: Floats, grey: Floats, reach_px: int) -> Floats:
    """Mean over a surface, ending at its edges: a cap or a label is solid as a whole or not at all.

    References
    ----------
    He, Sun, Tang 2010, "Guided Image Filtering".
    """
    side = (2 * reach_px + 1, 2 * reach_px + 1)

    def mean(picture: Floats) -> Floats:
        return np.asarray(cv2.blur(picture, side, borderType=cv2.BORDER_REFLECT))

    middle_g, middle_v = mean(grey), mean(values)
    slope = (mean(grey * values) - middle_g * middle_v) / (
        mean(grey * grey) - middle_g**2 + np.float32(_FLAT)
    )
    return mean(slope) * grey + mean(middle_v - slope * middle_g)


def _own_colour(photo: Floats, behind: Floats, cover: Floats) -> Floats:
    """Colour of the glass itself: with its cover over what is behind, it gives the photo."""
    share = np.maximum(cover, np.float32(1e-3))[..., None]
    return np.asarray(np.clip((photo - (1 - share) * behind) / share, 0, 1), dtype=np.float32)
