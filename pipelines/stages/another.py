"""Paint another person into a garment: everything of the old one goes, the garment stays."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.checks.painted import Painting, size_check
from pipelines.checks.swapped import (
    alone_check,
    face_gone_check,
    hands_check,
    new_face_check,
    pose_check,
)
from pipelines.checks.text import View, text_check
from pipelines.errors import PersonNotFound, RecipeInvalid
from pipelines.generate import Ask, ControlKind, Profile
from pipelines.imaging.cutout import OPAQUE
from pipelines.imaging.decode import decode
from pipelines.matting.band import distance_to
from pipelines.painting import Attempt, Fit, best_of, nearest_bucket
from pipelines.person import Person
from pipelines.person.drawing import draw_pose
from pipelines.report import Check, noted
from pipelines.spec.swap import SwapParams
from pipelines.stages.answered import answered
from pipelines.stages.shot import Shot, Studio
from pipelines.stages.worn import Worn, find_person, garment_check

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
class _Task:
    """What is the same in every attempt; `band` is float32 (H, W) of the photo: what is new."""

    params: SwapParams
    worn: Worn
    person: Person
    profile: Profile
    fit: Fit
    ask: Ask
    band: Floats
    locked: Mask


def on_another(
    worn: Worn, shot: Shot, studio: Studio, params: SwapParams
) -> tuple[Rgb, tuple[Check, ...]]:
    """Paint the new person.

    Returns
    -------
    The photo with another person in it, the garment's pixels its own, and what was checked.

    Raises
    ------
    RecipeInvalid : the model cannot take what was asked for
    PersonNotFound : there is nobody to replace
    PaintingFailed, Interrupted
    """
    if worn.person is None:
        raise PersonNotFound(name=shot.name, fact="nobody wears the garment",
                             fix="use --person ghost")  # fmt: skip
    with studio.generator(params.generator) as generator:
        task = _task(worn, worn.person, shot, studio, params, generator.profile)
    raster, checks = best_of(
        task.ask.seed,
        params.attempts,
        lambda seed: _attempt(task, shot, studio, seed),
        cancelled=shot.control.cancelled,
        model=params.model,
    )
    return raster, (*_said(task), *checks)


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


def _task(
    worn: Worn, person: Person, shot: Shot, studio: Studio, params: SwapParams, profile: Profile
) -> _Task:
    source = worn.source
    fit = nearest_bucket((source.width_px, source.height_px), profile.buckets)
    band = painted_band(worn, person)
    locked = distance_to(worn.garment.alpha < OPAQUE) > _GUARD_PX
    mask = np.where(locked, 0, band).astype(np.float32)
    ask = Ask(
        picture=fit.into(source.rgb, source.rgb),
        mask=np.asarray(np.clip(fit.plane(mask), 0, 1), np.float32),
        prompt=swap_prompt(params, profile),
        negative_prompt=_negative(params, profile),
        strength=1.0 if params.strength < 0 else params.strength,
        steps=params.chosen_steps,
        guidance_scale=params.chosen_guidance,
        seed=shot.recipe.seed + params.persona_seed,
        control=_control(person, profile, fit),
        references=_references(params, profile, studio),
    )
    return _Task(params=params, worn=worn, person=person, profile=profile, fit=fit, ask=ask,
                 band=band, locked=locked)  # fmt: skip


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


def _references(params: SwapParams, profile: Profile, studio: Studio) -> tuple[Rgb, ...]:
    if not params.reference:
        return ()
    if "references" not in profile.abilities:
        limit = f"model '{profile.name}' takes no further pictures; describe the person in words"
        raise RecipeInvalid(field="reference", value=params.reference[:12], limit=limit)
    return (decode(studio.asset(params.reference), name="reference").rgb,)


def _attempt(task: _Task, shot: Shot, studio: Studio, seed: int) -> Attempt:
    ask = replace(task.ask, seed=seed)
    with studio.generator(task.params.generator) as generator:
        (after,) = generator.paint([ask], cancelled=shot.control.cancelled)
    size = size_check(ask.picture, after)
    if size.outcome == "fail":
        return Attempt(seed=seed, checks=(size,), raster=None)
    after, checks = _answer(task, after)
    raster = _composed(task, task.fit.back(after))
    return Attempt(seed=seed, checks=(size, *checks, *_people(task, studio, raster)), raster=raster)


def _answer(task: _Task, after: Rgb) -> tuple[Rgb, tuple[Check, ...]]:
    ask, kept = task.ask, task.ask.mask < 0.02
    garment = task.fit.plane(task.locked.astype(np.float32)) > 0.99
    painting = Painting(before=ask.picture, after=after, kept=kept, product=garment)
    return answered(painting, task.profile, stays=kept, strength=ask.strength)


def _composed(task: _Task, painted: Rgb) -> Rgb:
    """New person within the band, the photo beyond it, the garment over both."""
    worn = task.worn
    share = task.band[..., None]
    mixed = worn.source.rgb * (1 - share) + painted * share
    alpha = worn.garment.alpha[..., None]
    whole = mixed * (1 - alpha) + worn.garment.rgb * alpha
    raster = np.asarray(np.clip(whole + 0.5, 0, 255), np.uint8)
    raster[worn.core] = worn.source.rgb[worn.core]
    return raster


def _people(task: _Task, studio: Studio, raster: Rgb) -> tuple[Check, ...]:
    params, before = task.params, task.person
    with studio.person_finder(params.finder) as finder:
        after = find_person(finder, raster, params)
    checks = [
        garment_check(task.worn, raster),
        alone_check(after),
        pose_check(before, after),
        hands_check(before, after),
    ]
    if before.face is not None:
        checks += [new_face_check(before.face, after), _gone(task, studio, raster, after)]
    if params.check_text:
        checks.append(_words(task, studio, raster))
    return tuple(checks)


def _gone(task: _Task, studio: Studio, raster: Rgb, after: Person | None) -> Check:
    face = task.person.face
    if face is None:
        raise TypeError("no old face to compare with")
    before = task.worn.source.rgb, face
    now = raster, after.face if after is not None else None
    if not task.params.face_judge:
        return face_gone_check(before, now, None)
    with studio.face_judge(task.params.face_judge) as judge:
        return face_gone_check(before, now, judge)


def _words(task: _Task, studio: Studio, raster: Rgb) -> Check:
    if not task.params.text_models:
        return noted("text on the product", "not checked: packshot models pull text-reader")
    alpha = task.worn.garment.alpha
    with studio.text_reader(task.params.text_models) as reader:
        return text_check(
            View(rgb=task.worn.source.rgb, alpha=alpha), View(rgb=raster, alpha=alpha), reader
        )


def _said(task: _Task) -> tuple[Check, ...]:
    params, ask = task.params, task.ask
    width, height = task.fit.bucket_px
    held = ", held by the pose" if ask.control else ""
    zoom = 1 / task.fit.scale
    larger = f"; enlarged {zoom:.2f} times" if zoom > 1.01 else ""
    said = [
        noted("painted by", f"{params.generator}: {width} x {height} px{held}{larger}"),
        noted("prompt", ask.prompt),
        noted("generated person", "the person in this picture was painted by a model"),
    ]
    if params.reference:
        said.append(noted("consent", f"given for the reference {params.reference[:12]}"))
    return tuple(said)
