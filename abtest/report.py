"""An analysis as plain data, for JSON."""

from __future__ import annotations

import math

from abtest.afterwards import Aftermath
from abtest.changes import Change
from abtest.findings import Analysis, GroupAnalysis, VariantAnalysis
from abtest.health import HealthFinding
from abtest.outlook import Outlook
from abtest.srm import SampleRatio
from abtest.verdict import Verdict


def analysis_dict(analysis: Analysis) -> dict[str, object]:
    """The analysis as JSON-ready data; numbers are never NaN, what is unknown is None."""
    return {
        "control": analysis.control,
        "metric": analysis.metric,
        "direction": analysis.direction,
        "overall": group_dict(analysis.overall),
        "segment_spread": analysis.segment_spread,
        "order_value": analysis.order_value,
        "order_spread": analysis.order_spread,
        "segments": {name: group_dict(group) for name, group in analysis.segments.items()},
        "health": {
            "days": analysis.health.days,
            "dropped": list(analysis.health.dropped),
            "sample_ratio": _ratio_dict(analysis.health.sample_ratio),
            "sample_ratios": [_ratio_dict(ratio) for ratio in analysis.health.sample_ratios],
            "segment_ratios": [_ratio_dict(ratio) for ratio in analysis.health.segment_ratios],
            "findings": [_finding_dict(finding) for finding in analysis.health.findings],
        },
        "verdict": verdict_dict(analysis.verdict),
    }


def group_dict(group: GroupAnalysis) -> dict[str, object]:
    """The analysis of one segment."""
    return {
        "segment": group.segment,
        "leader": group.leader,
        "variants": [_variant_dict(variant) for variant in group.variants],
        "verdict": verdict_dict(group.verdict),
    }


def verdict_dict(verdict: Verdict) -> dict[str, object]:
    """A verdict with the state of every condition."""
    return {
        "kind": str(verdict.kind),
        "variant": verdict.variant,
        "reasons": list(verdict.reasons),
        "conditions": [
            {
                "name": condition.name,
                "value": condition.value,
                "limit": condition.limit,
                "passed": condition.passed,
                "text": condition.text,
                "missing": condition.missing,
            }
            for condition in verdict.conditions
        ],
        "outlook": None if verdict.outlook is None else _outlook_dict(verdict.outlook),
    }


def aftermath_dict(found: Aftermath) -> dict[str, object]:
    """What became of a promotion."""
    # Before the control's first success there is no upper bound, which JSON has no number for.
    interval = [bound if math.isfinite(bound) else None for bound in found.lift_interval]
    return {
        "winner": found.winner,
        "control": found.control,
        "metric": found.metric,
        "direction": found.direction,
        "counted": found.counted,
        "days": found.days,
        "winner_shown": found.winner_shown,
        "winner_successes": found.winner_successes,
        "control_shown": found.control_shown,
        "control_successes": found.control_successes,
        "lift": found.lift,
        "lift_interval": interval,
        "harm": None if found.harm is None else _change_dict(found.harm),
        "shift": None if found.shift is None else _change_dict(found.shift),
        "roll_back": found.roll_back,
        "text": found.text,
    }


def _change_dict(change: Change) -> dict[str, object]:
    return {
        "since": change.since,
        "evidence": change.evidence,
        "limit": change.limit,
        "proven": change.proven,
        "ratio": change.ratio,
        "before": change.before,
    }


def _outlook_dict(outlook: Outlook) -> dict[str, object]:
    return {
        "horizon_days": outlook.horizon_days,
        "chance_answer": outlook.chance_answer,
        "chance_winner": outlook.chance_winner,
        "prob_worth": outlook.prob_worth,
        "days": list(outlook.days),
        "impressions_per_day": outlook.impressions_per_day,
        "text": outlook.text,
    }


def _finding_dict(finding: HealthFinding) -> dict[str, object]:
    return {
        "name": finding.name,
        "severity": finding.severity,
        "value": finding.value,
        "limit": finding.limit,
        "text": finding.text,
    }


def _ratio_dict(ratio: SampleRatio) -> dict[str, object]:
    return {
        "period": ratio.period,
        "segment": ratio.segment,
        "chi_square": ratio.chi_square,
        "p_value": ratio.p_value,
        "impressions": ratio.impressions,
    }


def _variant_dict(variant: VariantAnalysis) -> dict[str, object]:
    lift = variant.lift
    return {
        "variant": variant.variant,
        "impressions": variant.impressions,
        "successes": variant.successes,
        "rate": variant.rate,
        "mean": variant.mean,
        "credible_interval": list(variant.credible_interval),
        "prob_best": variant.prob_best,
        "expected_loss": variant.expected_loss,
        "e_value": variant.e_value,
        "raw_lift": None if lift is None else lift.raw,
        "shrunken_lift": None if lift is None else lift.shrunken,
        "lift_interval": None if lift is None else list(lift.interval),
        "posterior": {"alpha": variant.posterior.alpha, "beta": variant.posterior.beta},
        "unit": variant.unit,
        "head_start": variant.head_start,
    }
