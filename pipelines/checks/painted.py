"""What a painter gave back, against what it was given: the failures that models are known for.

All of it is measured on the painting itself, before the product is put back over it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab
from pipelines.report import Check, judged, noted

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_ANOTHER = "try another --seed, or another --model"
_BLACK = 6.0
"""Mean level below which a picture is no dark scene but nothing: decoders that meet a number that
is none paint 0."""
_FLAT = 0.8
"""Standard deviation in levels: an empty studio's soft light falls by more."""
_NOISE = 0.35
"""Correlation of neighbouring pixels: 26 scenes have 0.93 to 1.00, uniform noise 0.00."""
_REPAINTED = 14.0
"""ΔE (CIE76) beyond the cast, of a pixel blurred by a few: another colour stands there."""
_MOST_REPAINTED = 0.25
"""Share of the product's inside: reflections and fine print suffer in any autoencoder."""
_LEAST_CHANGE = 2.0
"""Mean ΔE (CIE76): just noticeable, if it were everywhere."""
_ASKED_FOR_CHANGE = 0.25
"""Strength from which a painter that changes nothing has done nothing."""
_WORK_PX = 512
_NOTHING_TO_PAINT = "not to be told: nothing was to be painted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """What a painter was given and what it gave back.

    Attributes
    ----------
    before, after
        uint8 (H, W, 3), sRGB.
    kept
        bool (H, W): what the mask kept, the product and its guard band.
    product
        bool (H, W): the product's inside.
    """

    before: Rgb
    after: Rgb
    kept: Mask
    product: Mask


def size_check(before: Rgb, after: Rgb) -> Check:
    """Judge whether a painting has the size that was asked for: nothing else can be told of it."""
    wanted = (before.shape[1], before.shape[0])
    shape = after.shape[1::-1] if after.ndim == 3 else after.shape[::-1]
    return judged(
        "painting's size",
        passed=after.shape == before.shape and after.dtype == np.uint8,
        value="{} x {} px".format(*shape) if len(shape) == 2 else f"an array of shape {shape}",
        limit="{} x {} px, three colours".format(*wanted),
        fix="try another --model; this one does not give what it is asked for",
    )


def blank_check(painting: Painting) -> Check:
    """Judge whether anything was painted at all: not black, and not one colour."""
    painted = painting.after[~painting.kept]
    if painted.size == 0:
        return noted("blank painting", _NOTHING_TO_PAINT)
    level, spread = float(painted.mean()), float(painted.std(axis=0).max())
    return judged(
        "blank painting",
        passed=level >= _BLACK and spread >= _FLAT,
        value="black" if level < _BLACK else f"colours within {spread:.1f} levels",
        limit=f"mean level at least {_BLACK:g}, colours spread by {_FLAT:g}",
        fix=f"{_ANOTHER}; weights in half precision may need another dtype",
    )


def noise_check(painting: Painting) -> Check:
    """Judge whether the painting is a picture: its neighbouring pixels are alike."""
    if painting.kept.all():
        return noted("noise", _NOTHING_TO_PAINT)
    grey = cv2.cvtColor(painting.after, cv2.COLOR_RGB2GRAY).astype(np.float32)
    alike = min(_neighbours(grey, painting.kept))
    return judged(
        "noise",
        passed=alike >= _NOISE,
        value=f"neighbouring pixels correlate by {alike:.2f}",
        limit=f"at least {_NOISE:g}",
        fix=f"{_ANOTHER}, or more --steps",
    )


def repainted_check(painting: Painting) -> Check:
    """Judge whether the painter left the product where it stood, or painted over it."""
    shift = shift_of(painting)
    if shift is None:
        return noted("product painted over", "not to be told: the product is too small")
    before, after = _labs(painting)
    inside = _small(painting.product)
    apart = np.linalg.norm(after - before - shift, axis=-1)[inside]
    share = float((apart > _REPAINTED).mean())
    return judged(
        "product painted over",
        passed=share <= _MOST_REPAINTED,
        value=f"{share:.0%} of the product has another colour in the painting",
        limit=f"at most {_MOST_REPAINTED:.0%}",
        fix=f"{_ANOTHER}; what the painter makes of the product does not fit its scene to it",
    )


def change_check(painting: Painting, *, strength: float) -> Check:
    """Judge whether the painter did anything, where it was asked to."""
    before, after = _labs(painting)
    free = ~_small(painting.kept)
    moved = float(np.linalg.norm(after - before, axis=-1)[free].mean()) if free.any() else 0.0
    value = f"ΔE {moved:.1f} on average"
    if strength < _ASKED_FOR_CHANGE:
        return noted("change", f"{value}, at a strength of {strength:g}")
    return judged(
        "nothing changed",
        passed=moved >= _LEAST_CHANGE,
        value=value,
        limit=f"at least {_LEAST_CHANGE:g}",
        fix="raise --strength, or ask for something else",
    )


def shift_of(painting: Painting) -> npt.NDArray[np.float32] | None:
    """Median shift in CIELAB inside the product, or None where it is too small to tell."""
    inside = _small(painting.product)
    if int(inside.sum()) < 50:
        return None
    before, after = _labs(painting)
    return np.asarray(np.median((after - before)[inside], axis=0), np.float32)


def _neighbours(grey: npt.NDArray[np.float32], kept: Mask) -> list[float]:
    """Correlation of neighbours along rows and along columns, of what was painted."""
    found = []
    for plane, hidden in ((grey, kept), (grey.T, kept.T)):
        free = ~(hidden[:, 1:] | hidden[:, :-1])
        first, second = plane[:, 1:][free], plane[:, :-1][free]
        if first.size < 64 or min(float(first.std()), float(second.std())) < 1e-3:
            found.append(1.0)
        else:
            found.append(float(np.corrcoef(first, second)[0, 1]))
    return found


def _labs(painting: Painting) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Both pictures in CIELAB, small and a little blurred: fine detail is nobody's fault."""
    size = _size(painting.before.shape)
    small = [
        cv2.GaussianBlur(cv2.resize(one, size, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
        for one in (painting.before, painting.after)
    ]
    return to_lab(small[0]), to_lab(small[1])


def _small(mask: Mask) -> Mask:
    size = _size(mask.shape)
    return np.asarray(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)


def _size(shape: tuple[int, ...]) -> tuple[int, int]:
    zoom = min(1.0, _WORK_PX / max(shape[:2]))
    return max(1, round(shape[1] * zoom)), max(1, round(shape[0] * zoom))
