"""How large a product stands at its place: by a share of the place's box, or by its true size."""

import math
from dataclasses import dataclass, replace

import numpy as np

from pipelines.imaging.angles import Extent
from pipelines.imaging.crop import Size, View
from pipelines.imaging.cutout import Box, Cutout
from pipelines.imaging.light import Surface
from pipelines.imaging.standing import standing_of
from pipelines.library import Anchor
from pipelines.report import Check, judged, noted
from pipelines.spec import SceneParams

_AIR = 0.04
"""Share of the result's height that stays free above the subject."""
_BESIDE = 0.03
"""Share of the result's width that stays free on each side of it."""
_FOOT_DEPTH = 0.4
"""Half the depth of a set's foot over the width of its box, as for a single product."""
_SAME_PROPORTIONS = 1.15
"""Photos are taken a little from above and from the side: sizes in cm fit them this well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What staging must know of a cutout, in source pixels.

    ``box`` is the product's own, or that of the set that it belongs to. ``pivot`` is what goes to
    the place: rows from the box's top to the middle of the base, or to the middle of a product
    that lies flat. ``upright_px`` is what a height in cm means: from the middle of the base up.
    ``foot_x`` is the photo's column in the middle of what touches the ground: a handle or a spout
    moves it away from the box's.
    """

    cutout: Cutout
    box: Box | Extent
    pivot: float
    upright_px: float
    foot_px: float
    foot_x: float
    flat: bool

    @property
    def box_px(self) -> tuple[float, float]:
        """Width and height of the box."""
        return self.box.width_px, self.box.height_px


def subject_of(cutout: Cutout, surface: Surface) -> Subject:
    """Read how a cutout stands on a surface, or that it lies on it."""
    box = cutout.box
    if surface.lies_flat:
        return Subject(
            cutout=cutout,
            box=box,
            pivot=box.height_px / 2,
            upright_px=box.height_px,
            foot_px=box.width_px,
            foot_x=(box.left + box.right) / 2,
            flat=True,
        )
    stand = standing_of(cutout.alpha[box.top : box.bottom, box.left : box.right], surface)
    touching = np.flatnonzero(stand.touches)
    ends = (touching[0], touching[-1] + 1) if touching.size else (0, box.width_px)
    return Subject(
        cutout=cutout,
        box=box,
        pivot=stand.base_row,
        upright_px=max(box.height_px - stand.foot_rows, 1.0),
        foot_px=int(ends[1] - ends[0]),
        foot_x=box.left + float(ends[0] + ends[1]) / 2,
        flat=False,
    )


def in_its_set(subject: Subject, shared: Extent | None, surface: Surface) -> Subject:
    """Take the set's box for the product's own, so that all pictures of it stand alike.

    How deep a foot is differs from angle to angle, and is read off each outline with an error of
    its own: the set's width decides it for all.
    """
    if shared is None:
        return subject
    if subject.flat:
        tall = shared.height_px
        return replace(subject, box=shared, pivot=tall / 2, upright_px=tall)
    foot_rows = max(_FOOT_DEPTH * shared.width_px * surface.foreshortening, 1.0)
    upright = max(shared.height_px - foot_rows, 1.0)
    return replace(subject, box=shared, pivot=shared.height_px - foot_rows, upright_px=upright)


def room_at(spot: Anchor, view: View, plate_px: Size, subject: Subject) -> tuple[float, float]:
    """Width and height in plate pixels that a product may fill at a place, inside what is shown."""
    x, y = spot.x * plate_px[0] - view.left, spot.y * plate_px[1] - view.top
    beside = 2 * min(x, view.width_px - x) - 2 * _BESIDE * view.width_px
    above = y - _AIR * view.height_px
    below = view.height_px - y - _AIR * view.height_px
    tall = 2 * min(above, below) if subject.flat else above * subject.box_px[1] / subject.pivot
    return (
        max(min(spot.max_width * plate_px[0], beside), 8.0),
        max(min(spot.max_height * plate_px[1], tall), 8.0),
    )


def scale_at(
    subject: Subject,
    spot: Anchor,
    params: SceneParams,
    room: tuple[float, float],
    surface: Surface,
) -> tuple[float, tuple[Check, ...]]:
    """Plate pixels per source pixel."""
    width, height = subject.box_px
    largest = min(room[0] / width, room[1] / height)
    by_cm = _true_scales(subject, spot, params, surface)
    if not by_cm:
        return largest * params.scale, (noted("scale", f"{params.scale:g} of the place's box"),)
    true = math.prod(by_cm) ** (1 / len(by_cm))
    check = judged(
        "true scale",
        passed=true <= largest * 1.001,
        value=f"{_in_cm(params)} is {width * true:.0f} x {height * true:.0f} px",
        limit=f"fits {room[0]:.0f} x {room[1]:.0f} px at this place; made smaller",
        fix="choose a template or a place with more room, or leave the size in cm out",
    )
    return min(true, largest), (check, *_proportions(by_cm))


def _true_scales(
    subject: Subject, spot: Anchor, params: SceneParams, surface: Surface
) -> list[float]:
    """Plate pixels per source pixel by each size given.

    What stands upright is foreshortened by the camera's height, and the picture of it begins at
    the front of its foot, nearer than the middle of its base.
    """
    width = subject.box_px[0]
    upright = 1.0 if subject.flat else math.cos(math.radians(surface.depression_deg))
    scales = []
    if params.height_cm:
        scales.append(params.height_cm * spot.px_per_cm * upright / subject.upright_px)
    if params.width_cm:
        scales.append(params.width_cm * spot.px_per_cm / width)
    return scales


def _proportions(by_cm: list[float]) -> tuple[Check, ...]:
    if len(by_cm) < 2 or max(by_cm) <= min(by_cm) * _SAME_PROPORTIONS:
        return ()
    off = max(by_cm) / min(by_cm) - 1
    return (noted("proportions", f"height and width in cm contradict the photo by {off:.0%}"),)


def _in_cm(params: SceneParams) -> str:
    sizes = [f"{params.width_cm:g} cm wide"] if params.width_cm else []
    sizes += [f"{params.height_cm:g} cm high"] if params.height_cm else []
    return " and ".join(sizes)
