"""Drift: whether a painter shifted, zoomed or turned a picture that it should have kept in place.

Models that edit a picture paint all of it anew and are free to move it. What they moved a little
is put back before anything is taken from it; what they moved far, or made another picture of, is
refused.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.checks.similarity import Similarity, alike, lie_over
from pipelines.report import Check, judged, noted

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_LEAST_TEXTURE_PX = 200
"""Textured pixels below which nothing can be told: a plain wall lies anywhere."""
_EXACT_SHARE = 0.25
"""Of the textured pixels, equal to the last bit: nothing moved, whatever else was painted anew. A
zoom of 1.001 leaves 0.04 equal, noise of one level 0.06."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a painted picture lies over the one that it was painted from.

    Attributes
    ----------
    mapping
        Places of the picture before to places of the picture after.
    alike
        Share within [0, 1] of what must stay that shows the same, once it is put back; 1 where
        nothing can be told.
    told
        Whether there was texture to tell by.
    reach_px
        How far the farthest corner of the picture moved.
    side_px
        The longer side.
    """

    mapping: Similarity = field(default_factory=Similarity)
    alike: float = 1.0
    told: bool = True
    reach_px: float = 0.0
    side_px: int

    @property
    def words(self) -> str:
        """The movement as a person reads it, largest parts only.

        >>> Drift(mapping=Similarity(right_px=-12.04, zoom=1.02), side_px=1000).words
        '12.0 px left, zoom 1.020'
        """
        one = self.mapping
        parts = [_way(one.right_px, "right", "left"), _way(one.down_px, "down", "up")]
        if abs(one.zoom - 1) >= 0.0005:
            parts.append(f"zoom {one.zoom:.3f}")
        if abs(one.turn_deg) >= 0.05:
            parts.append(f"turned {one.turn_deg:.1f}°")
        return ", ".join(part for part in parts if part) or "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftLimits:
    """What may be put back; beyond it a picture is refused.

    Attributes
    ----------
    shift
        Of the centre, as a share of the longer side.
    zoom
        Distance from 1. Enlarging by more loses detail that is seen.
    alike
        Least share of what must stay that still shows the same. Nine product photos with half of
        each repainted keep 0.45 to 0.56; another picture, or the same one mirrored, 0.02 to 0.24,
        once 0.42.
    """

    shift: float = 0.04
    zoom: float = 0.05
    turn_deg: float = 3.0
    alike: float = 0.35

    def refuse(self, drift: Drift) -> str:
        """Why a picture cannot be used, or ""."""
        one = drift.mapping
        if drift.alike < self.alike:
            return f"only {drift.alike:.0%} of what must stay is there again"
        far = float(np.hypot(one.right_px, one.down_px)) > self.shift * drift.side_px
        far |= abs(one.zoom - 1) > self.zoom or abs(one.turn_deg) > self.turn_deg
        return f"moved too far: {drift.words}" if far else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A painted picture put back onto the one that it was painted from.

    Attributes
    ----------
    rgb
        uint8 (H, W, 3), sRGB.
    covered
        bool (H, W): false where the painter's picture did not reach; `rgb` means nothing there.
    """

    rgb: Rgb
    covered: Mask


def find_drift(before: Rgb, after: Rgb, stays: Mask) -> Drift:
    """Measure how `after` lies over `before`; equal pixels give exactly none.

    Parameters
    ----------
    before, after : uint8 (H, W, 3), sRGB, of one size
    stays : bool (H, W), what should be the same in both; it may hold parts painted anew, up to
        about half of what has texture

    Raises
    ------
    ValueError : sizes differ
    """
    if not before.shape == after.shape == (*stays.shape, 3):
        msg = f"sizes differ: {before.shape}, {after.shape}, {stays.shape}"
        raise ValueError(msg)
    side = max(stays.shape)
    textured = _textured(before, stays)
    count = int(textured.sum())
    if count < _LEAST_TEXTURE_PX:
        return Drift(told=False, side_px=side)
    same = (before == after).all(axis=2)
    if int((same & textured).sum()) >= _EXACT_SHARE * count:
        return _measured(before, after, stays, Similarity())
    return _measured(before, after, stays, lie_over(before, after, stays))


def register(after: Rgb, drift: Drift) -> Registered:
    """Put a picture back in place; one that did not move is returned as it is."""
    height, width = after.shape[:2]
    if drift.mapping == Similarity():
        return Registered(rgb=after, covered=np.ones((height, width), np.bool_))
    matrix = drift.mapping.matrix(width, height)
    back = cv2.warpAffine(
        after,
        matrix,
        (width, height),
        flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    inside = np.full((height, width), 255, np.uint8)
    covered = cv2.warpAffine(
        inside, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return Registered(rgb=np.asarray(back, dtype=np.uint8), covered=covered == 255)


def drift_check(drift: Drift, *, limits: DriftLimits | None = None) -> Check:
    """Judge a drift; what lies within the limits is said to have been put back."""
    limits = limits or DriftLimits()
    if not drift.told:
        return noted("drift", "not to be told: what must stay is plain")
    refusal = limits.refuse(drift)
    return judged(
        "drift",
        passed=not refusal,
        value=refusal or (drift.words + ("" if drift.words == "none" else ", put back")),
        limit=f"shift at most {limits.shift * 100:g}% of the side, zoom {limits.zoom:.0%}, "
        f"turn {limits.turn_deg:g}°, {limits.alike:.0%} alike",
        fix="try another --seed or another model; ask for less at once",
    )


def _textured(before: Rgb, stays: Mask) -> Mask:
    grey = cv2.cvtColor(before, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return alike(grey, grey, stays)[1]


def _measured(before: Rgb, after: Rgb, stays: Mask, mapping: Similarity) -> Drift:
    height, width = stays.shape
    moved = mapping.matrix(width, height)
    corners = np.array([[0, width - 1, 0, width - 1], [0, 0, height - 1, height - 1]], np.float64)
    there = moved[:, :2] @ corners + moved[:, 2:]
    side = max(height, width)
    reach = float(np.hypot(*(there - corners)).max())
    found = Drift(mapping=mapping, reach_px=reach, side_px=side)
    if not np.isfinite(reach) or reach > side:
        return Drift(alike=0.0, reach_px=float(side), side_px=side)
    back = register(after, found)
    greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(np.float32) for one in (before, back.rgb)]
    fits, textured = alike(greys[0], greys[1], stays & back.covered)
    share = float(fits.sum() / max(int(textured.sum()), 1))
    return Drift(mapping=mapping, alike=share, reach_px=reach, side_px=side)


def _way(length_px: float, positive: str, negative: str) -> str:
    if abs(length_px) < 0.05:
        return ""
    return f"{abs(length_px):.1f} px {positive if length_px > 0 else negative}"
