"""The front door: from counts to an analysis with a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from abtest.cells import Cell
from abtest.counts import OVERALL, Counts
from abtest.errors import InvalidOptions
from abtest.findings import Analysis, GroupAnalysis
from abtest.fitting import Fit, Model, fitted_groups
from abtest.grouping import Group, analysed
from abtest.guardrail import guardrail_conditions
from abtest.health import HealthFinding, Judged, Observed, days_of, reservations, soundness
from abtest.lessons import LARGEST_HEAD_START
from abtest.measures import measured
from abtest.options import AnalysisOptions
from abtest.srm import Health, sample_ratio_overall, sample_ratios, sample_ratios_by_segment
from abtest.strata import EffectiveArm, noun_of, successes_of
from abtest.tables import CountTable

__all__ = ["AnalysisOptions", "analyse"]


def analyse(
    counts: Counts, *, options: AnalysisOptions | None = None, observed: Observed | None = None
) -> Analysis:
    """Analyse a test.

    Parameters
    ----------
        counts   : of all segments, variants and periods
        options  : see `AnalysisOptions`
        observed : what is known of units, events and days, for the checks of `abtest.health`;
                   without days, periods of a day's length serve
    Raises        InvalidOptions: unknown or dropped control, or fewer than two variants left

    Examples
    --------
    >>> from abtest.counts import Row, counts_from_rows
    >>> rows = [
    ...     Row(segment="everyone", variant=name, period=str(day), impressions=2000, clicks=clicks)
    ...     for day in range(8) for name, clicks in (("white", 40), ("marble", 70))
    ... ]
    >>> analysis = analyse(counts_from_rows(rows))
    >>> str(analysis.verdict.kind), analysis.verdict.variant
    ('promote', 'marble')
    """
    options = options or AnalysisOptions()
    observed = observed or Observed()
    if not observed.days:
        observed = replace(observed, days=days_of(counts))
    compared = _Compared.of(counts, options)
    health = _health(counts, compared, observed)
    fit = fitted_groups(
        compared.table,
        groups=[segments for _, segments in compared.groups],
        model=Model(
            metric=options.metric,
            prior=options.prior,
            pseudo_clicks=options.pseudo_clicks,
            spread=options.spread,
            head_starts=options.head_starts,
        ),
    )
    analyses = _analysed(compared, fit, health)
    judged = _judged(analyses, [arm.counts for arm in fit.arms[0]], compared.control, options)
    findings = (
        *health.findings,
        *_head_start_finding(compared.variants, options),
        *reservations(observed, judged, compared.success),
    )
    return Analysis(
        control=compared.control,
        metric=options.metric,
        direction=options.direction,
        overall=analyses[0],
        segments={group.segment: group for group in analyses[1:]},
        segment_spread=fit.segment_spread,
        order_value=fit.order_value,
        order_spread=fit.order_spread,
        health=replace(health, findings=findings),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Compared:
    """What is compared, and in which groups of shoppers.

    Parameters
    ----------
        variants : without those that were dropped
        control  : one of them
        whole    : counts of all variants that there were
        table    : of those compared
        groups   : names and their segments; overall first, then each segment where there are
                   several
    """

    variants: tuple[str, ...]
    control: str
    whole: CountTable
    table: CountTable
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    options: AnalysisOptions

    @classmethod
    def of(cls, counts: Counts, options: AnalysisOptions) -> _Compared:
        variants = _left(counts, options)
        whole = CountTable.of(counts, counts.variants)
        alone = [(segment, (segment,)) for segment in counts.segments]
        return cls(
            variants=variants,
            control=_control(variants, options),
            whole=whole,
            table=whole.only(variants),
            groups=((OVERALL, counts.segments), *(alone if len(alone) > 1 else ())),
            options=options,
        )

    @property
    def success(self) -> Callable[[Cell], int]:
        """What the metric counts of a cell."""
        return partial(successes_of, metric=self.options.metric)


def _health(counts: Counts, compared: _Compared, observed: Observed) -> Health:
    """What speaks against the numbers, whatever they say."""
    shown = compared.whole.impressions
    noun = noun_of(compared.options.metric)
    return Health(
        days=counts.days,
        sample_ratios=sample_ratios(counts, shown),
        sample_ratio=sample_ratio_overall(counts, shown),
        dropped=tuple(sorted(compared.options.dropped)),
        segment_ratios=sample_ratios_by_segment(counts, shown),
        findings=soundness(observed, compared.variants, compared.success, noun=noun),
    )


def _analysed(compared: _Compared, fit: Fit, health: Health) -> list[GroupAnalysis]:
    """Each group's analysis, in the groups' order."""
    options, groups = compared.options, compared.groups
    base = compared.variants.index(compared.control)
    measures = measured(
        fit.arms,
        control=base,
        level=options.level,
        gate=options.gate,
        direction=options.direction,
    )
    guarded = [
        guardrail_conditions(
            guardrail,
            compared.table,
            groups=[segments for _, segments in groups],
            leaders=[compared.variants[leader] for leader in measures.leader],
            control=compared.control,
        )
        for guardrail in options.guardrails
    ]
    return [
        analysed(
            name,
            arms,
            Group(
                table=compared.table,
                segments=segments,
                health=health,
                options=options,
                measures=measures,
                row=row,
                base=base,
                unit=fit.unit,
                # Overall stands alone; segments are judged side by side and share alpha.
                side_by_side=1 if row == 0 else len(groups) - 1,
                guardrails=tuple(conditions[row] for conditions in guarded),
            ),
        )
        for row, ((name, segments), arms) in enumerate(zip(groups, fit.arms, strict=True))
    ]


def _head_start_finding(
    variants: Sequence[str], options: AnalysisOptions
) -> tuple[HealthFinding, ...]:
    """What was believed of the images before their first click, said where results are read."""
    given = {name: options.head_start(name) for name in variants}
    named = [f"{name} {start:+.0%}" for name, start in given.items() if abs(start) >= 0.005]
    if not named:
        return ()
    return (
        HealthFinding(
            name="head_start",
            severity="info",
            value=max(abs(start) for start in given.values()),
            limit=LARGEST_HEAD_START,
            text=f"By the record of how their images were made, {', '.join(named)} were expected "
            "before the first click. A promotion asks for evidence from this test's own clicks.",
        ),
    )


def _judged(
    analyses: Sequence[GroupAnalysis],
    arms: Sequence[EffectiveArm],
    control: str,
    options: AnalysisOptions,
) -> Judged:
    overall, *segments = analyses
    prob = overall.prob_best
    others = [name for name in prob if name != overall.leader]
    return Judged(
        leader=overall.leader,
        rival=control if control in others else max(others, key=lambda name: prob[name]),
        arms=arms,
        segments={group.segment: group.prob_best for group in segments},
        direction=options.direction,
    )


def _left(counts: Counts, options: AnalysisOptions) -> tuple[str, ...]:
    variants = tuple(name for name in counts.variants if name not in options.dropped)
    if len(variants) < 2:
        raise InvalidOptions("dropped", sorted(options.dropped), "fewer than two variants are left")
    return variants


def _control(variants: tuple[str, ...], options: AnalysisOptions) -> str:
    if options.control is None:
        return variants[0]
    if options.control in options.dropped:
        why = f"it was dropped; name one of {', '.join(variants)}"
        raise InvalidOptions("control", options.control, why)
    if options.control not in variants:
        raise InvalidOptions("control", options.control, f"not one of {', '.join(variants)}")
    return options.control
