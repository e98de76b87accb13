"""The gate: what must hold before a test promotes by itself.

Stopping as soon as P(best) exceeds 95% names a winner in 38% of tests of two equal images looked at
60 times. So the gate asks for all of: an expected loss under the merchant's threshold (bounds
what a mistake costs), an epsilon-best e-value (bounds how often a real mistake is made, however
often one looks), a sample ratio that holds in every period, full days, enough clicks, and every
guardrail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from abtest.limits import GateOptions, e_limit
from abtest.srm import Health, worst_ratio
from abtest.strata import EffectiveArm
from abtest.verdict import Condition, Verdict, VerdictKind

__all__ = ["Evidence", "GateOptions", "e_limit", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the gate looks at, of one segment or of everyone.

    Parameters
    ----------
        leader        : arm with the least expected loss
        relative_loss : its expected loss over its rate
        e_value       : the smallest of its e-values against the others
        e_limit       : what it must reach, see `e_limit`
        rope          : smallest probability that the leader beats an arm by less than epsilon
        days          : full length of the test so far
        arms          : counts of all arms
        guardrails    : further conditions
    """

    leader: str
    relative_loss: float
    e_value: float
    e_limit: float
    rope: float
    days: float
    arms: Sequence[EffectiveArm]
    guardrails: Sequence[Condition] = ()


def judge(evidence: Evidence, health: Health, options: GateOptions) -> Verdict:
    """The verdict on one group: invalid, too early, no difference, promote, or keep running."""
    ratio = _sample_ratio_condition(health, options)
    enough = _enough_conditions(evidence, options)
    proof = (_loss_condition(evidence, options), _evidence_condition(evidence, options))
    conditions = (ratio, *enough, *proof, *evidence.guardrails)
    missing = tuple(condition.text for condition in conditions if not condition.passed)
    if not ratio.passed:
        return _verdict(VerdictKind.INVALID, (ratio.text,), conditions)
    if not all(condition.passed for condition in enough):
        return _verdict(VerdictKind.KEEP_RUNNING, missing, conditions)
    if evidence.rope >= options.rope_confidence:
        return _verdict(VerdictKind.NO_DIFFERENCE, (_rope_text(evidence, options),), conditions)
    if missing:
        return _verdict(VerdictKind.KEEP_RUNNING, missing, conditions)
    return Verdict(
        kind=VerdictKind.PROMOTE,
        variant=evidence.leader,
        reasons=tuple(condition.text for condition in (*proof, *enough, ratio)),
        conditions=conditions,
    )


def _verdict(
    kind: VerdictKind, reasons: tuple[str, ...], conditions: tuple[Condition, ...]
) -> Verdict:
    return Verdict(kind=kind, variant=None, reasons=reasons, conditions=conditions)


def _sample_ratio_condition(health: Health, options: GateOptions) -> Condition:
    worst, p_value = worst_ratio(health.sample_ratios, health.sample_ratio)
    passed = p_value > options.min_ratio_p
    text = f"Traffic split as planned in every period (smallest p {p_value:.2g})."
    if not passed:
        where = worst.period if worst is health.sample_ratio else f"period {worst.period}"
        text = (
            f"Traffic of {where} did not split as planned "
            f"(p {p_value:.1e}, limit {options.min_ratio_p:g}): "
            "look for a cache, a bot or lost events before trusting any number."
        )
    return Condition(
        name="sample_ratio", value=p_value, limit=options.min_ratio_p, passed=passed, text=text
    )


def _enough_conditions(evidence: Evidence, options: GateOptions) -> tuple[Condition, ...]:
    days = math.floor(evidence.days + 1e-9)
    impressions = min(arm.impressions for arm in evidence.arms)
    fewest = min(evidence.arms, key=lambda arm: arm.successes)
    return (
        Condition(
            name="min_days",
            value=float(days),
            limit=options.min_days,
            passed=days >= options.min_days,
            text=f"{days} full days run, {options.min_days:g} needed.",
        ),
        Condition(
            name="min_impressions",
            value=float(impressions),
            limit=float(options.min_impressions),
            passed=impressions >= options.min_impressions,
            text=f"{impressions} impressions of the least shown image, "
            f"{options.min_impressions} needed.",
        ),
        Condition(
            name="min_clicks",
            value=float(fewest.successes),
            limit=float(options.min_clicks),
            passed=fewest.successes >= options.min_clicks,
            text=f"{fewest.successes} clicks on {fewest.variant}, the least clicked image, "
            f"{options.min_clicks} needed.",
        ),
    )


def _loss_condition(evidence: Evidence, options: GateOptions) -> Condition:
    loss, limit = evidence.relative_loss, options.max_relative_loss
    return Condition(
        name="expected_loss",
        value=loss,
        limit=limit,
        passed=loss <= limit,
        text=f"Choosing {evidence.leader} now would cost {loss:.2%} of its rate on average, "
        f"limit {limit:.2%}.",
    )


def _evidence_condition(evidence: Evidence, options: GateOptions) -> Condition:
    return Condition(
        name="evidence",
        value=evidence.e_value,
        limit=evidence.e_limit,
        passed=evidence.e_value >= evidence.e_limit,
        text=f"Evidence that no image beats {evidence.leader} by more than "
        f"{options.epsilon:.0%} is {evidence.e_value:.3g}, {evidence.e_limit:g} needed.",
    )


def _rope_text(evidence: Evidence, options: GateOptions) -> str:
    return (
        f"With probability {evidence.rope:.1%} or more, {evidence.leader} beats no other image "
        f"by more than {options.epsilon:.0%}: the difference is not worth having."
    )
