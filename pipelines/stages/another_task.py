"""What a painter of persons is asked for: the photo, a mask, words, a pose and a reference."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.generate import Ask, ControlKind, Generator, Profile, remarks, where
from pipelines.imaging.cutout import OPAQUE
from pipelines.matting.band import distance_to
from pipelines.painting import Fit, nearest_bucket
from pipelines.person import Person
from pipelines.person.drawing import draw_pose
from pipelines.report import Check, noted
from pipelines.spec.swap import SwapParams
from pipelines.stages.reference import references
from pipelines.stages.shot import Studio
from pipelines.stages.worn import Worn

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_BAND, _HEAD_BAND = 0.3, 0.55
"""Of a head, beyond the old person: another one has other hair and other arms, and neither
silhouette nor identity of the old one may be read off the mask."""
_GUARD_PX = 2
"""Of the picture: the garment's edge is painted with the person, then laid over it."""
_FEATHER = 0.04
_NEGATIVE = (
    "extra fingers, deformed hands, extra limbs, two people, distorted face, text, watermark, "
    "blurry, low quality"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where is painted, known before any model is: float32 and bool (H, W) of the photo.

    Attributes
    ----------
    band
        What is new, within [0, 1].
    locked
        The garment without its edge.
    """

    worn: Worn
    person: Person
    band: Floats
    locked: Mask

    @classmethod
    def of(cls, worn: Worn, person: Person) -> "Place":
        """The old person with room around it, and the garment."""
        locked = distance_to(worn.garment.alpha < OPAQUE) > _GUARD_PX
        return cls(worn=worn, person=person, band=painted_band(worn, person), locked=locked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is the same in every attempt.

    Attributes
    ----------
    said
        What the report tells of the painter and of what it was asked.
    """

    place: Place
    profile: Profile
    fit: Fit
    ask: Ask
    said: tuple[Check, ...]

    @classmethod
    def of(
        cls, place: Place, params: SwapParams, generator: Generator, studio: Studio, *, seed: int
    ) -> "Task":
        """Put together what a painter is asked for.

        Raises
        ------
        RecipeInvalid : the model cannot take what was asked for
        """
        profile, source = generator.profile, place.worn.source
        fit = nearest_bucket((source.width_px, source.height_px), profile.buckets)
        mask = np.where(place.locked, 0, place.band).astype(np.float32)
        ask = Ask(
            picture=fit.into(source.rgb, source.rgb),
            mask=np.asarray(np.clip(fit.plane(mask), 0, 1), np.float32),
            prompt=swap_prompt(params, profile),
            negative_prompt=_negative(params, profile),
            strength=1.0 if params.strength < 0 else params.strength,
            steps=params.chosen_steps,
            guidance_scale=params.chosen_guidance,
            seed=seed,
            control=_control(place.person, profile, fit),
            references=references(params.reference, profile, studio),
        )
        said = _said(params, generator, fit, ask)
        return cls(place=place, profile=profile, fit=fit, ask=ask, said=said)


def painted_band(worn: Worn, person: Person) -> Floats:
    """What may be painted, float32 (H, W) within [0, 1]: the old person with room around it."""
    head = person.scale_px
    body = worn.regions.person > 0.02
    near = distance_to(body) <= _BAND * head
    face = person.face
    if face is not None:
        rows, columns = np.mgrid[: near.shape[0], : near.shape[1]].astype(np.float32)
        middle = face.centre + face.up * 0.2 * face.height_px
        away = np.hypot(columns - middle[0], rows - middle[1])
        near |= away <= 0.6 * head + _HEAD_BAND * head
    soft = cv2.GaussianBlur(near.astype(np.float32), (0, 0), max(0.5, _FEATHER * head))
    # The feather lies outside the old person only: inside nothing of it may shine through.
    return np.asarray(np.where(distance_to(body) <= 0.15 * head, 1, soft), np.float32)


def swap_prompt(params: SwapParams, profile: Profile) -> str:
    """Say to a model who shall wear the garment."""
    who = params.persona or params.person or "the person of the reference picture"
    if "inpaint" in profile.abilities:
        return (
            f"photo of {who}, wearing the garment in the picture, same pose, natural skin texture, "
            "detailed face, well-formed hands, soft even studio light, fashion catalogue photograph"
        )
    return (
        f"Replace the person by {who}. Keep the garment exactly as it is, in the same place, "
        "size and pose, and keep the background."
    )


def _negative(params: SwapParams, profile: Profile) -> str:
    if "negative_prompt" not in profile.abilities:
        return ""
    return ", ".join(one for one in (params.negative.strip(), _NEGATIVE) if one)


def _control(person: Person, profile: Profile, fit: Fit) -> dict[ControlKind, Rgb]:
    can = "control" in profile.abilities and "pose" in profile.controls
    if not can or person.pose is None:
        return {}
    drawn = draw_pose(person.pose, fit.bucket_px, zoom=fit.scale, corner=fit.corner_px)
    return {"pose": drawn}


def _said(params: SwapParams, generator: Generator, fit: Fit, ask: Ask) -> tuple[Check, ...]:
    width, height = fit.bucket_px
    steps = ask.steps or generator.profile.steps
    how = f"{width} x {height} px, {steps} steps, strength {ask.strength:g}"
    held = ", held by the pose" if ask.control else ""
    zoom = 1 / fit.scale
    larger = f"; enlarged {zoom:.2f} times" if zoom > 1.01 else ""
    place = where(generator)
    on = f"; on {place}" if place else ""
    said = [
        noted("painted by", f"{params.generator}: {how}{held}{larger}{on}"),
        noted("prompt", ask.prompt),
        *(noted("painter", one) for one in remarks(generator, ask)),
        noted("generated person", "the person in this picture was painted by a model"),
    ]
    if params.reference:
        said.append(noted("consent", f"given for the reference {params.reference[:12]}"))
    return tuple(said)
