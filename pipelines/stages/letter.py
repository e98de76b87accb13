"""Put the merchant's words, the label and the brand's logo on the finished picture."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.adopt.describe import palette_of
from pipelines.brands import Brand, allows_text, label_of
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.shadows import cast_density
from pipelines.lettering import (
    Copywriting,
    Drawn,
    Keeping,
    Lettered,
    Typesetter,
    Wording,
    letter,
)
from pipelines.lettering.contrast import Colour, parsed
from pipelines.presets import Preset
from pipelines.report import Check, judged, noted
from pipelines.spec import SceneParams
from pipelines.spec.overlay import OverlayParams
from pipelines.stages.shot import Shot, Studio, present

Mask = npt.NDArray[np.bool_]

_CORE = 0.4
"""Share of the key light that the core of a cast shadow lacks."""
_CORE_ON_WHITE = 200
"""On white, a pixel darker than this beside the product is the core of its shadow."""
_SMALL_PX = 480
"""A shadow's core is found on a picture of this size: nobody sees its edge move by a pixel."""
_LABEL_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Letter:
    """Set words in the free space around the product."""

    name: str = "lettering"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Letter the picture, if anything was asked for, and check what was drawn."""
        params = shot.recipe.params
        if not isinstance(params, OverlayParams):
            return shot
        rules = shot.rules
        brand = studio.brands.get(params.brand)
        wording = _wording(params, brand, rules)
        checks = _left_out(params, brand, rules)
        if wording == Wording():
            return replace(shot, checks=(*shot.checks, *checks))
        setter = studio.brands.typesetter(brand)
        placed, raster = present(shot.placed), present(shot.raster)
        product = placed.alpha_in_frame() > 0
        core = _shadow_core(params, placed, raster, studio) & ~product
        done = letter(
            raster,
            wording,
            keeping=Keeping(product=product, core=core, margin=brand.margin, gap=brand.gap),
            look=brand.look(_palette(params, studio, raster)),
            setter=setter,
        )
        checks += _checks(done, product, core, setter)
        return replace(
            shot, raster=done.raster, lettering=done.touched, checks=(*shot.checks, *checks)
        )


def _wording(params: OverlayParams, brand: Brand, rules: Preset | None) -> Wording:
    logo = brand.logo.read() if brand.logo is not None and allows_text(rules) else None
    return Wording(
        copy=Copywriting(headline=params.headline_lines, points=params.selling_points),
        side=params.text_side,
        badge=params.badge_lines,
        badge_shape=params.badge_shape or brand.badge_shape,
        label=label_of(params, brand, rules),
        logo=logo,
    )


def _left_out(params: OverlayParams, brand: Brand, rules: Preset | None) -> list[Check]:
    """Say what the brand wants and the channel forbids."""
    if rules is None or allows_text(rules):
        return []
    wanted = [("logo", brand.logo is not None), ("label", brand.label != "none")]
    if params.label == "none":
        wanted.pop()
    return [noted(part, f"left out: {rules.name} forbids it") for part, wants in wanted if wants]


def _palette(params: OverlayParams, studio: Studio, raster: npt.NDArray[np.uint8]) -> list[Colour]:
    """The scene's colours: as its record has them, or as a model has painted them."""
    if not isinstance(params, SceneParams):
        return []
    if params.is_painted or not params.template:
        return [parsed(one) for one in palette_of(raster[..., :3])]
    return [parsed(one) for one in studio.template(params.template).palette]


def _shadow_core(
    params: OverlayParams, placed: Placed, raster: npt.NDArray[np.uint8], studio: Studio
) -> Mask:
    if not isinstance(params, SceneParams):
        return np.asarray(raster.min(axis=-1) < _CORE_ON_WHITE)
    if not params.template:
        # Whoever painted the scene knows where its light comes from; we do not.
        return np.zeros(raster.shape[:2], np.bool_)
    template = studio.template(params.template)
    pitch = template.camera.pitch_deg
    surface = Surface(depression_deg=pitch, roughness=1.0, reflectance=0.0)
    return cast_core(placed, template.light, surface)


def cast_core(placed: Placed, light: KeyLight, surface: Surface) -> Mask:
    """The core of the product's cast shadow, bool (H, W) of the frame's size."""
    frame = (placed.frame_width_px, placed.frame_height_px)
    share = min(1.0, _SMALL_PX / max(frame))
    height, width = placed.alpha.shape
    size = max(1, round(width * share)), max(1, round(height * share))
    alpha = cv2.resize(placed.alpha, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = replace(
        placed,
        rgb=np.zeros((*alpha.shape, 3), np.uint8),
        alpha=alpha,
        left_px=round(placed.left_px * share),
        top_px=round(placed.top_px * share),
        frame_width_px=round(frame[0] * share),
        frame_height_px=round(frame[1] * share),
    )
    density = cast_density(small, light, surface)
    return np.asarray(cv2.resize(density, frame, interpolation=cv2.INTER_LINEAR) > _CORE)


def _checks(done: Lettered, product: Mask, core: Mask, setter: Typesetter) -> list[Check]:
    over, on_core = (int(np.count_nonzero(done.touched & mask)) for mask in (product, core))
    checks = [
        judged(
            "text beside product",
            passed=over + on_core == 0,
            value=f"{over} px over the product, {on_core} px over its shadow's core",
            limit="0 px",
            fix="report this image",
        )
    ]
    for one in done.drawn:
        if one.limit:
            checks.append(_contrast(one))
        if one.part == "label":
            checks.append(_label_height(one, done))
    if any(one.text_px for one in done.drawn):
        checks.append(noted("fonts", ", ".join(setter.titles)))
    return checks


def _contrast(one: Drawn) -> Check:
    pane = f", over a pane of {one.pane:.0%}" if one.pane else ""
    size = f", {one.text_px:.0f} px text" if one.text_px else ""
    return judged(
        f"{one.part} contrast",
        passed=one.contrast >= one.limit,
        value=f"{one.contrast:.1f}:1 at its worst{size}{pane}",
        limit=f"at least {one.limit:g}:1 (WCAG AA)",
        fix="choose other colours in the brand kit, or another template",
    )


def _label_height(one: Drawn, done: Lettered) -> Check:
    least = _LABEL_SHARE * min(done.raster.shape[:2])
    return judged(
        "label height",
        passed=one.ink_px >= least,
        value=f"{one.ink_px} px",
        limit=f"at least {least:.0f} px, 5% of the shorter side (GB 45438-2025)",
        fix="report this image",
    )
