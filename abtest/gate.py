"""The gate: what must hold before a test promotes by itself.

Stopping as soon as P(best) exceeds 95% names a winner in 38% of tests of two equal images looked at
60 times. So the gate asks for all of: an expected loss under the merchant's threshold (bounds
what a mistake costs), an epsilon-best e-value (bounds how often a real mistake is made, however
often one looks), evidence of any difference (bounds how often one of equal images is named), a
sample ratio that holds in every period, full days, enough clicks, and every guardrail.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from abtest.direction import Direction
from abtest.limits import GateOptions, difference_limit, e_limit
from abtest.outlook import Outlook
from abtest.srm import Health, worst_ratio
from abtest.strata import EffectiveArm
from abtest.told_numbers import (
    chance_words,
    evidence_words,
    percent_words,
    share_words,
    sure_words,
)
from abtest.verdict import GUARDRAIL, Condition, Verdict, VerdictKind

__all__ = ["Evidence", "GateOptions", "difference_limit", "e_limit", "foreseen", "judge"]

_LIKELY = 0.5
_ENOUGH = {"min_days", "min_impressions", "min_clicks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the gate looks at, of one segment or of everyone.

    Parameters
    ----------
        leader        : arm with the least expected loss
        relative_loss : its expected loss over its rate
        e_value       : the smallest of its e-values against the others
        e_limit       : what it must reach, see `e_limit`
        difference    : evidence that the arms are not all alike
        difference_limit : what it must reach, see `difference_limit`
        rope          : smallest probability that the leader beats an arm by less than epsilon
        days          : full length of the test so far
        arms          : counts of all arms
        noun          : what their successes are called
        direction     : which way their rate is better
        guardrails    : further conditions
    """

    leader: str
    relative_loss: float
    e_value: float
    e_limit: float
    difference: float
    difference_limit: float
    rope: float
    days: float
    arms: Sequence[EffectiveArm]
    noun: str = "clicks"
    direction: Direction = "higher"
    guardrails: Sequence[Condition] = ()


def judge(evidence: Evidence, health: Health, options: GateOptions) -> Verdict:
    """The verdict on one group: invalid, too early, no difference, promote, or keep running."""
    ratio = _sample_ratio_condition(health, options)
    sound = _soundness_condition(health)
    enough = _enough_conditions(evidence, options)
    proof = (
        _loss_condition(evidence, options),
        _evidence_condition(evidence, options),
        _difference_condition(evidence),
    )
    conditions = (ratio, sound, *enough, *proof, *evidence.guardrails)
    missing = tuple(condition.text for condition in conditions if not condition.passed)
    if not (ratio.passed and sound.passed):
        why = tuple(each.text for each in (ratio, sound) if not each.passed)
        return _verdict(VerdictKind.INVALID, why, conditions)
    if not all(condition.passed for condition in enough):
        return _verdict(VerdictKind.KEEP_RUNNING, missing, conditions)
    if evidence.rope >= options.rope_confidence:
        return _verdict(VerdictKind.NO_DIFFERENCE, (_rope_text(evidence, options),), conditions)
    if missing:
        return _verdict(VerdictKind.KEEP_RUNNING, missing, conditions)
    return Verdict(
        kind=VerdictKind.PROMOTE,
        variant=evidence.leader,
        reasons=tuple(condition.text for condition in (*proof, *enough, ratio, sound)),
        conditions=conditions,
    )


def foreseen(
    verdict: Verdict, outlook: Outlook | None, missing: Mapping[str, str], options: GateOptions
) -> Verdict:
    """A verdict that says to go on, in the light of what going on would bring.

    `missing` says of conditions by name what it takes to meet them. Once everything is counted
    that a judgement needs, a test that will hardly name a winner worth having is futile, and says
    so: no difference worth having.
    """
    conditions = tuple(
        replace(each, missing=missing.get(each.name, each.missing)) if not each.passed else each
        for each in verdict.conditions
    )
    if outlook is None:
        return replace(verdict, conditions=conditions)
    guarding = [each.name.startswith(GUARDRAIL) for each in verdict.missing]
    outlook = replace(outlook, guarded=any(guarding), settled=all(guarding))
    verdict = replace(verdict, conditions=conditions, outlook=outlook)
    waiting = {condition.name for condition in verdict.missing} & _ENOUGH
    # A leader that is probably worth having, only too slow to prove, is no case of no difference.
    likely = outlook.prob_worth >= _LIKELY or outlook.chance_winner >= options.min_chance
    if waiting or likely:
        return verdict
    reason = (
        f"Going on for {outlook.horizon_days:g} days more would name a winner worth having with a "
        f"chance of {outlook.chance_winner:.1%}, limit {options.min_chance:.0%}: it is not worth "
        "waiting for."
    )
    return replace(verdict, kind=VerdictKind.NO_DIFFERENCE, reasons=(reason,))


def _verdict(
    kind: VerdictKind, reasons: tuple[str, ...], conditions: tuple[Condition, ...]
) -> Verdict:
    return Verdict(kind=kind, variant=None, reasons=reasons, conditions=conditions)


def _sample_ratio_condition(health: Health, options: GateOptions) -> Condition:
    checks = (*health.sample_ratios, *health.segment_ratios)
    worst, p_value = worst_ratio(checks, health.sample_ratio)
    passed = p_value > options.min_ratio_p
    where = "period and segment" if health.segment_ratios else "period"
    text = f"Traffic split as planned in every {where} (smallest p {chance_words(p_value)})."
    if not passed:
        text = (
            f"Traffic of {worst.where} did not split as planned "
            f"(p {chance_words(p_value)}, limit {chance_words(options.min_ratio_p)}): "
            "look for a cache, a bot or lost events before trusting any number."
        )
    return Condition(
        name="sample_ratio", value=p_value, limit=options.min_ratio_p, passed=passed, text=text
    )


def _soundness_condition(health: Health) -> Condition:
    """Whether any other finding voids the numbers."""
    broken = [finding for finding in health.findings if finding.severity == "invalid"]
    text = " ".join(finding.text for finding in broken)
    return Condition(
        name="sound_data",
        value=float(len(broken)),
        limit=0.0,
        passed=not broken,
        text=text or "Nothing else was found that makes the numbers wrong.",
    )


def _enough_conditions(evidence: Evidence, options: GateOptions) -> tuple[Condition, ...]:
    days = math.floor(evidence.days + 1e-9)
    rarest = min(evidence.arms, key=lambda arm: arm.impressions)
    impressions = rarest.impressions
    leader = next(arm for arm in evidence.arms if arm.variant == evidence.leader)
    leads = f"{leader.variant}, which leads" if leader.impressions else "any image"
    return (
        Condition(
            name="min_days",
            value=float(days),
            limit=options.min_days,
            passed=days >= options.min_days,
            text=f"{_counted(days, 'full days')} run, {options.min_days:g} needed.",
            missing=_more(options.min_days - days, "full days"),
        ),
        Condition(
            name="min_impressions",
            value=float(impressions),
            limit=float(options.min_impressions),
            passed=impressions >= options.min_impressions,
            text=f"{_counted(impressions, 'impressions')} of the least shown image, "
            f"{options.min_impressions:,} needed.",
            missing=_more(
                options.min_impressions - impressions, "impressions", where=f" on {rarest.variant}"
            ),
        ),
        Condition(
            name="min_clicks",
            value=float(leader.successes),
            limit=float(options.min_clicks),
            passed=leader.successes >= options.min_clicks,
            text=f"{_counted(leader.successes, evidence.noun)} on {leads}, "
            f"{options.min_clicks:,} needed.",
            missing=_more(
                options.min_clicks - leader.successes,
                evidence.noun,
                where=f" on {leader.variant}" if leader.impressions else "",
            ),
        ),
    )


def _more(number: float, what: str, *, where: str = "") -> str:
    return _counted(math.ceil(number), f"more {what}") + where if number > 0 else ""


def _counted(number: int, what: str) -> str:
    """A number of things; one of them has no plural's s."""
    return f"{number:,} {what.removesuffix('s') if number == 1 else what}"


def _loss_condition(evidence: Evidence, options: GateOptions) -> Condition:
    loss, limit = evidence.relative_loss, options.max_relative_loss
    now = f"Choosing {evidence.leader} now would"
    share = percent_words(loss, limit=limit)
    cost = f"{now} cost {share} of its rate on average"
    if evidence.direction == "lower":
        cost = f"{now} bring {share} too many {evidence.noun} on average"
    return Condition(
        name="expected_loss",
        value=loss,
        limit=limit,
        passed=loss <= limit,
        text=f"{cost}, limit {limit:.2%}.",
    )


def _evidence_condition(evidence: Evidence, options: GateOptions) -> Condition:
    return Condition(
        name="evidence",
        value=evidence.e_value,
        limit=evidence.e_limit,
        passed=evidence.e_value >= evidence.e_limit,
        text=f"Evidence that no image beats {evidence.leader} by more than "
        f"{share_words(options.epsilon)} is {evidence_words(evidence.e_value)}, "
        f"{evidence_words(evidence.e_limit)} needed.",
    )


def _difference_condition(evidence: Evidence) -> Condition:
    return Condition(
        name="difference",
        value=evidence.difference,
        limit=evidence.difference_limit,
        passed=evidence.difference >= evidence.difference_limit,
        text=f"Evidence that the images differ at all is "
        f"{evidence_words(evidence.difference)}, "
        f"{evidence_words(evidence.difference_limit)} needed.",
    )


def _rope_text(evidence: Evidence, options: GateOptions) -> str:
    return (
        f"With probability {sure_words(evidence.rope)} or more, {evidence.leader} beats no other "
        f"image by more than {share_words(options.epsilon)}: the difference is not worth having."
    )
