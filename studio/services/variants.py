"""Sets of images that differ in one thing each, to be tested against each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pipelines
from pipelines.errors import nearest
from pipelines.spec import WhiteParams, parameters
from pipelines.spec.frame import shape_of
from studio.services.errors import VariantsInvalid
from studio.services.manifest import coerce_params

MOST = 20
"""A test compares no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One image of a set: what it is called, and what makes it different."""

    name: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


def _lit_from(direction: float) -> dict[str, Any]:
    return {"shadow": "drop", "shadow_direction": direction}


SETS: dict[str, tuple[Variant, ...]] = {
    "shadows": (
        Variant(name="shadow-none", params={"shadow": "none"}),
        Variant(name="shadow-contact", params={"shadow": "contact"}),
        Variant(name="shadow-light-left", params=_lit_from(300)),
        Variant(name="shadow-light-right", params=_lit_from(60)),
        Variant(name="shadow-light-behind", params=_lit_from(180)),
        Variant(name="shadow-reflection", params={"shadow": "reflection"}),
    ),
    "margins": tuple(
        Variant(name=f"fill-{percent}", params={"fill": percent / 100}) for percent in (70, 80, 95)
    ),
    "ratios": tuple(
        Variant(name=f"ratio-{across}x{along}", params={"ratio": f"{across}:{along}"})
        for across, along in ((1, 1), (4, 5), (3, 4), (16, 9))
    ),
}
"""The sets that have a name; any other is written as PARAMETER=VALUE,VALUE."""


def variants_of(
    asked: Iterable[str], base: Mapping[str, Any], rules: pipelines.Preset | None
) -> list[Variant]:
    """Every variant of the sets that were asked for, each a change to the base alone.

    Raises
    ------
    VariantsInvalid : unknown, too many, or one that the channel's rules would make like another
    RecipeInvalid : a value out of range
    """
    found: list[Variant] = []
    for text in asked:
        for part in [text] if "=" in text else text.split(","):
            found += _set(part.strip())
    for variant in found:
        _refuse_overruled(variant, rules)
        pipelines.params_from("white", _changed(base, variant))
    if len(found) > MOST:
        raise VariantsInvalid(
            asked=" ".join(asked), fact=f"{len(found)} images of each product",
            fix=f"a test compares at most {MOST}; leave some out",
        )  # fmt: skip
    return found


def with_variant(base: Mapping[str, Any], variant: Variant) -> dict[str, Any]:
    """The base's parameters with what makes the variant different."""
    return _changed(base, variant)


def _changed(base: Mapping[str, Any], variant: Variant) -> dict[str, Any]:
    changed = {**base, **variant.params}
    # Fill and margin say the same thing: what varies takes the place of the other.
    for mine, other in (("fill", "margin"), ("margin", "fill")):
        if mine in variant.params:
            changed.pop(other, None)
    return changed


def _set(text: str) -> Sequence[Variant]:
    name, equals, values = text.partition("=")
    if not equals:
        if name not in SETS:
            raise VariantsInvalid(
                asked=text, fact=f"no set '{name}'{nearest(name, SETS)}",
                fix=f"use {', '.join(SETS)}, or PARAMETER=VALUE,VALUE",
            )  # fmt: skip
        return SETS[name]
    known = [one.name for one in parameters(WhiteParams) if not one.meaning.by_us]
    parameter = name.strip().removeprefix("--").replace("-", "_")
    parameter = f"{parameter}_px" if f"{parameter}_px" in known else parameter
    if parameter not in known:
        raise VariantsInvalid(
            asked=text, fact=f"no option '{name.strip()}'{nearest(parameter, known)}",
            fix="`packshot white --help` lists them",
        )  # fmt: skip
    given = [value.strip() for value in values.split(",") if value.strip()]
    return [
        Variant(
            name=f"{parameter.removesuffix('_px').replace('_', '-')}-{_word(value)}",
            params=coerce_params("white", {parameter: value}),
        )
        for value in given
    ]


def _word(value: str) -> str:
    """A value as a part of a file name.

    >>> _word("4:5"), _word("5% 10%")
    ('4x5', '5-10')
    """
    return "-".join(value.replace(":", "x").replace("%", "").split())


def _refuse_overruled(variant: Variant, rules: pipelines.Preset | None) -> None:
    """Refuse what the channel would overrule: two images of a test would be one and the same."""
    if rules is None:
        return
    params, reason = variant.params, ""
    if rules.exact_size is not None and ({"ratio", "size_px"} & set(params)):
        width, height = rules.exact_size
        across, along = shape_of(str(params.get("ratio", "")))
        if "size_px" in params or across * height != along * width:
            reason = f"takes only {width} x {height} px"
    if not rules.shadow_allowed and params.get("shadow", "none") != "none":
        reason = "forbids shadows"
    if "fill" in params and rules.fill is not None and not rules.fill.holds(params["fill"]):
        reason = f"asks for a fill of {rules.fill.words()}"
    if reason:
        raise VariantsInvalid(
            asked=variant.name, fact=f"{rules.name} {reason}",
            fix="leave it out, or make it without --spec",
        )  # fmt: skip
