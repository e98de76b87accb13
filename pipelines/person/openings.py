"""Sleeves, legs and hems of a garment that nobody wears: one looks a little into them."""

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.person.body import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS, Pose
from pipelines.person.canvas import Canvas

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_CHAINS = tuple(
    tuple(pair[side] for pair in chain)
    for chain in ((SHOULDERS, ELBOWS, WRISTS), (HIPS, KNEES, ANKLES))
    for side in (0, 1)
)
_SLEEVE, _HEM, _LEAST_SLEEVE = 0.55, 0.2, 0.08
"""Of a head: how far from a limb's middle the sleeve's edge may lie, across and along the limb, and
half the least width."""
_SLEEVE_DEPTH, _SLEEVE_LIGHT = 0.07, 0.42
"""How far one looks into a sleeve, over its width, and how light it is there."""


def paint_openings(canvas: Canvas, garment: Floats, body: Floats, pose: Pose, head: float) -> int:
    """Show a little of the inside where arms and legs came out; of how many.

    Parameters
    ----------
    garment, body : float32 (H, W), alpha of the garment, and of the person
    head : the person's head, in px
    """
    solid, skin = garment > 0.5, body > 0.5
    near = np.ones((5, 5), np.uint8)
    contact = (cv2.dilate(skin.astype(np.uint8), near) > 0) & solid
    exits = [_exit(pose.points[list(chain)], solid, skin) for chain in _CHAINS]
    if _is_skirt(exits[2:], solid, head):
        exits = exits[:2]
    found = [one for one in exits if one is not None]
    return sum(_look_into(canvas, contact, middle, out, head) for middle, out in found)


def _is_skirt(legs: list[tuple[Floats, Floats] | None], solid: Mask, head: float) -> bool:
    """Whether both legs come out of one hem, into which nobody looks from the front."""
    ends = [one[0] for one in legs if one is not None]
    if len(ends) < 2:
        return False
    between = np.asarray((ends[0] + ends[1]) / 2 - (0, 0.06 * head), np.float32)
    return _at(solid, between)


def _exit(joints: Floats, solid: Mask, skin: Mask) -> tuple[Floats, Floats] | None:
    """Where a limb leaves the garment, and where it points to there; None if it does not."""
    for start, end in pairwise(joints):
        steps = max(2, int(np.linalg.norm(end - start)))
        along = np.linspace(start, end, steps, dtype=np.float32)
        sides = [1 if _at(solid, one) else -1 if _at(skin, one) else 0 for one in along]
        for number in range(1, steps):
            if sides[number] == -1 and 1 in sides[max(0, number - 4) : number]:
                direction = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
                return along[number], np.asarray(direction, np.float32)
    return None


def _look_into(canvas: Canvas, contact: Mask, middle: Floats, out: Floats, head: float) -> bool:
    """Paint half an oval beyond a sleeve's edge, as dark as the inside of a sleeve."""
    rows, columns = np.mgrid[: contact.shape[0], : contact.shape[1]].astype(np.float32)
    x, y = columns - middle[0], rows - middle[1]
    sideways = x * -out[1] + y * out[0]
    outwards = x * out[0] + y * out[1]
    # An arm that hangs beside the body touches it far down: that is no edge of the sleeve.
    edge = contact & (np.hypot(x, y) < _SLEEVE * head) & (np.abs(outwards) < _HEM * head)
    if np.count_nonzero(edge) < 8:
        return False
    low, high = np.percentile(sideways[edge], (10, 90))
    half, centre = (high - low) / 2, (high + low) / 2
    inner = edge & (np.abs(sideways - centre) <= 0.6 * half)
    base = float(np.percentile(outwards[inner if inner.any() else edge], 60))
    if half < _LEAST_SLEEVE * head:
        return False
    reach = max(3.0, _SLEEVE_DEPTH * 2 * half)
    oval = 1 - np.hypot((sideways - centre) / half, np.maximum(outwards - base, 0) / reach)
    shown = np.clip(oval * reach, 0, 1) * (outwards > base - reach)
    return _darken(canvas, np.asarray(shown, np.float32), np.hypot(x, y) < 2 * half)


def _darken(canvas: Canvas, shown: Floats, near: Mask) -> bool:
    """Put the dark inside of the cloth that is near under what is there, if any of it shows."""
    pixels = canvas.picture[canvas.cloth & near]
    if len(pixels) == 0 or (shown * (1 - canvas.alpha)).max() <= 0.5:
        return False
    canvas.paint_beneath(np.median(pixels, axis=0) * _SLEEVE_LIGHT, shown)
    return True


def _at(mask: Mask, place: npt.NDArray[np.floating]) -> bool:
    x, y = round(float(place[0])), round(float(place[1]))
    return 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1] and bool(mask[y, x])
