"""A complete description of one image, whose hash is its name."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from pipelines.errors import RecipeInvalid
from pipelines.spec.declare import parameters
from pipelines.spec.edit import EditParams
from pipelines.spec.matting import CutoutParams
from pipelines.spec.scene import SceneParams
from pipelines.spec.swap import SwapParams
from pipelines.spec.white import WhiteParams

ENGINE_REVISION = 10
"""Raise it when the same recipe would give another image: old results are then not reused."""

Kind = Literal["cutout", "white", "scene", "edit", "swap"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Params = CutoutParams | WhiteParams | SceneParams | EditParams | SwapParams
PARAMS: dict[Kind, type[Params]] = {
    "cutout": CutoutParams,
    "white": WhiteParams,
    "scene": SceneParams,
    "edit": EditParams,
    "swap": SwapParams,
}
_DIGEST = re.compile(r"[0-9a-f]{64}")


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
        _refuse_unknown_kind(self.kind)
        if not _DIGEST.fullmatch(self.source):
            raise RecipeInvalid(
                field="source", value=self.source, limit="must be a SHA-256 in 64 hex digits"
            )
        if type(self.params) is not PARAMS[self.kind]:
            raise RecipeInvalid(
                field="params", value=type(self.params).__name__, limit=f"do not fit {self.kind}"
            )
        for one in parameters(type(self.params)):
            named = one.meaning.values(getattr(self.params, one.name))
            if one.meaning.names_asset and not all(_DIGEST.fullmatch(each) for each in named):
                raise RecipeInvalid(
                    field=one.name,
                    value=getattr(self.params, one.name),
                    limit="must be a SHA-256 in 64 hex digits",
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
        kind = data.get("kind")
        _refuse_unknown_kind(kind)
        return cls(
            kind=kind,  # type: ignore[arg-type]
            source=str(data.get("source", "")),
            params=params_from(kind, data.get("params", {})),  # type: ignore[arg-type]
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
    known = {one.name for one in parameters(PARAMS[kind])}
    for name, value in values.items():
        if name not in known:
            raise RecipeInvalid(
                field=name, value=value, limit=f"{kind} knows only {', '.join(sorted(known))}"
            )
    return PARAMS[kind](**values)


def _refuse_unknown_kind(kind: object) -> None:
    if kind not in KINDS:
        raise RecipeInvalid(field="kind", value=kind, limit=f"must be one of {', '.join(KINDS)}")
