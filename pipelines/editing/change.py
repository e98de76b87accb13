"""Which regions of a painted picture show something else, beyond what painting itself blurs."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_SOFT_PX = 0.8
_SQUARE = np.ones((3, 3), np.uint8)
_SPECK = 3e-5
"""Share of the picture below which a changed region is taken for noise: 5 x 6 px of a million."""
_QUIET_SHARE, _QUIET = 0.3, 0.97
"""This share of the pixels is taken as unchanged; for normal noise the largest of three channels
lies below 0.97 standard deviations there."""
_LOUDEST = 5.0
_LEAST_SEEN, _LEAST_SURE = 4.0, 10.0
"""8-bit levels: where a change ends, and what it must reach somewhere to be one."""
_BLURRED = 0.5
"""Of the contrast nearby, what an autoencoder's blur may take from the finest detail."""
_WINDOW_PX = 15
_TEXTURE, _STRANGE = 3.0, 0.2
"""Standard deviation of texture, 8-bit levels, and the correlation below which it is another. The
same photo through an autoencoder's blur and noise keeps 0.6 and more."""
_GROWN_PX, _FADED_PX = 4, 8
"""Taken around each change, then faded out, in the model's pixels: half a latent's width, and one
latent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a model changed.

    Attributes
    ----------
    core
        bool (h, w): what differs.
    taken
        float32 (h, w) in [0, 1]: how much of the painted picture is taken; exactly 0 where
        nothing changed nearby.
    """

    core: Mask
    taken: Map


def find_change(before: Rgb, painted: Rgb, valid: Mask) -> Change:
    """Compare two registered pictures of one colour.

    A difference that half a pixel's shift or a slight blur could make is none: a value counts only
    where it lies outside the range of its neighbourhood in the other picture.

    Parameters
    ----------
    before, painted : uint8 (h, w, 3)
    valid : bool (h, w), where the painted picture means anything
    """
    pair = [cv2.GaussianBlur(one, (0, 0), _SOFT_PX).astype(np.float32) for one in (before, painted)]
    noise = _noise(pair[0], pair[1], valid)
    apart = np.maximum(_outside(pair[0], pair[1]), _outside(pair[1], pair[0]))
    apart -= _BLURRED * np.maximum(_contrast(pair[0]), _contrast(pair[1]))
    apart[~valid] = 0
    low, high = max(_LEAST_SEEN, 2.5 * noise), max(_LEAST_SURE, 5 * noise)
    core = _grown_from(apart > high, apart > low) | _replaced(before, painted, valid)
    return Change(core=core, taken=_faded(core))


def within(taken: Map, area: Mask, *, fade_px: float) -> Map:
    """Confine what is taken to an area, fading out inside its edge.

    Where the area is narrow the fade is half as deep as the area is: its middle is taken in full.
    """
    inside = np.pad(area.astype(np.uint8), 1, mode="edge")
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1]
    # The area's middle is seen from its edge while it lies within twice the fade.
    side = 2 * round(2 * fade_px) + 1
    deepest = cv2.dilate(depth, np.ones((side, side), np.uint8))
    fade = np.maximum(np.minimum(deepest / 2, fade_px), 1.0)
    ramp = np.clip(depth / fade, 0, 1).astype(np.float32)
    ramp[~area] = 0
    return np.asarray(np.minimum(taken, _smooth(ramp)), dtype=np.float32)


def _replaced(before: Rgb, painted: Rgb, valid: Mask) -> Mask:
    """Texture with other texture in its place, whose levels may be the same everywhere.

    Texture that is merely gone is not counted: fine grain is what autoencoders lose first.
    """
    greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(np.float32) for one in (before, painted)]
    window = (_WINDOW_PX, _WINDOW_PX)
    means = [cv2.blur(one, window) for one in greys]
    spread, other = (
        cv2.blur(one * one, window) - mean * mean for one, mean in zip(greys, means, strict=True)
    )
    common = cv2.blur(greys[0] * greys[1], window) - means[0] * means[1]
    both = np.sqrt(np.maximum(spread, 0) * np.maximum(other, 0))
    strange = valid & (spread > _TEXTURE**2) & (other > spread / 4) & (common < _STRANGE * both)
    square = np.ones((_WINDOW_PX, _WINDOW_PX), np.uint8)
    joined = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_CLOSE, square)
    return np.asarray(cv2.morphologyEx(joined, cv2.MORPH_OPEN, square) > 0) & valid


def _contrast(values: Map) -> Map:
    """Distance of the lightest from the darkest value nearby."""
    window = np.ones((5, 5), np.uint8)
    return np.asarray((cv2.dilate(values, window) - cv2.erode(values, window)).max(axis=2))


def _noise(before: Map, painted: Map, valid: Mask) -> float:
    apart = np.abs(before - painted).max(axis=2)[valid]
    if apart.size == 0:
        return 0.0
    return min(_LOUDEST, float(np.quantile(apart, _QUIET_SHARE)) / _QUIET)


def _outside(values: Map, other: Map) -> Map:
    """How far values lie outside the range of the other picture's neighbourhood."""
    above = values - cv2.dilate(other, _SQUARE)
    below = cv2.erode(other, _SQUARE) - values
    return np.asarray(np.maximum(above, below).max(axis=2), dtype=np.float32)


def _grown_from(seeds: Mask, reach: Mask) -> Mask:
    """Patches of `reach` that hold a seed and are more than a speck, without pinholes."""
    joined = cv2.morphologyEx((reach | seeds).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    kept = np.zeros(count, np.bool_)
    kept[np.unique(labels[seeds])] = True
    kept &= stats[:, cv2.CC_STAT_AREA] >= max(4, _SPECK * seeds.size)
    kept[0] = False
    return np.asarray(kept[labels], dtype=np.bool_)


def _faded(core: Mask) -> Map:
    if not core.any():
        return np.zeros(core.shape, np.float32)
    away = cv2.distanceTransform((~core).astype(np.uint8), cv2.DIST_L2, 5)
    ramp = np.clip(1 - (away - _GROWN_PX) / _FADED_PX, 0, 1).astype(np.float32)
    return _smooth(ramp)


def _smooth(ramp: Map) -> Map:
    return np.asarray(ramp * ramp * (3 - 2 * ramp), dtype=np.float32)
