"""Tables of variants: what was counted, what is believed, and who was promoted."""

from collections.abc import Mapping
from dataclasses import dataclass

from abtest import OVERALL, GroupAnalysis, VariantAnalysis
from studio.services.demo.story import ProductStory
from studio.web.group_words import group_title
from studio.web.truth import standing_promotions
from studio.web.verdicts import variant_title
from studio.web.wording import (
    count,
    interval,
    listed,
    per_thousand,
    percent,
    probability,
    signed_percent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A variant's numbers in a group, ready to read; `promoted` says for whom, or is empty."""

    name: str
    title: str
    colour: str
    is_default: bool
    promoted: str
    impressions: str
    clicks: str
    rate: str
    estimate: str
    prob_best: str
    expected_loss: str
    raw_lift: str
    shrunken_lift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """The variants of one group of shoppers."""

    title: str
    rows: tuple[TableRow, ...]


def group_table(
    product: ProductStory, name: str, group: GroupAnalysis, colours: Mapping[str, str]
) -> GroupTable:
    """The table of a segment, or of all shoppers."""
    promoted = _promoted_for(product, name)
    return GroupTable(
        title=group_title(name, list(product.segments)),
        rows=tuple(
            _table_row(product, v, colours[v.variant], promoted=promoted.get(v.variant, ""))
            for v in group.variants
        ),
    )


def _promoted_for(product: ProductStory, group: str) -> dict[str, str]:
    """Variant to what a table of `group` says of its promotion."""
    standing = standing_promotions(product)
    if group != OVERALL:
        return {p.variant: "promoted" for name, p in standing.items() if name in (None, group)}
    if None in standing:
        return {standing[None].variant: "promoted"}
    names: dict[str, list[str]] = {}
    for name, promotion in standing.items():
        names.setdefault(promotion.variant, []).append(group_title(name).lower())
    return {variant: f"promoted for {listed(who)}" for variant, who in names.items()}


def _table_row(
    product: ProductStory, found: VariantAnalysis, colour: str, *, promoted: str
) -> TableRow:
    lift = found.lift
    return TableRow(
        name=found.variant,
        title=variant_title(product, found.variant),
        colour=colour,
        is_default=found.variant == product.analysis.control,
        promoted=promoted,
        impressions=count(found.impressions),
        clicks=count(found.successes),
        rate="not known" if found.rate is None else percent(found.rate),
        estimate=f"{percent(found.mean)} ({interval(found.credible_interval)})",
        prob_best=probability(found.prob_best),
        expected_loss=per_thousand(found.expected_loss),
        raw_lift="" if lift is None or lift.raw is None else signed_percent(lift.raw),
        shrunken_lift="" if lift is None else signed_percent(lift.shrunken),
    )
