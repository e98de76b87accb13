"""Paint a scene around a product with a large model, check what came of it, and try again."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.checks.drift import Drift, DriftLimits, drift_check, find_drift, register
from pipelines.checks.painted import (
    Painting,
    blank_check,
    cast_check,
    change_check,
    noise_check,
    repainted_check,
    size_check,
)
from pipelines.checks.painted_footing import floating_check, footing_of
from pipelines.checks.painted_scene import grown_checks, grown_product, invented_text_check
from pipelines.checks.similarity import Similarity
from pipelines.generate import Ask, Profile, remarks
from pipelines.imaging.cutout import OPAQUE
from pipelines.imaging.light import KeyLight
from pipelines.painting import (
    Attempt,
    Fit,
    Shape,
    Wish,
    best_of,
    control_kind,
    control_maps,
    inpaint_mask,
    kept_area,
    nearest_bucket,
    put_back,
    scene_prompt,
    without_product,
)
from pipelines.painting.prompt import colour_names
from pipelines.report import Check, noted
from pipelines.spec import SceneParams
from pipelines.stages.shot import Shot, Studio
from pipelines.stages.staging import Staged

Rgb = npt.NDArray[np.uint8]
Area = npt.NDArray[np.bool_]

_IN_PLACE = DriftLimits(shift=0.005, zoom=0.01, turn_deg=0.5)
"""For models that paint inside a mask: what they keep has no reason to move."""
_FREE = DriftLimits()
"""For models that paint the whole picture anew: what moved a little is put back."""
_UNSEEN_PX = 2.0
"""Of the farthest corner: as much is measured where a decoder only blurs, by 2 px."""
_KEEPS_LIGHT = 0.8
"""Strength up to which a painting keeps where the light of the scene before came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What is the same in every attempt.

    Attributes
    ----------
    ask
        With the recipe's own seed.
    alpha
        float32 (H, W) of the bucket: the product's.
    kept, inside
        bool (H, W) of the bucket: the product with its guard band, and the product's inside.
    """

    params: SceneParams
    staged: Staged
    receiving: npt.NDArray[np.float32]
    profile: Profile
    fit: Fit
    ask: Ask
    alpha: npt.NDArray[np.float32]
    kept: Area
    inside: Area


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
    with studio.generator(params.generator) as generator:
        task = _task(shot, studio, staged, standing, params, generator.profile)
        told = remarks(generator, task.ask)
    raster, checks = best_of(
        shot.recipe.seed,
        params.attempts,
        lambda seed: _attempt(task, shot, studio, seed),
        cancelled=shot.control.cancelled,
        model=params.model,
    )
    said = (
        noted("painted by", _by(task)),
        noted("prompt", task.ask.prompt),
        *(noted("painter", one) for one in told),
    )
    return raster, (*said, *checks)


def _task(
    shot: Shot, studio: Studio, staged: Staged, standing: Rgb, params: SceneParams, profile: Profile
) -> _Task:
    scene = staged.template.backdrop(staged.view, staged.size_px)
    fit = nearest_bucket(staged.size_px, profile.buckets)
    alpha = fit.plane(staged.placed.alpha_in_frame())
    picture = fit.into(standing, scene.rgb)
    told = scene_prompt(_wish(studio, staged, params), profile)
    kind = control_kind(params.control, profile)
    distance = staged.template.distance_cm(staged.view, staged.size_px)
    shape = Shape(
        picture=picture,
        alpha=alpha,
        distance_cm=fit.plane(distance, mirrored=True),
        product_cm=staged.template.focal_px / staged.spot.px_per_cm,
        focal_px=staged.template.focal_px / staged.view.width_px * fit.inner_px[0],
    )
    ask = Ask(
        picture=picture,
        mask=inpaint_mask(alpha),
        prompt=told.text,
        negative_prompt=told.negative,
        strength=params.chosen_strength,
        steps=params.chosen_steps,
        guidance_scale=params.chosen_guidance,
        seed=shot.recipe.seed,
        control=control_maps(kind, shape),
    )
    return _Task(
        params=params,
        staged=staged,
        receiving=scene.receiving,
        profile=profile,
        fit=fit,
        ask=ask,
        alpha=alpha,
        kept=kept_area(alpha),
        inside=_inside(alpha),
    )


def _wish(studio: Studio, staged: Staged, params: SceneParams) -> Wish:
    brand = studio.brands.get(params.brand).palette
    colours = [one for one in (brand.paper, brand.accent) if one is not None]
    return Wish(
        words=params.prompt,
        product=params.describe,
        negative=params.negative,
        scene=staged.template,
        colours=colour_names(colours),
    )


def _attempt(task: _Task, shot: Shot, studio: Studio, seed: int) -> Attempt:
    """Paint once; the model is given back before the picture is looked at."""
    ask = replace(task.ask, seed=seed)
    with studio.generator(task.params.generator) as generator:
        (after,) = generator.paint([ask], cancelled=shot.control.cancelled)
    size = size_check(ask.picture, after)
    if size.outcome == "fail":
        return Attempt(seed=seed, checks=(size,), raster=None)
    after, checks = _answer(task, after)
    background = task.fit.back(without_product(ask.picture, after, task.alpha))
    raster, seen = _finished(task, shot, studio, background)
    return Attempt(seed=seed, checks=(size, *checks, *seen), raster=raster)


def _answer(task: _Task, after: Rgb) -> tuple[Rgb, tuple[Check, ...]]:
    """Look at what the painter gave back, and put it back in place where it moved a little."""
    before = task.ask.picture
    drift = _seen(find_drift(before, after, task.inside))
    limits = _IN_PLACE if "inpaint" in task.profile.abilities else _FREE
    if drift.told and not limits.refuse(drift):
        after = register(after, drift).rgb
    painting = Painting(before=before, after=after, kept=task.kept, product=task.inside)
    return after, (
        blank_check(painting),
        noise_check(painting),
        drift_check(drift, limits=limits),
        repainted_check(painting),
        cast_check(painting),
        change_check(painting, strength=task.ask.strength),
    )


def _seen(drift: Drift) -> Drift:
    """A drift that nobody sees is none: to put it back would only soften the picture."""
    if drift.reach_px > _UNSEEN_PX:
        return drift
    return replace(drift, mapping=Similarity(), reach_px=0.0)


def _finished(
    task: _Task, shot: Shot, studio: Studio, background: Rgb
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


def _known_light(task: _Task) -> KeyLight | None:
    """The template's light, as long as the painter was not free to paint another."""
    if task.params.template and task.ask.strength <= _KEEPS_LIGHT:
        return task.staged.template.light
    return None


def _words(task: _Task, studio: Studio, raster: Rgb, alpha: npt.NDArray[np.float32]) -> Check:
    if not task.params.text_models:
        return noted("text invented", "not looked for: packshot models pull text-reader")
    with studio.text_reader(task.params.text_models) as reader:
        return invented_text_check(raster, alpha, reader, asked=task.params.prompt)


def _by(task: _Task) -> str:
    """Who painted, at which size, and how freely."""
    width, height = task.fit.bucket_px
    steps = task.ask.steps or task.profile.steps
    how = f"{width} x {height} px, {steps} steps, strength {task.ask.strength:g}"
    held = f", held by {', '.join(task.ask.control)}" if task.ask.control else ""
    zoom = 1 / task.fit.scale
    larger = f"; enlarged {zoom:.2f} times" if zoom > 1.01 else ""
    return f"{task.params.generator}: {how}{held}{larger}"


def _inside(alpha: npt.NDArray[np.float32]) -> Area:
    """The product without its edge: what a painter that keeps it gives back as it was."""
    solid = (alpha >= OPAQUE).astype(np.uint8)
    return np.asarray(cv2.erode(solid, np.ones((5, 5), np.uint8)) > 0)
