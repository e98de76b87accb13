"""The colour cast of a painting, measured on what had to stay and taken out of what is new."""

import numpy as np
import numpy.typing as npt

from pipelines.checks.painted import Painting, shift_of
from pipelines.editing.cast import MOST, Cast, find_cast
from pipelines.imaging.colour import delta_e
from pipelines.report import Check, judged, noted

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

NAME = "colour cast"
_LEAST = 1.0
"""ΔE (CIE76) that nobody sees: there is nothing to gain by reckoning with every pixel."""
_STILL_THE_PLATE = 0.5
"""Strength up to which enough of a plate remains to compare with."""
_ENDS = (2, 98)
_FADE = 12.0
"""8-bit levels at black and white over which a correction fades out: black stays black."""


def without_cast(
    painting: Painting, *, stays: Mask, strength: float, plate: bool
) -> tuple[Rgb, Check]:
    """Take a cast out of a painting, as far as what had to stay or the plate tells it.

    The product itself is never the painter's; what is corrected is what was painted around it, so
    that both stand in the same light. Colours that are not in what told it are moved no farther
    than the nearest that is.

    Parameters
    ----------
    stays
        bool (H, W): the product, and what else both show; the product is asked first.
    strength
        Within [0, 1]: how freely it was painted.
    plate
        Whether it was painted over a template's plate.

    Returns
    -------
    The painting, uint8 (H, W, 3), and the check.
    """
    told_by = "what had to stay"
    cast = find_cast(painting.before, painting.after, stays, painting.product)
    if not cast.told and plate and strength <= _STILL_THE_PLATE:
        told_by, stays = "the template's plate", ~painting.kept
        cast = find_cast(painting.before, painting.after, stays)
    if not cast.told:
        return painting.after, _untold(painting)
    taken_out = _LEAST <= cast.strength <= MOST
    result = _mapped(painting.after, cast, stays) if taken_out else painting.after
    return result, _check(painting, result, cast, told_by)


def _check(painting: Painting, result: Rgb, cast: Cast, told_by: str) -> Check:
    told = f"ΔE {cast.strength:.1f}, told by {told_by}"
    around = ~painting.kept
    if result is not painting.after and around.any():
        moved = delta_e(result[around][None], painting.after[around][None])
        told = f"{told}; taken out: what is new moved by ΔE {float(moved.mean()):.1f}"
    return _judged(cast.strength, told)


def _untold(painting: Painting) -> Check:
    """Judge what has no law that could be undone: a plain product far from its own colour."""
    shift = shift_of(painting)
    size = 0.0 if shift is None else float(np.linalg.norm(shift))
    if size <= MOST:
        return noted(NAME, "not to be told: too little was to stay as it was")
    return _judged(size, f"ΔE {size:.1f} on the product")


def _judged(size: float, told: str) -> Check:
    return judged(
        NAME,
        passed=size <= MOST,
        value=told,
        limit=f"at most {MOST:g}",
        fix="try another --seed, or another --model; the product is never taken from the painter",
    )


def _mapped(painted: Rgb, cast: Cast, stays: Mask) -> Rgb:
    """Move each channel's levels as the cast says.

    Above those that told it as at their upper end; below them less and less towards black, which
    a gain leaves black.
    """
    levels = np.arange(256, dtype=np.float32)
    fade = np.clip(np.minimum(levels, 255 - levels) / np.float32(_FADE), 0, 1)
    told = painted[stays]
    channels = []
    for each in range(3):
        low, high = np.percentile(told[:, each], _ENDS)
        inside = np.clip(levels, low, high)
        moved = inside * np.float32(cast.gain[each] - 1) + np.float32(cast.offset[each])
        moved *= np.minimum(levels / max(float(low), 1.0), 1)
        steps = np.clip(np.rint(levels + moved * fade), 0, 255).astype(np.uint8)
        channels.append(steps[painted[..., each]])
    return np.stack(channels, axis=-1)
