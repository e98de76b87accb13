"""Clear glass and plastic: alpha where the background shines through, and the glass' own tint.

Each surface is judged as a whole, by what lies behind it. What then differs within it, print or a
highlight, is its own; so is all that is no clear surface: caps, labels, the dark rims of glass.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, Box, Cutout
from pipelines.matting.backdrop import look_behind
from pipelines.matting.lattice import Floats, Mask
from pipelines.matting.panes import LEAST_TINT, REFLECTED, Pane, gradient_of, panes, ramp

Rgb = npt.NDArray[np.uint8]

_WORKING_PX = 480
_ROOM = 0.15
"""Of the product's longer side: the background beside it that is looked at."""
_GAP = 0.015
"""Of the crop's longer side: print and scratches up to twice as wide lie on the surface around."""
_SPREAD_PX = (2.5, 7.5, 22.5)
"""How far surfaces are carried on below what lies on them; nearer ones count more."""
_GLOSS = 2.5
"""Brighter than around it counts this much more than darker: glass has highlights."""
_FAINT, _OWN = 0.2, 0.5
"""Difference up to which a detail is refraction, and from which it is the product's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Glass:
    """What is clear of a product, at any size.

    Attributes
    ----------
    zone
        float32 (H, W): 1 where it is clear, or something lies on what is.
    alpha, tint, veil
        Of the clear surfaces, carried on below what lies on them: cover, what they let through
        of each channel, and their colour in the photo.
    """

    zone: Floats
    alpha: Floats
    tint: Floats
    veil: Floats

    def resized(self, width_px: int, height_px: int) -> "_Glass":
        zone, alpha, tint, veil = (
            np.asarray(cv2.resize(one, (width_px, height_px), interpolation=cv2.INTER_LINEAR))
            for one in (self.zone, self.alpha, self.tint, self.veil)
        )
        return _Glass(zone=zone, alpha=alpha, tint=tint, veil=veil)


def see_through(rgb: Rgb, cutout: Cutout, solid: Mask | None = None) -> Cutout:
    """Make the clear parts of a product transparent.

    Over what was behind it, the result looks as the photo does, but for what refraction moved.

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
    opaque = silhouette >= OPAQUE
    if solid is not None:
        opaque &= ~solid[window]
    found = _clear_parts(photo, silhouette, opaque)
    if found is None:
        return cutout
    glass, colours = found
    own = _details(photo, glass, colours)
    share = np.where(opaque, 1 - glass.zone * (1 - own), 1)
    cover = glass.alpha + (1 - glass.alpha) * share
    kept = _kept(glass)
    colour = photo * (kept + (1 - kept) * share[..., None])
    freed = cover < OPAQUE
    result_rgb, result_alpha = cutout.rgb.copy(), cutout.alpha.copy()
    result_rgb[window][freed] = (np.clip(colour[freed], 0, 1) * 255 + 0.5).astype(np.uint8)
    result_alpha[window] = np.where(freed, silhouette * cover, silhouette)
    return Cutout(rgb=result_rgb, alpha=result_alpha)


def _window(cutout: Cutout) -> tuple[slice, slice]:
    height, width = cutout.alpha.shape
    box = cutout.box
    room = round(_ROOM * max(box.width_px, box.height_px)) + 4
    grown = box.grown(room, within=Box(left=0, top=0, right=width, bottom=height))
    return slice(grown.top, grown.bottom), slice(grown.left, grown.right)


def _clear_parts(photo: Floats, silhouette: Floats, opaque: Mask) -> tuple[_Glass, Floats] | None:
    """What is clear, and the background's colours; None where nothing is."""
    height, width = silhouette.shape
    scale = min(1.0, _WORKING_PX / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small, shape, inside = (
        np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA))
        for one in (photo, silhouette, opaque.astype(np.float32))
    )
    gradient = gradient_of(small)
    backdrop = look_behind(small, shape > 0.02, gradient)
    if backdrop is None:
        return None
    found = panes(small, inside > 0.99, gradient, backdrop)
    if not any(pane.clear for pane in found):
        return None
    glass = _assembled(found, small, shape, inside > 0.99)
    return glass.resized(width, height), backdrop.colours


def _assembled(found: list[Pane], small: Floats, shape: Floats, inside: Mask) -> _Glass:
    """Lay the surfaces beside each other, without seams, and carry them on under print."""
    alpha, tint = np.ones(inside.shape, np.float32), np.ones(small.shape, np.float32)
    clear, solid = np.zeros(inside.shape, bool), np.zeros(inside.shape, bool)
    for pane in found:
        if pane.clear:
            clear |= pane.area
            alpha[pane.area], tint[pane.area] = pane.alpha, pane.tint
        else:
            solid |= pane.area
    zone = _closed(clear) & inside & (clear | ~_closed(solid))
    soft = cv2.GaussianBlur(zone.astype(np.float32), (0, 0), 2.0)
    alpha, tint, veil = (_spread(one, clear) for one in (alpha, tint, small))
    steep = (1 - _reflected(shape)) / (1 - REFLECTED)
    return _Glass(
        zone=np.clip((soft - 0.5) * 2.5 + 0.5, 0, 1),
        alpha=1 - (1 - np.maximum(alpha, REFLECTED)) * steep,
        tint=np.maximum(tint, LEAST_TINT),
        veil=veil,
    )


def _closed(surface: Mask) -> Mask:
    """A surface with what lies on it: narrow gaps and holes are filled."""
    side = 2 * max(1, round(_GAP * max(surface.shape))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    bridged = cv2.morphologyEx(surface.astype(np.uint8), cv2.MORPH_CLOSE, disc)
    outlines, _ = cv2.findContours(bridged, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(bridged, outlines, -1, 1, cv2.FILLED) > 0)


def _spread(values: Floats, where: Mask) -> Floats:
    """Mean of the values around that lie in ``where``, from as near as there are any."""
    weight = where.astype(np.float32)
    known = values * (weight if values.ndim == 2 else weight[..., None])
    total, weights = np.zeros_like(values), np.full_like(weight, 1e-9)
    for order, reach_px in enumerate(_SPREAD_PX):
        part = np.float32(1e-3**order)
        total += part * cv2.GaussianBlur(known, (0, 0), reach_px)
        weights += part * cv2.GaussianBlur(weight, (0, 0), reach_px)
    return np.asarray(total / (weights if values.ndim == 2 else weights[..., None]))


def _reflected(shape: Floats) -> Floats:
    """Light that four faces keep back: near its outline a round body is seen from the side.

    References
    ----------
    Schlick 1994, "An Inexpensive BRDF Model for Physically-based Rendering".
    """
    depth = cv2.distanceTransform((shape > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    slant = 1 - depth / max(1.0, float(depth.max()))
    face = 0.04 + 0.96 * (1 - np.sqrt(1 - slant**2)) ** 5
    return np.asarray(1 - (1 - face) ** 4, np.float32)


def _details(photo: Floats, glass: _Glass, colours: Floats) -> Floats:
    """How much each pixel is its own: neither as the surface is, nor as what may shine through."""
    least = _least_cover(photo, glass.veil)
    for colour in colours:
        least = np.minimum(least, _least_cover(photo, glass.tint * colour))
    return ramp(cv2.GaussianBlur(least, (0, 0), 0.7), _FAINT, _OWN)


def _least_cover(photo: Floats, behind: Floats) -> Floats:
    difference = photo - behind
    room = np.where(difference > 0, (1 - behind) / _GLOSS, behind)
    return np.asarray((np.abs(difference) / np.maximum(room, np.float32(0.05))).max(axis=-1))


def _kept(glass: _Glass) -> Floats:
    """Share of the photo's colour that is the glass' own, the rest being what shines through.

    The photo is tint times what is behind; alpha of its own and the rest of that must add to it.
    """
    alpha = glass.alpha[..., None]
    return np.asarray(np.clip((1 - (1 - alpha) / glass.tint) / alpha, 0, 1), np.float32)
