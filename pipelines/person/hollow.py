"""A garment without the person in it: its openings closed, and what the body hid filled in."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE
from pipelines.matting.band import distance_to
from pipelines.person.body import Person
from pipelines.person.canvas import Canvas
from pipelines.person.neckline import neckline_of, paint_back
from pipelines.person.openings import paint_openings

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

_MOST_HIDDEN = 0.25
"""Of the hollow's own size: holes left by hands and hair up to here are closed with cloth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hollowed:
    """A garment with its openings closed.

    Attributes
    ----------
    rgb, alpha
        uint8 (H, W, 3) and float32 (H, W); where the garment is, its own pixels.
    neck
        How the neck was closed, in words.
    neck_closed
        False where a back should show, but the photo does not tell where.
    openings
        Number of sleeves, legs and hems into which one now looks.
    hidden
        Share of the garment that hands or hair hid, and that was closed with its cloth.
    """

    rgb: Rgb
    alpha: Floats
    neck: str
    neck_closed: bool
    openings: int
    hidden: float


def hollowed(rgb: Rgb, garment: Floats, body: Floats, person: Person | None) -> Hollowed:
    """Take the person out of a garment and close its openings.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB, clean colour where the garment's alpha is partial
    garment, body : float32 (H, W), alpha of the garment, and of the person
    """
    head = person.scale_px if person is not None else 0.18 * float(np.count_nonzero(garment.any(1)))
    picture, alpha = rgb.astype(np.float32), garment.copy()
    cloth = (garment > 0.98) & (distance_to(garment <= 0.98) > 2)
    canvas = Canvas(picture, alpha, cloth)
    neckline, words, closed = neckline_of(garment, person, head)
    if neckline is not None:
        paint_back(canvas, neckline, head)
    pose = None if person is None else person.pose
    openings = 0 if pose is None else paint_openings(canvas, garment, body, pose, head)
    hidden = _close_holes(canvas, body)
    solid = garment >= OPAQUE
    picture[solid] = rgb[solid]
    return Hollowed(
        rgb=np.clip(picture + 0.5, 0, 255).astype(np.uint8),
        alpha=np.clip(alpha, 0, 1),
        neck=words,
        neck_closed=closed,
        openings=openings,
        hidden=hidden,
    )


def _close_holes(canvas: Canvas, body: Floats) -> float:
    """Close what hands and hair hid within the garment's outline with the cloth around it.

    Where background shows between an arm and the torso, nothing was hidden: it stays open.
    """
    solid = (canvas.alpha > 0.5).astype(np.uint8)
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    whole = cv2.drawContours(np.zeros_like(solid), contours, -1, (1,), cv2.FILLED)
    gaps = (whole > 0) & (solid == 0)
    holes = _mostly(gaps, body > 0.5)
    area = float(solid.sum())
    hidden = float(holes.sum()) / max(area, 1.0)
    if not holes.any() or hidden > _MOST_HIDDEN:
        return hidden
    shown = np.clip(canvas.picture + 0.5, 0, 255).astype(np.uint8)
    window = cv2.dilate(holes.astype(np.uint8), np.ones((5, 5), np.uint8))
    closed = cv2.inpaint(shown, window, 5, cv2.INPAINT_TELEA)
    repaired = (window > 0) & ~canvas.cloth & (holes | ~gaps)
    canvas.picture[repaired] = closed[repaired]
    canvas.alpha[repaired & (whole > 0)] = 1
    return hidden


def _mostly(mask: Mask, inside: Mask) -> Mask:
    """The connected parts of a mask that lie inside another by more than half."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    pixels = np.bincount(labels.ravel(), minlength=count)
    shared = np.bincount(labels[inside], minlength=count)
    chosen = 2 * shared > pixels
    chosen[0] = False
    return np.asarray(chosen[labels])
