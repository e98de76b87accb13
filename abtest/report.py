"""An analysis as plain data, for JSON."""

from __future__ import annotations

from abtest.findings import Analysis, GroupAnalysis, VariantAnalysis
from abtest.srm import SampleRatio
from abtest.verdict import Verdict


def analysis_dict(analysis: Analysis) -> dict[str, object]:
    """The analysis as JSON-ready data; numbers are never NaN, what is unknown is None."""
    return {
        "control": analysis.control,
        "metric": analysis.metric,
        "overall": group_dict(analysis.overall),
        "segment_spread": analysis.segment_spread,
        "segments": {name: group_dict(group) for name, group in analysis.segments.items()},
        "health": {
            "days": analysis.health.days,
            "dropped": list(analysis.health.dropped),
            "sample_ratio": _ratio_dict(analysis.health.sample_ratio),
            "sample_ratios": [_ratio_dict(ratio) for ratio in analysis.health.sample_ratios],
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
            }
            for condition in verdict.conditions
        ],
    }


def _ratio_dict(ratio: SampleRatio) -> dict[str, object]:
    return {
        "period": ratio.period,
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
    }
