"""Necks, wrists and hems of a painted person, lit as the garment beside them was.

A painter sees the garment and lights the person much like it, but not quite: what it paints has
its own tone, and lacks the shade that a collar or a cuff throws on skin. The tone is read off the
garment, which the painter painted as well before it was laid over; the shade off the photo, where
the old person's skin lay beside the same edge. Both are bounded, and fade with the distance.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab, to_linear, to_srgb
from pipelines.matting.band import distance_to
from pipelines.person.body import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS, Person
from pipelines.report import Check, noted

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

MOST_TONE, MOST_SHADE, MOST_LIT = 0.1, 0.25, 0.05
"""Of linear light: how far the tone may move either way, how much darker a seam may become, and how
much lighter."""
_WORKING_PX = 640
_REACH = 0.25
"""Of a head, from the garment's edge: farther away nothing changes, and as far again lies what the
shade is compared with."""
_SOFT = 0.3
"""Of the reach: finer than this a photo shows skin, not light."""
_LEAST_PX = 12
_ONE_MATERIAL = 14.0
"""Distance in a and b up to which what lies near the edge and what lies farther are one material:
hair over a neck tells nothing of its shade."""
_DEEPEST = 0.35
"""Of the light farther away: what is darker than this is no shade, but something else."""
_ALIKE, _STRANGE = math.log(1.25), math.log(1.6)
"""Of linear light, up to which a garment is painted in another tone, and from which as another."""
_DARKEST = 0.004
_WORTH_TELLING = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Blended:
    """A painted picture with its seams relit: uint8 (H, W, 3), and what was done."""

    rgb: Rgb
    check: Check


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seam:
    """Where skin meets the garment.

    Attributes
    ----------
    gain
        float32 (h, w) of the working picture: light there, over what was painted; 1 elsewhere.
    shaded
        By how much the light changes along the edge; negative is darker.
    """

    name: str
    gain: Floats
    shaded: float


def blend_seams(
    photo: Rgb, painted: Rgb, *, garment: Floats, body: Floats, locked: Mask, person: Person
) -> Blended:
    """Relight what was painted beside the garment.

    Parameters
    ----------
    photo, painted : uint8 (H, W, 3), sRGB; the painter's whole answer, its garment included
    garment, body : float32 (H, W), alpha of the garment, and of the old person
    locked
        Bool (H, W): the garment's own pixels; nothing changes there.
    """
    height, width = garment.shape
    zoom = min(1.0, _WORKING_PX / max(height, width))
    size = max(1, round(width * zoom)), max(1, round(height * zoom))

    def small(one: npt.NDArray[np.generic]) -> npt.NDArray[Any]:
        return np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA))

    cloth, core = small(garment) > 0.5, small(locked.astype(np.float32)) > 0.99
    skin = (small(body) > 0.5) & ~cloth
    reach = _REACH * max(4.0, person.scale_px * zoom)
    pair = _Pair.of(small(photo), small(painted))
    away = distance_to(cloth) if cloth.any() else np.full(skin.shape, np.inf, np.float32)
    seams = _seams(pair, skin, away / np.float32(reach), reach=reach, person=person, zoom=zoom)
    tone = _tone(pair, core, skin, reach=reach)
    field = tone * np.prod([one.gain for one in seams], axis=0, initial=1.0)[..., None]
    large = np.asarray(cv2.resize(field.astype(np.float32), (width, height)), np.float32)
    lit = to_srgb(np.clip(to_linear(painted) * large, 0, 1))
    lit[locked] = painted[locked]
    return Blended(rgb=lit, check=_told(seams, tone))


@dataclass(frozen=True, slots=True)
class _Pair:
    """Photo and painting, first to last: light by colour, its mean, and hue."""

    colours: tuple[Floats, Floats]
    light: tuple[Floats, Floats]
    hues: tuple[Floats, Floats]

    @classmethod
    def of(cls, photo: Rgb, painted: Rgb) -> "_Pair":
        colours = to_linear(photo), to_linear(painted)
        light = colours[0].mean(axis=2), colours[1].mean(axis=2)
        return cls(colours, light, (to_lab(photo)[..., 1:], to_lab(painted)[..., 1:]))


def _seams(
    pair: _Pair, skin: Mask, away: Floats, *, reach: float, person: Person, zoom: float
) -> list[_Seam]:
    """Every piece of skin that meets the garment, with the light that it lacks.

    Parameters
    ----------
    away
        Distance from the garment's edge, over the reach.
    """
    near = (skin & (away <= 2)).astype(np.uint8)
    number, labels, _, middles = cv2.connectedComponentsWithStats(near)
    found = []
    for one in range(1, number):
        area = labels == one
        gain = _gain(pair, area, away, reach=reach)
        if gain is None:
            continue
        edge = area & (away <= 0.5)
        found.append(
            _Seam(
                name=_name(np.asarray(middles[one] / zoom, np.float32), person),
                gain=gain,
                shaded=float(np.median(gain[edge])) - 1,
            )
        )
    return found


def _gain(pair: _Pair, area: Mask, away: Floats, *, reach: float) -> Floats | None:
    """Light of the photo over light of the painting, each against its own farther away.

    None where a picture shows another material there, or too little of it.
    """
    near, far = area & (away <= 0.5), area & (away > 1)
    if min(near.sum(), far.sum()) < _LEAST_PX:
        return None
    for hue in pair.hues:
        apart = np.median(hue[near], axis=0) - np.median(hue[far], axis=0)
        if float(np.linalg.norm(apart)) > _ONE_MATERIAL:
            return None
    bases = [max(_DARKEST, float(np.median(one[far]))) for one in pair.light]
    if any(np.median(one[near]) < _DEEPEST * base
           for one, base in zip(pair.light, bases, strict=True)):  # fmt: skip
        return None
    inside, sigma = area.astype(np.float32), max(1.0, _SOFT * reach)
    weight = np.maximum(cv2.GaussianBlur(inside, (0, 0), sigma), 1e-3)
    falls = [
        cv2.GaussianBlur(one * inside, (0, 0), sigma) / weight / base
        for one, base in zip(pair.light, bases, strict=True)
    ]
    ratio = np.clip(falls[0] / np.maximum(falls[1], _DARKEST), 1 - MOST_SHADE, 1 + MOST_LIT)
    # Full at the edge, nothing at its reach, and soft at the old person's outline.
    share = np.clip(1.5 * (1 - away), 0, 1) * cv2.GaussianBlur(inside, (0, 0), 1.0)
    return np.asarray(1 + (ratio - 1) * share, np.float32)


def _tone(pair: _Pair, core: Mask, skin: Mask, *, reach: float) -> Floats:
    """How the garment was photographed over how it was painted, carried over the skin beside it."""
    inside = core.astype(np.float32)[..., None]
    sums = [cv2.GaussianBlur(one * inside, (0, 0), max(1.0, reach)) for one in pair.colours]
    weight = cv2.GaussianBlur(inside[..., 0], (0, 0), max(1.0, reach))[..., None]
    ratio = (sums[0] + _DARKEST * weight + 1e-6) / (sums[1] + _DARKEST * weight + 1e-6)
    # Where the garment was painted as another one, its tone says nothing of the light.
    off = np.abs(np.log(ratio)).max(axis=2, keepdims=True)
    trust = np.clip((_STRANGE - off) / (_STRANGE - _ALIKE), 0, 1)
    bounded = 1 + (np.clip(ratio, 1 - MOST_TONE, 1 + MOST_TONE) - 1) * trust
    soft = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 1.0)[..., None]
    # Half the weight is the edge itself: from there on it fades.
    return np.asarray(1 + (bounded - 1) * np.clip(2 * weight, 0, 1) * soft, np.float32)


def _name(middle: Floats, person: Person) -> str:
    """What a merchant calls a seam: by the joint that is nearest."""
    if person.pose is None:
        return "edge"
    points = person.pose.points
    neck = points[list(SHOULDERS)].mean(axis=0) - (0, 0.25 * person.scale_px)
    places = {
        "neck": neck[None],
        "sleeve": points[[*ELBOWS, *WRISTS]],
        "hem": points[[*HIPS, *KNEES, *ANKLES]],
    }
    return min(places, key=lambda name: float(np.linalg.norm(places[name] - middle, axis=1).min()))


def _told(seams: list[_Seam], tone: Floats) -> Check:
    """What was done, for the report."""
    parts = [
        f"{one.name} {'darker' if one.shaded < 0 else 'lighter'} by {abs(one.shaded):.0%}"
        for one in seams
        if abs(one.shaded) > _WORTH_TELLING
    ]
    moved = float(np.abs(tone - 1).max(initial=0))
    if moved > _WORTH_TELLING:
        parts.append(f"tone beside the garment moved by up to {moved:.0%}")
    what = ", ".join(parts) or "nothing had to be changed"
    limit = f"never within the garment; at most {MOST_SHADE:.0%} darker, {MOST_TONE:.0%} in tone"
    return noted("seams", f"{what} ({limit})")
