"""A photo of a garment that somebody wears: who, and which pixels are the garment's."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipelines.errors import (
    GarmentNotFound,
    ModelMissing,
    PersonCutOff,
    PersonFromBehind,
    PersonNotFound,
    PersonsSeveral,
)
from pipelines.imaging.cutout import OPAQUE, Box, Cutout
from pipelines.imaging.decode import SourceImage
from pipelines.matting.foreground import free_colours
from pipelines.matting.guidance import drawn
from pipelines.person import Face, Person, PersonFinder
from pipelines.person.body import SHOULDERS
from pipelines.person.garment import Regions, as_drawn, part
from pipelines.person.parsed import parted
from pipelines.report import Check, judged, noted
from pipelines.spec.area import area_of
from pipelines.spec.swap import SwapParams
from pipelines.stages.shot import Shot, Studio, present

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_LEAST_GARMENT = 0.06
"""Of the figure: less of it in cloth is a portrait, and shows no garment to sell."""
_LEAST_SEEN = 0.3
"""Likelihood of being in the picture from which a landmark counts."""
_MOST_HEAD = 0.4
"""Of the picture's height: a larger face is a portrait's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worn:
    """A photo, parted.

    Attributes
    ----------
    person
        None where nobody was found and the user drew the garment.
    garment
        The garment alone, with clean colours at its edge.
    """

    source: SourceImage
    figure: Cutout
    person: Person | None
    regions: Regions
    garment: Cutout
    checks: tuple[Check, ...]

    @property
    def core(self) -> Mask:
        """Bool (H, W): where the garment's pixels are the merchant's own, and locked."""
        return np.asarray(self.garment.alpha >= OPAQUE)


def swap_params(shot: Shot) -> SwapParams:
    """The shot's parameters.

    Raises
    ------
    TypeError : it is no swap
    """
    params = shot.recipe.params
    if isinstance(params, SwapParams):
        return params
    raise TypeError(f"a swap was asked for with {type(params).__name__}")


def find_worn(shot: Shot, studio: Studio) -> Worn:
    """Find the person, and part garment from person.

    Raises
    ------
    ModelMissing : what finds people is not here
    PersonNotFound, PersonsSeveral, PersonCutOff, PersonFromBehind, GarmentNotFound
    """
    params, source, figure = swap_params(shot), present(shot.source), present(shot.cutout)
    if not params.finder:
        raise ModelMissing(name="person")
    with studio.person_finder(params.finder) as finder:
        person = find_person(finder, source.rgb, params)
    mask = None
    if params.garment:
        mask = drawn(studio.asset(params.garment), field="garment",
                     width_px=source.width_px, height_px=source.height_px)  # fmt: skip
    _refuse(shot.name, person, source, params, drawn_by_user=mask is not None)
    if mask is not None:
        regions, by = as_drawn(figure.alpha, mask), "drawn by you"
    elif params.clothes_parser:
        with studio.clothes_parser(params.clothes_parser) as parser:
            regions = parted(source.rgb, figure.alpha, parser, piece=params.piece)
        by = f"parsed by {params.clothes_parser}"
    else:
        regions = part(source.rgb, figure.alpha, present(person), piece=params.piece)
        by = f"found by {params.finder}, its colours and the pose"
    _refuse_bare(shot.name, figure, regions, parsed=bool(params.clothes_parser) and mask is None)
    clean = free_colours(source.rgb, regions.garment)
    garment = Cutout(rgb=clean, alpha=regions.garment)
    share = float(regions.garment.sum() / max(1.0, float(figure.alpha.sum())))
    notes = [noted("garment", f"{share:.0%} of the figure, {by}"), *_seen(person)]
    return Worn(source=source, figure=figure, person=person, regions=regions, garment=garment,
                checks=tuple(notes))  # fmt: skip


def garment_check(worn: Worn, shown: Rgb) -> Check:
    """Compare a picture of the photo's size with the photo, inside the garment."""
    where = worn.core
    before, after = worn.source.rgb[where].astype(np.int16), shown[where].astype(np.int16)
    worst = int(np.abs(before - after).max(initial=0))
    return judged(
        "garment lock",
        passed=worst == 0,
        value=f"largest difference {worst}",
        limit="0 inside the garment",
        fix="do not use it; keep the photo and report this image, it is a fault of ours",
    )


def find_person(finder: PersonFinder, rgb: Rgb, params: SwapParams) -> Person | None:
    """Look in the picture, or in the box that a user gave."""
    height, width = rgb.shape[:2]
    box = box_given(params, width, height)
    if box is None:
        return finder.find(rgb)
    inside = finder.find(np.ascontiguousarray(rgb[box.top : box.bottom, box.left : box.right]))
    return None if inside is None else _moved(inside, box, (height, width))


def box_given(params: SwapParams, width_px: int, height_px: int) -> Box | None:
    """Where a user says that the person stands; None for the whole picture."""
    if not params.box:
        return None
    left, top, right, bottom = area_of(params.box).within(width_px, height_px)
    return Box(left=left, top=top, right=right, bottom=bottom)


def _moved(person: Person, box: Box, shape: tuple[int, int]) -> Person:
    """What was found in a box, in the whole picture's pixels."""
    corner = np.array([box.left, box.top], np.float32)
    silhouette = np.zeros(shape, np.float32)
    silhouette[box.top : box.bottom, box.left : box.right] = person.silhouette
    face, pose = person.face, person.pose
    return replace(
        person,
        face=None if face is None else Face(mesh=face.mesh + corner, score=face.score),
        pose=None if pose is None else replace(pose, points=pose.points + corner),
        hands=tuple(replace(one, points=one.points + corner) for one in person.hands),
        silhouette=silhouette,
    )


def _refuse(
    name: str,
    person: Person | None,
    source: SourceImage,
    params: SwapParams,
    *,
    drawn_by_user: bool,
) -> None:
    if person is None:
        if drawn_by_user and params.way == "ghost":
            return
        raise PersonNotFound(
            name=name,
            fact="nobody wears anything in this picture",
            fix="use `packshot white` for a garment alone, or draw the garment with --garment",
        )
    if person.others:
        raise PersonsSeveral(
            name=name,
            fact=f"{person.others + 1} persons are in the picture",
            fix="crop it to one, or say where with --box",
        )
    if person.from_behind and params.way == "painted":
        raise PersonFromBehind(
            name=name,
            fact="the person is seen from behind",
            fix="use a photo from the front; ghost and faceless take this one",
        )
    if _is_cut_off(person, source) and not drawn_by_user:
        raise PersonCutOff(
            name=name,
            fact="only a head is in the picture, the garment is cut off",
            fix="use a photo that shows the garment, or draw what is garment with --garment",
        )


def _is_cut_off(person: Person, source: SourceImage) -> bool:
    """Whether it is a portrait: a large face, and no torso in the picture."""
    face, pose = person.face, person.pose
    if face is None or face.height_px < _MOST_HEAD * source.height_px:
        return False
    if pose is None:
        return True
    shoulders = pose.points[list(SHOULDERS)]
    inside = (
        (shoulders >= 0) & (shoulders < (source.width_px, 0.9 * source.height_px))
    ).all(axis=1)  # fmt: skip
    return not bool((inside & (pose.seen[list(SHOULDERS)] > _LEAST_SEEN)).all())


def _refuse_bare(name: str, figure: Cutout, regions: Regions, *, parsed: bool) -> None:
    if float(regions.garment.sum()) < _LEAST_GARMENT * max(1.0, float(figure.alpha.sum())):
        raise GarmentNotFound(
            name=name,
            fact="no garment was found on the person",
            fix="use a photo that shows more of it, or draw it with --garment"
            + (", or try --parser none" if parsed else ""),
        )


def _seen(person: Person | None) -> list[Check]:
    if person is None:
        return [noted("person", "nobody found; the garment is as you drew it")]
    parts = ["a face" if person.face is not None else "no face"]
    if person.from_behind:
        parts = ["seen from behind"]
    if person.pose is not None:
        parts.append("a pose")
    parts.append(f"{len(person.hands)} hands" if person.hands else "no hands")
    return [noted("person", ", ".join(parts))]
