"""The analysis of one group of shoppers: its variants as values, and the verdict on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abtest.findings import GroupAnalysis, VariantAnalysis
from abtest.gate import Evidence, difference_limit, e_limit, foreseen, judge
from abtest.lift import FittedArm, lift_over
from abtest.measures import Measures
from abtest.options import AnalysisOptions
from abtest.outlook import outlook
from abtest.remaining import Proof, missing_proof
from abtest.srm import Health
from abtest.strata import noun_of
from abtest.tables import CountTable
from abtest.traffic import recent_traffic, trials_per_impression
from abtest.verdict import Condition, Verdict, VerdictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What the judgement of a group rests on.

    `row` is its own in the measures of all, `unit` what a rate is a share of: 1, or money;
    `guardrails` say whether its leader harms what is guarded.
    """

    table: CountTable
    segments: Sequence[str]
    health: Health
    options: AnalysisOptions
    measures: Measures
    row: int
    base: int
    unit: float
    side_by_side: int
    guardrails: tuple[Condition, ...] = ()


def analysed(name: str, arms: tuple[FittedArm, ...], context: Group) -> GroupAnalysis:
    """A group's variants, leader and verdict; `name` is its segment's."""
    variants = _variants(arms, context)
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
    context: Group,
    *,
    evidence: Evidence,
) -> Verdict:
    gate, metric = context.options.gate, context.options.metric
    traffic = recent_traffic(
        context.table,
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
        direction=context.options.direction,
    )
    proof = Proof(
        arms=arms,
        leader=leader,
        e_limit=evidence.e_limit,
        difference_limit=evidence.difference_limit,
        noun=noun_of(metric),
        direction=context.options.direction,
    )
    return foreseen(verdict, seen, missing_proof(proof, gate), gate)


def _variants(arms: tuple[FittedArm, ...], context: Group) -> tuple[VariantAnalysis, ...]:
    """The analyses of a group's arms, in order; the numbers of a row are read at once."""
    measures, row, unit, base = context.measures, context.row, context.unit, context.base
    columns = zip(
        arms,
        *(end[row].tolist() for end in (*measures.interval, *measures.lift_interval)),
        measures.prob_best[row].tolist(),
        measures.expected_loss[row].tolist(),
        measures.e_value[row].tolist(),
        strict=True,
    )
    starts = {arm.counts.variant: context.options.head_start(arm.counts.variant) for arm in arms}
    found = []
    for i, (arm, low, high, lift_low, lift_high, prob_best, loss, e_value) in enumerate(columns):
        counts, posterior = arm.counts, arm.posterior
        rate = counts.rate
        lift = None if i == base else lift_over(arms[base], arm, interval=(lift_low, lift_high))
        found.append(
            VariantAnalysis(
                variant=counts.variant,
                impressions=counts.impressions,
                successes=counts.successes,
                rate=None if rate is None else rate * unit,
                mean=posterior.mean * unit,
                credible_interval=(low * unit, high * unit),
                prob_best=prob_best,
                expected_loss=loss * unit,
                e_value=e_value,
                lift=lift,
                posterior=posterior,
                unit=unit,
                head_start=starts[counts.variant],
            )
        )
    return tuple(found)


def _evidence(arms: Sequence[FittedArm], lead: int, context: Group) -> Evidence:
    leader = arms[lead].counts.variant
    return Evidence(
        leader=leader,
        relative_loss=float(context.measures.expected_loss[context.row, lead])
        / arms[lead].posterior.mean,
        e_value=float(context.measures.e_value[context.row, lead]),
        e_limit=e_limit(len(arms), context.options.gate, groups=context.side_by_side),
        difference=float(context.measures.difference[context.row]),
        difference_limit=difference_limit(context.options.gate, groups=context.side_by_side),
        rope=float(context.measures.rope[context.row]),
        days=context.table.counts.days,
        arms=[arm.counts for arm in arms],
        noun=noun_of(context.options.metric),
        direction=context.options.direction,
        guardrails=context.guardrails,
    )
