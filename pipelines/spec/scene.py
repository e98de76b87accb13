"""The product in a template's scene."""

from dataclasses import dataclass
from typing import Literal

from pipelines.errors import RecipeInvalid
from pipelines.spec.checks import CheckParams
from pipelines.spec.declare import option
from pipelines.spec.matting import MattingParams
from pipelines.spec.origin import OriginParams
from pipelines.spec.output import OutputParams
from pipelines.spec.overlay import OverlayParams
from pipelines.spec.painting import LEFT_TO_THE_MODEL, PaintingParams, refuse_unreadable
from pipelines.spec.placing import PlacingParams

Control = Literal["auto", "none", "depth", "canny", "normal"]
_OVER_TEMPLATE = 0.6
"""Keeps a plate's layout and light while materials and things in it change."""


@dataclass(frozen=True, kw_only=True)
class SceneParams(
    OutputParams,
    OverlayParams,
    OriginParams,
    CheckParams,
    PaintingParams,
    PlacingParams,
    MattingParams,
):
    """A product standing in a scene, in its light; the scene is a template's, or painted."""

    template: str = option("", "Scene to use; `packshot templates list` shows all.")
    template_revision: str = option(
        "", "Digest of the template's folder: an edited template makes a new image.", by_us=True
    )
    prompt: str = option(
        "", "What the scene should show. With a model, it is painted. Without one, in English or "
        "Chinese: the closest template is taken, and the report says which and why.",
    )  # fmt: skip
    reference: str = option(
        "", "Picture whose mood, light and surface the scene shall have. A model that takes "
        "reference pictures is shown it. Without a model, the template that looks most like it is "
        "taken, and the report says which and why.", names_asset=True,
    )  # fmt: skip
    describe: str = option(
        "", "What the product is, such as 'amber glass bottle', for the model that paints around "
        "it.", group="Painting model",
    )  # fmt: skip
    control: Control = option(
        "auto", "What holds the painter to the scene's shape: a map of depth, edges (canny) or "
        "normals; auto takes the first that the model can.", group="Painting model",
    )  # fmt: skip
    rendered_for: str = option(
        "", "Template, with its revision, for whose camera and light the source was rendered.",
        by_us=True,
    )  # fmt: skip
    template_choice: str = option(
        "", "Why the prompt or the reference led to the template.", by_us=True
    )
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
        """Refuse a scene that nothing describes, and values out of range."""
        super().__post_init__()
        refuse_unreadable("prompt", self.prompt)
        refuse_unreadable("describe", self.describe)
        if not (self.template or self.prompt or self.reference):
            limit = "a scene needs a template's name, a prompt or a reference"
            raise RecipeInvalid(field="template", value="", limit=limit)
        if self.model:
            return
        for name in ("describe", "control"):
            if getattr(self, name) not in ("", "auto", "none"):
                limit = "needs a model that paints: give model"
                raise RecipeInvalid(field=name, value=getattr(self, name), limit=limit)

    @property
    def is_open(self) -> bool:
        """Whether a template is still to be found, by the prompt or the reference."""
        asked = self.prompt or self.reference
        return bool(asked and not self.model and not self.template_choice)

    @property
    def chosen_strength(self) -> float:
        """How far the painter may leave what stands there, [0, 1]."""
        if self.strength != LEFT_TO_THE_MODEL:
            return self.strength
        return _OVER_TEMPLATE if self.template else 1.0

    @property
    def is_painted(self) -> bool:
        """Whether a model paints anything at all: strength 0 is the scene as it stands."""
        return bool(self.model) and self.chosen_strength > 0
