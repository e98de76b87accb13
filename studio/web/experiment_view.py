"""A product's test as a page shows it: charts, table, verdict and truth, as text and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from abtest import EVERYONE, OVERALL, GroupAnalysis, VariantAnalysis
from studio.services.story import DayStory, ProductStory
from studio.web.distributions import Row, beliefs_and_truth, common_span, ridges
from studio.web.palette import variant_colours
from studio.web.timelines import lines_by_day, stacked_shares
from studio.web.truth import Truth, standing_promotions, truths, visited_segments
from studio.web.verdicts import Gate, Statement, gate, statements, variant_title
from studio.web.wording import (
    count,
    group_phrase,
    group_title,
    interval,
    per_thousand,
    percent,
    probability,
    signed_percent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with its heading and what it is drawn from."""

    title: str
    note: str
    svg: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A variant's numbers in a group, ready to read."""

    name: str
    title: str
    colour: str
    is_default: bool
    is_promoted: bool
    impressions: str
    clicks: str
    rate: str
    interval: str
    prob_best: str
    expected_loss: str
    raw_lift: str
    shrunken_lift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTable:
    """The variants of one group of shoppers."""

    title: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthView:
    """Hidden rates of a group beside the found ones: title, hidden, believed, interval."""

    title: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether what shoppers get now is truly best; None where nothing was promoted."""

    right: bool | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One day in numbers, a column a variant."""

    day: int
    shares: tuple[tuple[str, ...], ...]
    impressions: tuple[str, ...]
    clicks: tuple[str, ...]
    prob_best: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentView:
    """All of a test."""

    test_id: str
    success: str
    days: int
    impressions: str
    clicks: str
    segments: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, str, str, bool], ...]
    posteriors: tuple[Chart, ...]
    traffic: tuple[Chart, ...]
    day_groups: tuple[str, ...]
    day_rows: tuple[DayRow, ...]
    statements: tuple[Statement, ...]
    gate: Gate
    tables: tuple[GroupTable, ...]
    truth_charts: tuple[Chart, ...]
    judged: tuple[Judgement, ...]
    truths: tuple[TruthView, ...]


def experiment_view(product: ProductStory) -> ExperimentView:
    """Everything that a page tells of a product's test."""
    colours = variant_colours([one.name for one in product.variants])
    groups = shown_groups(product)
    overall = product.analysis.overall.variants
    told = truths(product)
    weighing = _weighed_groups(product)
    return ExperimentView(
        test_id=product.test_id,
        success="Clicks" if product.analysis.metric == "click_rate" else "Conversions",
        days=len(product.days),
        impressions=count(sum(variant.impressions for variant in overall)),
        clicks=count(sum(variant.successes for variant in overall)),
        segments=tuple((group_title(name), rule) for name, rule in product.segments.items()),
        legend=tuple(
            (one.name, one.title, colours[one.name], one.name == product.analysis.control)
            for one in product.variants
        ),
        posteriors=_posterior_charts(product, groups, colours),
        traffic=_traffic_charts(product, weighing, colours),
        day_groups=tuple(group_title(name, list(product.segments)) for name in weighing),
        day_rows=tuple(_day_row(product, day, weighing) for day in product.days),
        statements=tuple(statements(product)),
        gate=gate(product),
        tables=tuple(_table(product, name, group, colours) for name, group in groups.items()),
        truth_charts=_truth_charts(product, told, colours),
        judged=_judgements(product, told),
        truths=tuple(_truth_view(product, truth) for truth in told),
    )


def shown_groups(product: ProductStory) -> dict[str, GroupAnalysis]:
    """All shoppers together, then each segment that had traffic, if there is more than one."""
    segments = visited_segments(product)
    return {OVERALL: product.analysis.overall} | (segments if len(segments) > 1 else {})


def _posterior_charts(
    product: ProductStory, groups: Mapping[str, GroupAnalysis], colours: Mapping[str, str]
) -> tuple[Chart, ...]:
    span = common_span([v.posterior for group in groups.values() for v in group.variants])
    charts = []
    for name, group in groups.items():
        title = group_title(name, list(product.segments))
        rows = [
            Row(title=variant_title(product, v.variant), colour=colours[v.variant],
                posterior=v.posterior, note=f"{probability(v.prob_best)} best",
                strong=v.variant == group.leader)
            for v in group.variants
        ]  # fmt: skip
        spoken = ", ".join(f"{row.title} {percent(row.posterior.mean)}, {row.note}" for row in rows)
        label = f"Likely click rates, {title.lower()}, simulated: {spoken}"
        shown = count(sum(variant.impressions for variant in group.variants))
        charts.append(
            Chart(
                title=title, note=f"{shown} impressions", svg=ridges(rows, span=span, label=label)
            )
        )
    return tuple(charts)


def _weighed_groups(product: ProductStory) -> list[str]:
    """The groups with shares of their own; "everyone" alone where all share one allocation."""
    own = {name for day in product.days for name in day.weights} - {EVERYONE}
    visited = visited_segments(product)
    return [name for name in visited if name in own or name == EVERYONE] if own else [EVERYONE]


def _shares(day: DayStory, group: str) -> Mapping[str, float]:
    # Before the first allocation by segment, all share the one of everyone.
    return day.weights.get(group) or day.weights.get(EVERYONE, {})


def _traffic_charts(
    product: ProductStory, groups: list[str], colours: Mapping[str, str]
) -> tuple[Chart, ...]:
    numbers = [day.day for day in product.days]
    charts = [
        Chart(
            title=group_title(group, list(product.segments) if len(groups) > 1 else ()),
            note="share of traffic, by day",
            svg=stacked_shares(
                numbers, [_shares(day, group) for day in product.days], colours,
                label=f"Simulated traffic by day, {group_title(group).lower()}",
            ),
        )
        for group in groups
    ]  # fmt: skip
    sure = lines_by_day(
        numbers,
        [day.prob_best for day in product.days],
        colours,
        label="Probability of being the best image by day, all shoppers, simulated",
    )
    return (*charts, Chart(title="How sure the test was", note="P(best), all shoppers", svg=sure))


def _day_row(product: ProductStory, day: DayStory, groups: list[str]) -> DayRow:
    names = [one.name for one in product.variants]
    return DayRow(
        day=day.day,
        shares=tuple(
            tuple(f"{_shares(day, group).get(name, 0.0):.1%}" for name in names) for group in groups
        ),
        impressions=tuple(count(day.impressions.get(name, 0)) for name in names),
        clicks=tuple(count(day.clicks.get(name, 0)) for name in names),
        prob_best=tuple(
            probability(day.prob_best[name]) if name in day.prob_best else "" for name in names
        ),
    )


def _table(
    product: ProductStory, name: str, group: GroupAnalysis, colours: Mapping[str, str]
) -> GroupTable:
    standing = standing_promotions(product)
    promoted = {p.variant for segment, p in standing.items() if segment is None or segment == name}
    if name == OVERALL:
        promoted = {promotion.variant for promotion in standing.values()}
    return GroupTable(
        title=group_title(name, list(product.segments)),
        rows=tuple(
            _table_row(product, v, colours[v.variant], promoted=v.variant in promoted)
            for v in group.variants
        ),
    )


def _table_row(
    product: ProductStory, found: VariantAnalysis, colour: str, *, promoted: bool
) -> TableRow:
    lift = found.lift
    return TableRow(
        name=found.variant,
        title=variant_title(product, found.variant),
        colour=colour,
        is_default=found.variant == product.analysis.control,
        is_promoted=promoted,
        impressions=count(found.impressions),
        clicks=count(found.successes),
        rate="not known" if found.rate is None else percent(found.rate),
        interval=interval(found.credible_interval),
        prob_best=probability(found.prob_best),
        expected_loss=per_thousand(found.expected_loss),
        raw_lift="" if lift is None or lift.raw is None else signed_percent(lift.raw),
        shrunken_lift="" if lift is None else signed_percent(lift.shrunken),
    )


def _truth_charts(
    product: ProductStory, told: list[Truth], colours: Mapping[str, str]
) -> tuple[Chart, ...]:
    if not told:
        return ()
    bounds = [bound for t in told for v in t.found.variants for bound in v.credible_interval]
    span = common_span([], [*bounds, *(rate for t in told for rate in t.rates.values())])
    charts = []
    for truth in told:
        rows = [
            Row(title=variant_title(product, v.variant), colour=colours[v.variant],
                posterior=v.posterior, interval=v.credible_interval,
                truth=truth.rates.get(v.variant), strong=v.variant == truth.best,
                note=f"truly {percent(truth.rates[v.variant])}" if v.variant in truth.rates else "")
            for v in truth.found.variants
        ]  # fmt: skip
        title = group_title(truth.segment, list(product.segments))
        spoken = ", ".join(f"{row.title} {row.note}" for row in rows)
        label = f"Simulated hidden click rates beside the found ones, {title.lower()}: {spoken}"
        charts.append(
            Chart(title=title, note="", svg=beliefs_and_truth(rows, span=span, label=label))
        )
    return tuple(charts)


def _truth_view(product: ProductStory, truth: Truth) -> TruthView:
    return TruthView(
        title=group_title(truth.segment, list(product.segments)),
        rows=tuple(
            (
                variant_title(product, v.variant),
                percent(truth.rates[v.variant]) if v.variant in truth.rates else "",
                percent(v.mean),
                interval(v.credible_interval),
            )
            for v in truth.found.variants
        ),
    )


def _judgements(product: ProductStory, told: list[Truth]) -> tuple[Judgement, ...]:
    """A sentence for each group, or one where the same image is right for all of them."""
    promoted = {truth.promoted for truth in told}
    right = all(truth.promoted is not None and truth.is_best(truth.promoted) for truth in told)
    if len(told) > 1 and len(promoted) == 1 and right and not told[0].all_alike:
        title = variant_title(product, told[0].shown)
        sentence = f"Yes. The promoted “{title}” is truly the best, overall and in each segment."
        return (Judgement(right=True, sentence=sentence),)
    return tuple(_judgement(product, truth) for truth in told)


def _judgement(product: ProductStory, truth: Truth) -> Judgement:
    best = f"“{variant_title(product, truth.best)}”"
    shown = f"“{variant_title(product, truth.shown)}”"
    who = group_phrase(truth.segment, list(product.segments))
    if truth.all_alike:
        return Judgement(
            right=None,
            sentence=f"To {who} all images are truly alike, so there was nothing to find.",
        )
    gap = (
        f"{percent(truth.rates[truth.best])} against {percent(truth.rates[truth.shown])}, "
        f"so they see an image that draws {truth.loss(truth.shown):.1%} fewer clicks than the best"
    )
    if truth.promoted is None:
        if truth.is_best(truth.shown):
            return Judgement(
                right=None,
                sentence=f"Nothing was promoted for {who}, and the default {shown} is truly best.",
            )
        return Judgement(
            right=None, sentence=f"Nothing was promoted for {who}. Truly best is {best}: {gap}."
        )
    if truth.is_best(truth.promoted):
        return Judgement(right=True, sentence=f"For {who}, the promoted {shown} is truly the best.")
    return Judgement(
        right=False, sentence=f"For {who}, the promoted {shown} is not the best. {best} is: {gap}."
    )
