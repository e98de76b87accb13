"""From where a product was photographed, as far as its cutout and its photo tell.

Three things tell, none of them surely:

- A thing that stands shades the surface under it more than the one above it; one that lies, or
  hangs before a wall, is shaded alike all around or on the light's side.
- What stands does so on a clean line or arc; a hem, a heap of sleeves or a pair of soles ends in a
  ragged one.
- Sleeves: a symmetric outline that is wider above than at its foot.

The weights below come from a logistic regression on 66 photos of known viewpoint. With each left
out in turn 74% were right, and all of the third that counted as sure; `python -m
tests.benchmarks.viewpoint` finds 40 of 54 right, and 19 of 19 sure ones. That is why an unsure
answer never fails an image.
"""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab
from pipelines.imaging.cutout import VISIBLE, Cutout
from pipelines.imaging.light import Surface
from pipelines.imaging.standing import standing_of

Plane = npt.NDArray[np.float32]
Side = Literal["side", "above"]
SURE = 0.7
"""Confidence from which an answer may fail an image."""
_WORK_PX = 400
_WEIGHTS = {"shade": -0.125, "ragged": 3.7, "sleeves": 12.5}
_BIAS = -1.85
_LEVEL = Surface(depression_deg=12, roughness=1, reflectance=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """Where a photo was taken from.

    Attributes
    ----------
    side
        ``above`` also for what hangs or lies flat before the camera: it stands on nothing.
    confidence
        0 a guess to 1 certain; 1 where the user said so.
    most_pitch_deg
        How steeply the camera looked down at most, by the arc of a round foot: a rounded edge looks
        like steepness (20 for a mug shot at 12, 17 for a bottle at 9). None where there is no arc.
    why
        What told, for people.
    """

    side: Side
    confidence: float
    most_pitch_deg: float | None = None
    why: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence is {self.confidence:g}, must be 0 to 1")

    @property
    def sure(self) -> bool:
        """Whether a contradiction may fail an image."""
        return self.confidence >= SURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What a cutout and its photo show.

    Attributes
    ----------
    shade
        CIELAB lightness that the photo loses just below the product, less what it loses above it.
    ragged
        Residual of the foot's outline about a smooth arc, in percent of the product's width.
    sleeves
        How much a symmetric outline is wider above than where it stands.
    arc
        Depth of the foot's arc over half its width, where the outline rises less than steeply.
    """

    shade: float
    ragged: float
    sleeves: float
    arc: float


def viewpoint_of(cutout: Cutout, photo: npt.NDArray[np.uint8] | None) -> Viewpoint:
    """Estimate the viewpoint.

    Parameters
    ----------
    photo
        uint8 (H, W, 3): the photo around the product; None where it has no background.
    """
    signs = signs_of(cutout, photo)
    told = {name: weight * getattr(signs, name) for name, weight in _WEIGHTS.items()}
    above = 1 / (1 + math.exp(-(_BIAS + sum(told.values()))))
    return Viewpoint(
        side="above" if above > 0.5 else "side",
        confidence=abs(above - 0.5) * 2,
        most_pitch_deg=_pitch(signs.arc) if signs.ragged < 0.5 and signs.arc > 0.1 else None,
        why=", ".join(_of_above(signs) if above > 0.5 else _of_side(signs)),
    )


def signs_of(cutout: Cutout, photo: npt.NDArray[np.uint8] | None) -> Signs:
    """Measure what tells the viewpoint, on a small copy."""
    box = cutout.box
    zoom = _WORK_PX / max(box.width_px, box.height_px)
    patch = cutout.alpha[box.top : box.bottom, box.left : box.right]
    size = max(8, round(box.width_px * zoom)), max(8, round(box.height_px * zoom))
    alpha = np.asarray(cv2.resize(patch, size, interpolation=cv2.INTER_AREA), np.float32)
    ragged, arc = _foot(alpha)
    shade = _shade(cutout, photo) if photo is not None else 0.0
    return Signs(shade=shade, ragged=ragged, sleeves=_sleeves(alpha), arc=arc)


def _foot(alpha: Plane) -> tuple[float, float]:
    stand = standing_of(alpha, _LEVEL)
    at = np.flatnonzero(stand.touches)
    if at.size < 9:
        return 0.0, 0.0
    height, width = alpha.shape
    lowest = (height - np.argmax(alpha[::-1] > 0.5, axis=0)).astype(np.float64)[at]
    smooth = np.polyval(np.polyfit(at, lowest, 2), at)
    level = lowest - stand.tilt * (at - at.mean())
    arc = (level.max() - (level[0] + level[-1]) / 2) / (float(np.ptp(at) + 1) / 2)
    return float(np.sqrt(np.mean((smooth - lowest) ** 2)) / width * 100), float(arc)


def _sleeves(alpha: Plane) -> float:
    solid = alpha > 0.5
    mirrored = 1 - float(np.abs(alpha - alpha[:, ::-1]).mean() / max(alpha.mean(), 1e-6))
    foot = np.ptp(np.flatnonzero(standing_of(alpha, _LEVEL).touches)) + 1
    wider = float(solid[: len(solid) // 2].sum(axis=1).max()) / max(float(foot), 1.0)
    return max(0.0, mirrored - 0.7) * max(0.0, min(wider, 1.6) - 1)


def _shade(cutout: Cutout, photo: npt.NDArray[np.uint8]) -> float:
    """Lightness lost close below the product less that lost close above, bounded to [-15, 25]."""
    zoom = min(1.0, _WORK_PX / max(cutout.alpha.shape))
    size = tuple(max(16, round(side * zoom)) for side in cutout.alpha.shape[::-1])
    alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    lightness = to_lab(cv2.GaussianBlur(small, (0, 0), 1.2))[..., 0]
    box = Cutout(rgb=np.asarray(small, np.uint8), alpha=np.asarray(alpha, np.float32)).box
    reach = max(4, round(0.06 * max(box.width_px, box.height_px)))
    product = (alpha > VISIBLE).astype(np.uint8)
    near, wide = _grown(product, 5), _grown(product, reach)
    product = _grown(product, 3)
    rows = np.arange(alpha.shape[0])[:, None] - box.top
    lost = [
        _lost(lightness, (near > product) & zone, (wide > near) & zone)
        for zone in (rows > 0.85 * box.height_px, rows < 0.4 * box.height_px)
    ]
    return min(max(lost[0] - lost[1], -15.0), 25.0)


def _lost(lightness: Plane, close: npt.NDArray[np.bool_], around: npt.NDArray[np.bool_]) -> float:
    if close.sum() < 20 or around.sum() < 20:
        return 0.0
    return float(np.median(lightness[around]) - np.percentile(lightness[close], 30))


def _grown(mask: npt.NDArray[np.uint8], reach: int) -> npt.NDArray[np.uint8]:
    size = (2 * reach + 1, 2 * reach + 1)
    return np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size)))


def _pitch(arc: float) -> float:
    """Pitch in degrees at which a circle's outline has this arc.

    An ellipse of ratio k = sin(pitch) rises by 0.8 rows per column, where standing ends, at
    x = 0.8 / sqrt(k^2 + 0.64) of its half-width.
    """
    ratio = np.linspace(0, 0.95, 96)
    arcs = ratio * (np.sqrt(ratio**2 + 0.64) - ratio) / 0.8
    return math.degrees(math.asin(float(np.interp(arc, arcs, ratio))))


def _of_above(signs: Signs) -> list[str]:
    reasons = ["its outline ends ragged"] if signs.ragged > 0.6 else []
    reasons += ["it is wider above than at its foot"] if signs.sleeves > 0.03 else []
    return reasons + (["nothing shades the ground under it"] if signs.shade < 3 else [])


def _of_side(signs: Signs) -> list[str]:
    reasons = ["it shades the ground under it"] if signs.shade > 5 else []
    return reasons + (["its foot is a clean line"] if signs.ragged < 0.6 else [])
