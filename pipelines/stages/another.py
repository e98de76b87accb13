"""Paint another person into a garment: everything of the old one goes, the garment stays."""

from dataclasses import dataclass, field, replace

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
from pipelines.errors import PersonNotFound
from pipelines.painting import Attempt, best_of
from pipelines.person import Person
from pipelines.person.seams import blend_seams
from pipelines.report import Check, noted
from pipelines.spec.swap import SwapParams
from pipelines.stages.another_task import Place, Task
from pipelines.stages.answered import answered
from pipelines.stages.shot import Shot, Studio
from pipelines.stages.worn import Worn, find_person, garment_check

Rgb = npt.NDArray[np.uint8]


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
    PaintingFailed, Interrupted, OutOfMemory
    """
    if worn.person is None:
        raise PersonNotFound(name=shot.name, fact="nobody wears the garment",
                             fix="use --person ghost")  # fmt: skip
    work = _Work(place=Place.of(worn, worn.person), params=params, shot=shot, studio=studio)
    raster, checks = best_of(
        shot.recipe.seed + params.persona_seed,
        params.attempts,
        work.attempt,
        cancelled=shot.control.cancelled,
        model=params.model,
    )
    said = work.tasks[0].said if work.tasks else ()
    return raster, (*said, *checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One picture's attempts; what its model is asked for is put together in its first lease."""

    place: Place
    params: SwapParams
    shot: Shot
    studio: Studio
    tasks: list[Task] = field(default_factory=list)

    def attempt(self, seed: int) -> Attempt:
        """Paint once; the model is given back before the picture is looked at."""
        with self.studio.generator(self.params.generator) as generator:
            if not self.tasks:
                task = Task.of(self.place, self.params, generator, self.studio, seed=seed)
                self.tasks.append(task)
            task = self.tasks[0]
            ask = replace(task.ask, seed=seed)
            (after,) = generator.paint([ask], cancelled=self.shot.control.cancelled)
        size = size_check(ask.picture, after)
        if size.outcome == "fail":
            return Attempt(seed=seed, checks=(size,), raster=None)
        after, checks = _answer(task, after)
        raster, seams = _composed(task, task.fit.back(after))
        people = _people(self, raster)
        return Attempt(seed=seed, checks=(size, *checks, seams, *people), raster=raster)


def _answer(task: Task, after: Rgb) -> tuple[Rgb, tuple[Check, ...]]:
    ask, kept = task.ask, task.ask.mask < 0.02
    garment = task.fit.plane(task.place.locked.astype(np.float32)) > 0.99
    painting = Painting(before=ask.picture, after=after, kept=kept, product=garment)
    return answered(painting, task.profile, stays=kept, strength=ask.strength)


def _composed(task: Task, painted: Rgb) -> tuple[Rgb, Check]:
    """New person within the band, the photo beyond it, the garment over both."""
    place, worn = task.place, task.place.worn
    blended = blend_seams(
        worn.source.rgb,
        painted,
        garment=worn.garment.alpha,
        body=worn.regions.person,
        locked=place.locked,
        person=place.person,
    )
    share = place.band[..., None]
    mixed = worn.source.rgb * (1 - share) + blended.rgb * share
    alpha = worn.garment.alpha[..., None]
    whole = mixed * (1 - alpha) + worn.garment.rgb * alpha
    raster = np.asarray(np.clip(whole + 0.5, 0, 255), np.uint8)
    raster[worn.core] = worn.source.rgb[worn.core]
    return raster, blended.check


def _people(work: _Work, raster: Rgb) -> tuple[Check, ...]:
    params, before, worn = work.params, work.place.person, work.place.worn
    with work.studio.person_finder(params.finder) as finder:
        after = find_person(finder, raster, params)
    checks = [
        garment_check(worn, raster),
        alone_check(after),
        pose_check(before, after),
        hands_check(before, after),
    ]
    if before.face is not None:
        checks += [new_face_check(before.face, after), _gone(work, raster, after)]
    if params.check_text:
        checks.append(_words(work, raster))
    return tuple(checks)


def _gone(work: _Work, raster: Rgb, after: Person | None) -> Check:
    face = work.place.person.face
    if face is None:
        raise TypeError("no old face to compare with")
    before = work.place.worn.source.rgb, face
    now = raster, after.face if after is not None else None
    if not work.params.face_judge:
        return face_gone_check(before, now, None)
    with work.studio.face_judge(work.params.face_judge) as judge:
        return face_gone_check(before, now, judge)


def _words(work: _Work, raster: Rgb) -> Check:
    if not work.params.text_models:
        return noted("text on the product", "not checked: packshot models pull text-reader")
    alpha = work.place.worn.garment.alpha
    with work.studio.text_reader(work.params.text_models) as reader:
        return text_check(
            View(rgb=work.place.worn.source.rgb, alpha=alpha), View(rgb=raster, alpha=alpha), reader
        )
