"""What a painter is asked for: the scene in a size that it knows, a mask, words and maps."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.generate import Ask, Profile
from pipelines.imaging.cutout import OPAQUE
from pipelines.painting import (
    Fit,
    Shape,
    Wish,
    control_kind,
    control_maps,
    inpaint_mask,
    kept_area,
    nearest_bucket,
    scene_prompt,
)
from pipelines.painting.prompt import colour_names
from pipelines.spec import SceneParams
from pipelines.stages.reference import references
from pipelines.stages.shot import Shot, Studio
from pipelines.stages.staging import Staged

Rgb = npt.NDArray[np.uint8]
Area = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A scene to paint: what is the same in every attempt.

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

    @property
    def words(self) -> str:
        """Who paints, at which size, and how freely."""
        width, height = self.fit.bucket_px
        steps = self.ask.steps or self.profile.steps
        how = f"{width} x {height} px, {steps} steps, strength {self.ask.strength:g}"
        held = f", held by {', '.join(self.ask.control)}" if self.ask.control else ""
        zoom = 1 / self.fit.scale
        larger = f"; enlarged {zoom:.2f} times" if zoom > 1.01 else ""
        shown = f", shown the reference {self.params.reference[:12]}" if self.ask.references else ""
        return f"{self.params.generator}: {how}{held}{shown}{larger}"


def task_of(
    shot: Shot, studio: Studio, staged: Staged, standing: Rgb, params: SceneParams, profile: Profile
) -> Task:
    """Put together what a painter is asked for, from the product in the scene as it stands.

    Raises
    ------
    RecipeInvalid : the model cannot take what was asked for
    """
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
        references=references(params.reference, profile, studio),
    )
    return Task(
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
        shown=bool(params.reference),
    )


def _inside(alpha: npt.NDArray[np.float32]) -> Area:
    """The product without its edge: what a painter that keeps it gives back as it was."""
    solid = (alpha >= OPAQUE).astype(np.uint8)
    return np.asarray(cv2.erode(solid, np.ones((5, 5), np.uint8)) > 0)
