"""A product's test as a page shows it: charts, table, verdict and truth, as text and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

from abtest import EVERYONE, OVERALL, GroupAnalysis, HealthFinding
from studio.services.demo.story import DayStory, ProductStory
from studio.web.distributions import Row, common_span, ridges
from studio.web.group_words import group_title
from studio.web.palette import variant_colours
from studio.web.svg import Chart
from studio.web.timelines import lines_by_day, stacked_shares
from studio.web.truth import truths, visited_segments
from studio.web.truth_view import Judgement, TruthTable, judgements, truth_charts, truth_table
from studio.web.variant_tables import GroupTable, group_table
from studio.web.verdicts import Gate, Statement, gate, notes, statements, variant_title
from studio.web.wording import count, percent, probability


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
    notes: tuple[HealthFinding, ...]
    tables: tuple[GroupTable, ...]
    truth_charts: tuple[Chart, ...]
    judged: tuple[Judgement, ...]
    truths: tuple[TruthTable, ...]


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
        day_groups=tuple(_weighed_title(product, name, weighing) for name in weighing),
        day_rows=tuple(_day_row(product, day, weighing) for day in product.days),
        statements=tuple(statements(product)),
        gate=gate(product),
        notes=tuple(notes(product)),
        tables=tuple(group_table(product, name, group, colours) for name, group in groups.items()),
        truth_charts=truth_charts(product, told, colours),
        judged=judgements(product, told),
        truths=tuple(truth_table(product, truth) for truth in told),
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


def _weighed_title(product: ProductStory, group: str, groups: list[str]) -> str:
    return group_title(group, list(product.segments) if len(groups) > 1 else ())


def _shares(day: DayStory, group: str) -> Mapping[str, float]:
    # Before the first allocation by segment, all share the one of everyone.
    return day.weights.get(group) or day.weights.get(EVERYONE, {})


def _traffic_charts(
    product: ProductStory, groups: list[str], colours: Mapping[str, str]
) -> tuple[Chart, ...]:
    numbers = [day.day for day in product.days]
    charts = [
        Chart(
            title=_weighed_title(product, group, groups),
            note="share of traffic, by day",
            svg=stacked_shares(
                numbers, [_shares(day, group) for day in product.days], colours,
                label=f"Simulated traffic by day, {_weighed_title(product, group, groups).lower()}",
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
