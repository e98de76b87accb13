"""The same person and garment, without a face that anybody could recognise."""

from dataclasses import dataclass, replace
from typing import assert_never

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Cutout
from pipelines.imaging.decode import SourceImage
from pipelines.person import Face, PersonFinder
from pipelines.person.body import MESH_EYES, MESH_UNDER_NOSE, MESH_UPPER_LIP, Person
from pipelines.report import Check, noted
from pipelines.spec.swap import Facelessness
from pipelines.stages.ghost import nobody_check
from pipelines.stages.worn import Worn, garment_check

Rgb = npt.NDArray[np.uint8]

_BLOCKS = 5
"""Across a face: from so few colours nobody is recognised, by people or by networks."""
_LEAST_LEFT = 0.25
"""Of the picture's height: a crop that leaves less shows no garment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faceless:
    """A photo without a face: all three of one size."""

    source: SourceImage
    cutout: Cutout
    checks: tuple[Check, ...]


def faceless(worn: Worn, how: Facelessness, finder: PersonFinder) -> Faceless:
    """Cut the photo off below nose or chin, or make the face unrecognisable."""
    person = worn.person
    face = person.face if person is not None else None
    if face is None:
        made = Faceless(source=worn.source, cutout=worn.figure, checks=(
            noted("faceless", "there was no face in the picture: nothing was taken away"),
        ))  # fmt: skip
        return _checked(worn, made, 0, finder)
    match how:
        case "blur":
            return _checked(worn, _blurred(worn, face, present_person(worn)), 0, finder)
        case "nose" | "chin":
            row = _row(face, how, worn.source.height_px)
            return _checked(worn, _cropped(worn, row, how), row, finder)
        case _:
            assert_never(how)


def present_person(worn: Worn) -> Person:
    """The person, where a face proves that there is one."""
    if worn.person is None:
        raise TypeError("a face without a person")
    return worn.person


def _row(face: Face, how: Facelessness, height_px: int) -> int:
    """The first row that is shown: the eyes are above it, however the head is tilted."""
    eyes = face.mesh[[corner for eye in MESH_EYES for corner in eye]]
    under = float(eyes[:, 1].max()) + 0.12 * face.height_px
    if how == "chin":
        wanted = float(face.outline[:, 1].max()) + 0.02 * face.height_px
    else:
        wanted = float(face.mesh[[MESH_UNDER_NOSE, MESH_UPPER_LIP], 1].mean())
    return min(round(max(under, wanted)), round((1 - _LEAST_LEFT) * height_px))


def _cropped(worn: Worn, row: int, how: Facelessness) -> Faceless:
    source, figure = worn.source, worn.figure
    rgb = np.ascontiguousarray(source.rgb[row:])
    alpha = None if source.alpha is None else np.ascontiguousarray(source.alpha[row:])
    return Faceless(
        source=replace(source, rgb=rgb, alpha=alpha),
        cutout=Cutout(
            rgb=np.ascontiguousarray(figure.rgb[row:]),
            alpha=np.ascontiguousarray(figure.alpha[row:]),
        ),
        checks=(noted("faceless", f"cut off {row} px from the top, below the {how}"),),
    )


def _blurred(worn: Worn, face: Face, person: Person) -> Faceless:
    """Few blocks of colour over the face, soft at its outline; never over the garment."""
    source, figure = worn.source, worn.figure
    middle = face.centre
    outline = np.round(middle + (face.outline - middle) * 1.12).astype(np.int32)
    area = np.zeros(source.rgb.shape[:2], np.uint8)
    cv2.fillPoly(area, [outline], (255,))
    soft = cv2.GaussianBlur(area, (0, 0), max(1.0, 0.04 * person.scale_px))
    share = soft.astype(np.float32)[..., None] / 255
    share *= (1 - worn.regions.garment)[..., None]
    left, top, width, height = cv2.boundingRect(outline)
    left, top = max(0, left), max(0, top)
    inside = source.rgb[top : top + height, left : left + width]
    few = cv2.resize(inside, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
    flat = cv2.resize(few, inside.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    covered = source.rgb.astype(np.float32)
    covered[top : top + height, left : left + width] = flat
    rgb = np.asarray(source.rgb * (1 - share) + covered * share + 0.5, np.uint8)
    rgb[worn.core] = source.rgb[worn.core]
    alike = np.where(share > 0, rgb, figure.rgb).astype(np.uint8)
    return Faceless(
        source=replace(source, rgb=rgb),
        cutout=Cutout(rgb=alike, alpha=figure.alpha),
        checks=(noted("faceless", f"the face shows {_BLOCKS} x {_BLOCKS} blocks of colour"),),
    )


def _checked(worn: Worn, made: Faceless, row: int, finder: PersonFinder) -> Faceless:
    whole = worn.source.rgb.copy()
    whole[row:] = made.source.rgb
    checks = (
        *made.checks,
        garment_check(worn, whole),
        nobody_check(np.ascontiguousarray(made.source.rgb), finder),
    )
    return replace(made, checks=checks)
