"""Declarations: what an image shall be, as frozen values whose hash is their name."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from pipelines.errors import RecipeInvalid
from pipelines.imaging.encode import FORMATS, Format

ENGINE_REVISION = 1
"""Raise it when the same recipe would give another image: old results are then not reused."""

Kind = Literal["cutout", "white", "scene"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Quality = Literal["fast", "best"]
Shadow = Literal["none", "contact", "drop", "reflection"]
Align = Literal["centre", "bottom", "top"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_SIZE_PX = 8_000


def _in_range(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not low <= value <= high:
        raise RecipeInvalid(field=name, value=value, limit=f"must be {low:g} to {high:g}{unit}")


def _one_of(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        allowed = ", ".join(str(choice) for choice in choices)
        raise RecipeInvalid(field=name, value=value, limit=f"must be one of {allowed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoutParams:
    """The product alone: straight RGBA of the upright source's size.

    Attributes
    ----------
    quality
        ``fast``: one small model; ``best``: several models whose failures differ.
    """

    quality: Quality = "fast"

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        _one_of("quality", self.quality, get_args(Quality))


@dataclass(frozen=True, slots=True, kw_only=True)
class WhiteParams:
    """The product on pure white.

    Attributes
    ----------
    spec
        Marketplace preset that the image must satisfy, or "" for none.
    spec_revision
        Digest of the preset's rules, so that an edited preset makes a new image.
    size_px
        Side of the square frame; 0 chooses the largest that the source can fill sharply.
    fill
        Longer side of the product's box over the frame; 0 takes the preset's, or 0.85.
    shadow_strength
        0 invisible to 1 black.
    format
        "" takes the preset's first format, or JPEG.
    """

    quality: Quality = "fast"
    spec: str = ""
    spec_revision: str = ""
    size_px: int = 0
    fill: float = 0.0
    align: Align = "centre"
    shadow: Shadow = "none"
    shadow_strength: float = 0.5
    format: Format | Literal[""] = ""
    dpi: int = 72

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        _one_of("quality", self.quality, get_args(Quality))
        _one_of("align", self.align, get_args(Align))
        _one_of("shadow", self.shadow, get_args(Shadow))
        _one_of("format", self.format, ("", *FORMATS))
        if self.size_px:
            _in_range("size_px", self.size_px, 64, _MAX_SIZE_PX, " px")
        if self.fill:
            _in_range("fill", self.fill, 0.1, 1.0)
        _in_range("shadow_strength", self.shadow_strength, 0, 1)
        _in_range("dpi", self.dpi, 1, 2400)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneParams:
    """The product in a template's scene.

    Attributes
    ----------
    template, template_revision
        Which scene, and the digest of its folder's content.
    anchor
        Place in the scene; "" takes the template's first.
    height_cm
        The product's real height, for true scale; 0 fills the anchor's box by `scale`.
    scale
        Share of the anchor's box that the product fills, where its real size is not given.
    size_px
        Side of the square result; 0 keeps the plate's own.
    match_colour
        0 leaves the product's pixels untouched. Above 0, its colours move towards the scene's
        light by at most this many ΔE (CIE76), reported.
    """

    template: str
    template_revision: str = ""
    quality: Quality = "fast"
    anchor: str = ""
    height_cm: float = 0.0
    scale: float = 0.8
    size_px: int = 0
    match_colour: float = 0.0
    format: Format = "jpeg"

    def __post_init__(self) -> None:
        """Refuse values out of range."""
        _one_of("quality", self.quality, get_args(Quality))
        _one_of("format", self.format, FORMATS)
        if self.height_cm:
            _in_range("height_cm", self.height_cm, 0.5, 200, " cm")
        _in_range("scale", self.scale, 0.1, 1.0)
        if self.size_px:
            _in_range("size_px", self.size_px, 64, _MAX_SIZE_PX, " px")
        _in_range("match_colour", self.match_colour, 0, 12)


Params = CutoutParams | WhiteParams | SceneParams
PARAMS: dict[Kind, type[Params]] = {
    "cutout": CutoutParams,
    "white": WhiteParams,
    "scene": SceneParams,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A complete description of one image: the same recipe is never computed twice.

    Attributes
    ----------
    source
        SHA-256 of the source's bytes.
    models
        ``name@revision`` of each model that finds the product, in order.
    """

    kind: Kind
    source: str
    params: Params
    models: tuple[str, ...]
    seed: int = 0
    engine: int = field(default=ENGINE_REVISION)

    def __post_init__(self) -> None:
        """Refuse a recipe that describes no image."""
        _one_of("kind", self.kind, KINDS)
        if not _DIGEST.fullmatch(self.source):
            raise RecipeInvalid(
                field="source", value=self.source, limit="must be a SHA-256 in 64 hex digits"
            )
        if not isinstance(self.params, PARAMS[self.kind]):
            raise RecipeInvalid(
                field="params", value=type(self.params).__name__, limit=f"do not fit {self.kind}"
            )

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready mapping; `from_json` is its inverse."""
        return asdict(self) | {"models": list(self.models)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Recipe":
        """Build a recipe from what `to_json` gave.

        Raises
        ------
        RecipeInvalid
        """
        _one_of("kind", data.get("kind"), KINDS)
        kind: Kind = data["kind"]
        return cls(
            kind=kind,
            source=str(data.get("source", "")),
            params=params_from(kind, data.get("params", {})),
            models=tuple(data.get("models", ())),
            seed=int(data.get("seed", 0)),
            engine=int(data.get("engine", ENGINE_REVISION)),
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON: the idempotency key."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def params_from(kind: Kind, values: Mapping[str, Any]) -> Params:
    """Build a kind's parameters, refusing names it does not have.

    >>> params_from("white", {"fill": 0.8}).fill
    0.8
    """
    shape = PARAMS[kind]
    known = {one.name for one in fields(shape)}
    for name, value in values.items():
        if name not in known:
            raise RecipeInvalid(
                field=name, value=value, limit=f"{kind} knows only {', '.join(sorted(known))}"
            )
    if kind == "scene" and not values.get("template"):
        raise RecipeInvalid(field="template", value="", limit="a scene needs a template's name")
    return shape(**values)
