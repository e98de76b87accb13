"""The front door: from counts to an analysis with a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from abtest.counts import OVERALL, Counts
from abtest.errors import InvalidOptions
from abtest.findings import Analysis, GroupAnalysis, VariantAnalysis
from abtest.fitting import Model, fitted_groups
from abtest.gate import Evidence, GateOptions, difference_limit, e_limit, foreseen, judge
from abtest.guardrail import Guardrail, guardrail_condition
from abtest.health import Judged, Observed, days_of, reservations, soundness
from abtest.lift import FittedArm, lift_over
from abtest.measures import Measures, measured
from abtest.outlook import outlook, recent_traffic, trials_per_impression
from abtest.posterior import PSEUDO_CLICKS, Beta
from abtest.remaining import Proof, missing_proof
from abtest.spread import Spread
from abtest.srm import Health, sample_ratio_overall, sample_ratios, sample_ratios_by_segment
from abtest.strata import EffectiveArm, successes_of
from abtest.tables import METRICS, Metric
from abtest.verdict import Verdict, VerdictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOptions:
    """How counts are analysed.

    Parameters
    ----------
        control       : variant that lifts are measured against; None takes the first
        metric        : what is compared
        prior         : "auto" for the usual spread between images around the common rate (see
                        `pooled_prior`), in segments tilted by what the others say (see
                        `borrowed_priors`); or a Beta of one's own
        pseudo_clicks : strength of the "auto" prior, see `learned_strength`
        spread        : a mixture of strengths in place of `pseudo_clicks`, see `learned_spread`;
                        segments lend each other priors of its variance
        level         : of credible intervals, range (0, 1)
        gate          : limits of promotion
        guardrails    : metrics that must not suffer
        dropped       : variants taken out of the test; their counts are left out
        foresight     : which verdicts look ahead (see `abtest.outlook`): "overall" that of all
                        shoppers, "all" each segment's too, which takes some milliseconds each
    Raises           InvalidOptions
    """

    control: str | None = None
    metric: Metric = "click_rate"
    prior: Beta | Literal["auto"] = "auto"
    pseudo_clicks: float = PSEUDO_CLICKS
    spread: Spread | None = None
    level: float = 0.95
    gate: GateOptions = field(default_factory=GateOptions)
    guardrails: tuple[Guardrail, ...] = ()
    dropped: frozenset[str] = frozenset()
    foresight: Literal["none", "overall", "all"] = "overall"

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            raise InvalidOptions("level", self.level, "a number between 0 and 1")
        if not 1.0 <= self.pseudo_clicks <= 1e6:
            raise InvalidOptions("pseudo_clicks", self.pseudo_clicks, "1 to 1,000,000")
        if self.metric not in METRICS:
            raise InvalidOptions("metric", self.metric, f"one of {', '.join(METRICS)}")


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
    Raises        InvalidOptions: unknown control, or fewer than two variants left

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
    variants = _compared(counts, options)
    control = _control(variants, options)
    observed = observed or Observed()
    if not observed.days:
        observed = replace(observed, days=days_of(counts))
    success = partial(successes_of, metric=options.metric)
    health = Health(
        days=counts.days,
        sample_ratios=sample_ratios(counts),
        sample_ratio=sample_ratio_overall(counts),
        dropped=tuple(sorted(options.dropped)),
        segment_ratios=sample_ratios_by_segment(counts),
        findings=soundness(observed, variants, success),
    )
    groups = [(OVERALL, counts.segments)]
    if len(counts.segments) > 1:
        groups += [(segment, (segment,)) for segment in counts.segments]
    fit = fitted_groups(
        counts,
        variants,
        groups=[segments for _, segments in groups],
        model=Model(
            metric=options.metric,
            prior=options.prior,
            pseudo_clicks=options.pseudo_clicks,
            spread=options.spread,
        ),
    )
    fitted = fit.arms
    base = variants.index(control)
    measures = measured(fitted, control=base, level=options.level, gate=options.gate)
    analyses = [
        _group(
            name,
            arms,
            _Context(
                counts=counts,
                segments=segments,
                health=health,
                options=options,
                measures=measures,
                row=row,
                base=base,
                unit=fit.unit,
                # Overall stands alone; segments are judged side by side and share alpha.
                side_by_side=1 if row == 0 else len(groups) - 1,
            ),
        )
        for row, ((name, segments), arms) in enumerate(zip(groups, fitted, strict=True))
    ]
    return Analysis(
        control=control,
        metric=options.metric,
        overall=analyses[0],
        segments={group.segment: group for group in analyses[1:]},
        segment_spread=fit.segment_spread,
        order_value=fit.order_value,
        order_spread=fit.order_spread,
        health=replace(
            health,
            findings=(
                *health.findings,
                *reservations(
                    observed, _judged(analyses, [arm.counts for arm in fitted[0]], control), success
                ),
            ),
        ),
    )


def _judged(
    analyses: Sequence[GroupAnalysis], arms: Sequence[EffectiveArm], control: str
) -> Judged:
    overall, *segments = analyses
    prob = overall.prob_best
    others = [name for name in prob if name != overall.leader]
    return Judged(
        leader=overall.leader,
        rival=control if control in others else max(others, key=lambda name: prob[name]),
        arms=arms,
        segments={group.segment: group.prob_best for group in segments},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """What the judgement of a group rests on.

    `row` is its own in the measures of all, `unit` what a rate is a share of: 1, or money.
    """

    counts: Counts
    segments: Sequence[str]
    health: Health
    options: AnalysisOptions
    measures: Measures
    row: int
    base: int
    unit: float
    side_by_side: int


def _compared(counts: Counts, options: AnalysisOptions) -> tuple[str, ...]:
    variants = tuple(name for name in counts.variants if name not in options.dropped)
    if len(variants) < 2:
        raise InvalidOptions("dropped", sorted(options.dropped), "fewer than two variants are left")
    return variants


def _control(variants: tuple[str, ...], options: AnalysisOptions) -> str:
    if options.control is None:
        return variants[0]
    if options.control in options.dropped:
        return variants[0]
    if options.control not in variants:
        raise InvalidOptions("control", options.control, f"not one of {', '.join(variants)}")
    return options.control


def _group(name: str, arms: tuple[FittedArm, ...], context: _Context) -> GroupAnalysis:
    variants = tuple(_variant(arms, i, context) for i in range(len(arms)))
    leader = context.measures.leader[context.row]
    evidence = _evidence(arms, leader, context)
    verdict = judge(evidence, context.health, context.options.gate)
    wanted = context.options.foresight
    if verdict.kind is VerdictKind.KEEP_RUNNING and (
        wanted == "all" or (wanted == "overall" and context.row == 0)
    ):
        verdict = _looking_ahead(verdict, arms, leader, context, evidence=evidence)
    return GroupAnalysis(
        segment=name, variants=variants, leader=variants[leader].variant, verdict=verdict
    )


_PER_IMPRESSION = ("click_rate", "conversion_rate")
"""Metrics whose trials are the impressions, however little those of past strata still say."""


def _looking_ahead(
    verdict: Verdict,
    arms: tuple[FittedArm, ...],
    leader: int,
    context: _Context,
    *,
    evidence: Evidence,
) -> Verdict:
    gate, metric = context.options.gate, context.options.metric
    traffic = recent_traffic(
        context.counts,
        [arm.counts.variant for arm in arms],
        segments=context.segments,
        worth=1.0 if metric in _PER_IMPRESSION else trials_per_impression(arms),
    )
    seen = outlook(
        arms,
        traffic,
        gate,
        control=context.base,
        e_limit=evidence.e_limit,
        difference_limit=evidence.difference_limit,
    )
    noun = "clicks" if context.options.metric == "click_rate" else "conversions"
    proof = Proof(
        arms=arms,
        leader=leader,
        e_limit=evidence.e_limit,
        difference_limit=evidence.difference_limit,
        noun=noun,
    )
    return foreseen(verdict, seen, missing_proof(proof, gate), gate)


def _variant(arms: tuple[FittedArm, ...], i: int, context: _Context) -> VariantAnalysis:
    arm, measures, at, unit = arms[i], context.measures, (context.row, i), context.unit
    low, high = (float(end[at]) for end in measures.interval)
    lift_low, lift_high = (float(end[at]) for end in measures.lift_interval)
    lift = lift_over(arms[context.base], arm, interval=(lift_low, lift_high))
    rate = arm.counts.rate
    return VariantAnalysis(
        variant=arm.counts.variant,
        impressions=arm.counts.impressions,
        successes=arm.counts.successes,
        rate=None if rate is None else rate * unit,
        mean=arm.posterior.mean * unit,
        credible_interval=(low * unit, high * unit),
        prob_best=float(measures.prob_best[at]),
        expected_loss=float(measures.expected_loss[at]) * unit,
        e_value=float(measures.e_value[at]),
        lift=None if i == context.base else lift,
        posterior=arm.posterior,
        unit=unit,
    )


def _evidence(arms: Sequence[FittedArm], lead: int, context: _Context) -> Evidence:
    leader = arms[lead].counts.variant
    guardrails = tuple(
        guardrail_condition(
            guardrail,
            context.counts,
            segments=context.segments,
            leader=leader,
            control=arms[context.base].counts.variant,
        )
        for guardrail in context.options.guardrails
    )
    return Evidence(
        leader=leader,
        relative_loss=float(context.measures.expected_loss[context.row, lead])
        / arms[lead].posterior.mean,
        e_value=float(context.measures.e_value[context.row, lead]),
        e_limit=e_limit(len(arms), context.options.gate, groups=context.side_by_side),
        difference=float(context.measures.difference[context.row]),
        difference_limit=difference_limit(context.options.gate, groups=context.side_by_side),
        rope=float(context.measures.rope[context.row]),
        days=context.counts.days,
        arms=[arm.counts for arm in arms],
        guardrails=guardrails,
    )
