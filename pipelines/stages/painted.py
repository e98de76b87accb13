"""Paint a scene around a product with a large model, check what came of it, and try again."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipelines.checks.painted import Painting, size_check
from pipelines.checks.painted_footing import floating_check, footing_of
from pipelines.checks.painted_scene import grown_checks, grown_product, invented_text_check
from pipelines.generate import Ask, Generator, remarks, where
from pipelines.imaging.light import KeyLight
from pipelines.painting import (
    Attempt,
    best_of,
    put_back,
    without_product,
)
from pipelines.report import Check, noted
from pipelines.spec import SceneParams
from pipelines.stages.answered import answered
from pipelines.stages.painting_task import Task, task_of
from pipelines.stages.shot import Shot, Studio
from pipelines.stages.staging import Staged

Rgb = npt.NDArray[np.uint8]

_KEEPS_LIGHT = 0.8
"""Strength up to which a painting keeps where the light of the scene before came from."""


def painted(
    shot: Shot, studio: Studio, staged: Staged, standing: Rgb, params: SceneParams
) -> tuple[Rgb, tuple[Check, ...]]:
    """Paint around the product.

    Parameters
    ----------
    standing
        uint8 (H, W, 3): the product in the scene as it stands, which the painter starts from.

    Returns
    -------
    The picture, with the product's own pixels, and what was checked.

    Raises
    ------
    RecipeInvalid : the model cannot take what was asked for
    PaintingFailed : no attempt gave a picture
    Interrupted, OutOfMemory
    """
    easel = _Easel(shot, studio, staged, standing, params)
    raster, checks = best_of(
        shot.recipe.seed,
        params.attempts,
        lambda seed: _attempt(*easel.paint(seed), shot, studio),
        cancelled=shot.control.cancelled,
        model=params.model,
    )
    return raster, (*easel.said, *checks)


class _Easel:
    """What is painted and by whom, put together when the model is first leased."""

    def __init__(
        self, shot: Shot, studio: Studio, staged: Staged, standing: Rgb, params: SceneParams
    ) -> None:
        self._shot, self._studio, self._params = shot, studio, params
        self._scene = staged, standing
        self._task: Task | None = None
        self.said: tuple[Check, ...] = ()

    def paint(self, seed: int) -> tuple[Task, Ask, Rgb]:
        """Paint once; the model is given back before the picture is looked at."""
        with self._studio.generator(self._params.generator) as generator:
            task = self._task or self._begun(generator)
            ask = replace(task.ask, seed=seed)
            (after,) = generator.paint([ask], cancelled=self._shot.control.cancelled)
        return task, ask, after

    def _begun(self, generator: Generator) -> Task:
        staged, standing = self._scene
        task = task_of(self._shot, self._studio, staged, standing, self._params, generator.profile)
        place = where(generator)
        self.said = (
            noted("painted by", f"{task.words}; on {place}" if place else task.words),
            noted("prompt", task.ask.prompt),
            *(noted("painter", one) for one in remarks(generator, task.ask)),
        )
        self._task = task
        return task


def _attempt(task: Task, ask: Ask, after: Rgb, shot: Shot, studio: Studio) -> Attempt:
    """Look at what was painted."""
    seed = ask.seed
    size = size_check(ask.picture, after)
    if size.outcome == "fail":
        return Attempt(seed=seed, checks=(size,), raster=None)
    painting = Painting(before=ask.picture, after=after, kept=task.kept, product=task.inside)
    after, checks = answered(
        painting,
        task.profile,
        stays=task.inside,
        strength=ask.strength,
        plate=bool(task.params.template),
    )
    background = task.fit.back(without_product(ask.picture, after, task.alpha))
    raster, seen = _finished(task, shot, studio, background)
    return Attempt(seed=seed, checks=(size, *checks, *seen), raster=raster)


def _finished(
    task: Task, shot: Shot, studio: Studio, background: Rgb
) -> tuple[Rgb, tuple[Check, ...]]:
    """Put the product back and look at the picture as people will."""
    staged = task.staged
    raster, shaded = put_back(
        staged.placed,
        background,
        surface=staged.surface,
        receiving=task.receiving,
        thickness_px=staged.thickness_px,
        zoom=1 / task.fit.scale,
        light=_known_light(task),
    )
    alpha = staged.placed.alpha_in_frame()
    with studio.matters(shot.recipe.models) as matters:
        grown = grown_product(raster, background, alpha, matters)
    shadow = "ours: none was seen in the painting" if shaded else "the painter's, drawn up to it"
    return raster, (
        *grown_checks(grown),
        floating_check(footing_of(raster, staged.placed, staged.surface)),
        _words(task, studio, raster, alpha),
        noted("contact shadow", shadow),
    )


def _known_light(task: Task) -> KeyLight | None:
    """The template's light, as long as the painter was not free to paint another."""
    if task.params.template and task.ask.strength <= _KEEPS_LIGHT:
        return task.staged.template.light
    return None


def _words(task: Task, studio: Studio, raster: Rgb, alpha: npt.NDArray[np.float32]) -> Check:
    if not task.params.text_models:
        return noted("text invented", "not looked for: packshot models pull text-reader")
    with studio.text_reader(task.params.text_models) as reader:
        return invented_text_check(raster, alpha, reader, asked=task.params.prompt)
