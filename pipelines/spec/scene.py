"""The product in a template's scene."""

from dataclasses import dataclass

from pipelines.errors import RecipeInvalid
from pipelines.spec.checks import CheckParams
from pipelines.spec.declare import option
from pipelines.spec.matting import MattingParams
from pipelines.spec.origin import OriginParams
from pipelines.spec.output import OutputParams
from pipelines.spec.overlay import OverlayParams
from pipelines.spec.placing import PlacingParams


@dataclass(frozen=True, kw_only=True)
class SceneParams(
    OutputParams, OverlayParams, OriginParams, CheckParams, PlacingParams, MattingParams
):
    """A product standing in a scene, in its light."""

    template: str = option("", "Scene to use; `packshot templates list` shows all.")
    template_revision: str = option(
        "", "Digest of the template's folder: an edited template makes a new image.", by_us=True
    )
    prompt: str = option(
        "", "What the scene should show, in English or Chinese: the closest template is taken, "
        "and the report says which and why; nothing is generated.",
    )  # fmt: skip
    rendered_for: str = option(
        "", "Template, with its revision, for whose camera and light the source was rendered.",
        by_us=True,
    )  # fmt: skip
    template_choice: str = option("", "Why the prompt led to the template.", by_us=True)
    backdrop_blur: float = option(
        0.0, "Blur what lies behind the product, more the farther it is: width of the blur of the "
        "farthest point as a share of the scene's width; 0 leaves the scene's own depth of field.",
        low=0.001, high=0.08, group="Light",
    )  # fmt: skip
    own_shadow: bool = option(
        False, "Use the shadow pass that a render brings, instead of a shadow reckoned for the "
        "scene's light; right where both have the same light and camera.", group="Light",
    )  # fmt: skip
    match_colour: float = option(
        0.0, "Tint the product to the scene's light by at most this many ΔE (CIE76), reported; "
        "0 leaves its pixels untouched.", low=0, high=12, unit="ΔE", group="Light",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse a scene without a template, and values out of range."""
        super().__post_init__()
        if not self.template and not self.prompt:
            limit = "a scene needs a template's name, or a prompt"
            raise RecipeInvalid(field="template", value="", limit=limit)
