"""Simpson warnings: where adding everything up would name another winner."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from abtest.direction import Direction, sign_of
from abtest.health.finding import HealthFinding
from abtest.strata import EffectiveArm
from abtest.told_numbers import sure_words

_FOOLED_Z = 2.0
_REMARK_Z = 1.0
"""Arms that are next to equal change places by chance in every seventh test."""
_SURE = 0.95


def pooling_findings(
    arms: Sequence[EffectiveArm], *, direction: Direction = "higher"
) -> tuple[HealthFinding, ...]:
    """Whether the arm with the best raw rate is another than the best on equal terms.

    A warning where the raw difference is two standard errors or more, so that a naive reader
    would act on it; a remark from one on.
    """
    seen = [arm for arm in arms if arm.impressions and arm.successes and arm.rate]
    if len(seen) < 2:
        return ()
    sign = sign_of(direction)
    raw = max(seen, key=lambda arm: sign * arm.successes / arm.impressions)
    fair = max(seen, key=lambda arm: sign * (arm.rate or 0.0))
    if raw.variant == fair.variant:
        return ()
    gap = math.log(raw.successes / raw.impressions) - math.log(fair.successes / fair.impressions)
    z = sign * gap / math.sqrt(1.0 / raw.successes + 1.0 / fair.successes)
    if z < _REMARK_Z:
        return ()
    return (
        HealthFinding(
            name="simpson_periods",
            severity="warning" if z >= _FOOLED_Z else "info",
            value=z,
            limit=_FOOLED_Z,
            text=f"Added up, {raw.variant} has the best rate, by {math.expm1(abs(gap)):.1%} over "
            f"{fair.variant}; compared within spans of the same split, {fair.variant} does. "
            "Traffic and rates shifted together; the latter is right.",
        ),
    )


def segment_findings(
    leader: str, segments: Mapping[str, Mapping[str, float]]
) -> tuple[HealthFinding, ...]:
    """Segments that surely prefer another arm than all shoppers together.

    Parameters
    ----------
        segments : segment to P(best) by variant
    """
    # Many segments give chance many chances.
    sure = 1.0 - (1.0 - _SURE) / max(len(segments), 1)
    others = {name: max(prob, key=lambda variant: prob[variant]) for name, prob in segments.items()}
    against = {
        name: best
        for name, best in others.items()
        if best != leader and segments[name][best] >= sure
    }
    if not against:
        return ()
    listed = ", ".join(f"{name} prefers {best}" for name, best in sorted(against.items()))
    return (
        HealthFinding(
            name="segments_disagree",
            severity="warning",
            value=float(len(against)),
            limit=0.0,
            text=f"All together favour {leader}, but {listed} (P(best) {sure_words(sure)} or "
            "more): a winner for each segment earns more.",
        ),
    )
