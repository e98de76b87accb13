"""Put the product on pure white."""

from dataclasses import dataclass, replace

from pipelines.imaging.compose import on_white
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.placement import Placed, place
from pipelines.presets import Preset, preset
from pipelines.report import Check, noted
from pipelines.spec import WhiteParams
from pipelines.stages.sharpness import SHARP_ENLARGEMENT, enlarged
from pipelines.stages.shot import Shot, Studio, present

_DEFAULT_SIDE_PX = 2000
_DEFAULT_FILL = 0.85


@dataclass(frozen=True, slots=True)
class OnWhite:
    """Scale the product to its fill, centre it, and put it on pure white."""

    name: str = "white"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Arrange by the recipe's parameters and its preset."""
        params = _white(shot)
        rules = preset(params.spec) if params.spec else None
        cutout = present(shot.cutout)
        fill = params.fill or (rules.fill_target if rules else _DEFAULT_FILL)
        side = params.size_px or _side(cutout, rules, fill)
        placed = _place_in_square(cutout, side, fill, params.align)
        shadow, notes = _allowed_shadow(params, rules)
        raster = on_white(placed, shadow=shadow, strength=params.shadow_strength)
        checks = (
            *shot.checks,
            *notes,
            enlarged(placed),
            noted("product fill", f"{placed.fill:.3f}"),
        )
        return replace(shot, placed=placed, raster=raster, checks=checks)


def _white(shot: Shot) -> WhiteParams:
    params = shot.recipe.params
    if isinstance(params, WhiteParams):
        return params
    raise TypeError(f"a white image was asked for with {type(params).__name__}")


def _side(cutout: Cutout, rules: Preset | None, fill: float) -> int:
    """Return the largest side that the source fills sharply, within what the channel wants."""
    wanted = rules.side_px if rules else _DEFAULT_SIDE_PX
    least = rules.least_side_px if rules else 500
    box = cutout.box
    sharp = int(max(box.width_px, box.height_px) * SHARP_ENLARGEMENT / fill)
    return max(least, min(wanted, sharp))


def _place_in_square(cutout: Cutout, side: int, fill: float, align: str) -> Placed:
    box = cutout.box
    scale = fill * side / max(box.width_px, box.height_px)
    height = box.height_px * scale
    margin = side * (1 - fill) / 2
    centre_y = {
        "centre": side / 2,
        "top": margin + height / 2,
        "bottom": side - margin - height / 2,
    }[align]
    return place(
        cutout, frame_px=(side, side), scale=scale, centre_x_px=side / 2, centre_y_px=centre_y
    )


def _allowed_shadow(params: WhiteParams, rules: Preset | None) -> tuple[str, tuple[Check, ...]]:
    if rules is None or rules.shadow_allowed or params.shadow == "none":
        return params.shadow, ()
    return "none", (noted("shadow", f"left out: {rules.name} forbids shadows"),)
