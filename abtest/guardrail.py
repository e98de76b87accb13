"""Guardrails: metrics that the winner must not harm.

A guardrail is a test of non-inferiority: the leader's metric is no more than a margin below the
control's. It is asked at every look until the gate opens, so it asks for evidence that may be
looked at as often as one likes: the e-value E of `abtest.evidence`, of the leader against the
control, with the margin in the place of epsilon. The confidence is 1 - 1/E. An image that harms by
the margin or more reaches a confidence of 90% at any time with probability at most 10%, whatever
the number of orders, and in simulations of 60 daily looks in 5% (`tests/benchmarks/abtest/kinds.py`
and `tests/abtest/test_guardrail.py`). A posterior probability of 90%, which is of one look, lets
35% of them pass, asked once a week 27%.

That has a price. Half of the images that change nothing have passed by 3,300 orders of each image
at a margin of 5% and by 860 at 10%, four fifths by 7,400 and 1,800; of one look at 90% half pass
with 1,250 and 300. Where the image brings 10% more orders, half have passed by 540 and 240. The
mixture's deviation tau is twice the margin, at most 0.2: less is slow where the metric gains, more
where it stays as it is.

The promise is for one image that leads. Of several that harm and take turns at leading, each has
a chance of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abtest.direction import DIRECTIONS, Direction
from abtest.errors import InvalidOptions
from abtest.evidence import leader_log_e_values
from abtest.fitting import Model, fitted_groups
from abtest.quadrature import Floats
from abtest.remaining import GROWTHS, reached, rounded
from abtest.strata import EffectiveArm, noun_of
from abtest.tables import METRICS, CountTable, Metric
from abtest.told_numbers import share_words, sure_words
from abtest.verdict import GUARDRAIL, Condition

_TAU_OF_MARGIN = 2.0
_LARGEST_TAU = 0.2
"""Wider margins with few orders rest on the normal form far out, where it is rough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """A metric that must not suffer.

    Parameters
    ----------
        metric     : what is guarded
        margin     : largest relative harm that is tolerated, range (0, 1)
        confidence : that the harm is smaller, range (0, 1): an image that harms by the margin or
                     more passes with a probability of 1 - confidence at most, in all looks
                     together
        direction  : which way is better
    Raises           InvalidOptions
    """

    metric: Metric
    margin: float = 0.05
    confidence: float = 0.9
    direction: Direction = "higher"

    def __post_init__(self) -> None:
        for name in ("margin", "confidence"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise InvalidOptions(name, value, "a number between 0 and 1")
        if self.metric not in METRICS:
            raise InvalidOptions("metric", self.metric, f"one of {', '.join(METRICS)}")
        if self.direction not in DIRECTIONS:
            raise InvalidOptions("direction", self.direction, f"one of {', '.join(DIRECTIONS)}")

    @property
    def tau(self) -> float:
        """Deviation of log rate ratios that the evidence is tuned for, see `GateOptions`."""
        return min(_TAU_OF_MARGIN * self.margin, _LARGEST_TAU)


def guardrail_conditions(
    guardrail: Guardrail,
    table: CountTable,
    *,
    groups: Sequence[Sequence[str]],
    leaders: Sequence[str],
    control: str,
) -> list[Condition]:
    """Whether each group's leader is proven not to harm the guarded metric.

    A leading control never does.

    Parameters
    ----------
        groups  : names of the segments of each
        leaders : of each
    """
    found: dict[int, Condition] = {}
    for leader in sorted(set(leaders)):
        rows = [row for row, name in enumerate(leaders) if name == leader]
        if leader == control:
            found |= dict.fromkeys(rows, _harmless(guardrail, control))
            continue
        pairs = _pairs(
            guardrail, table.only((leader, control)), groups=[groups[row] for row in rows]
        )
        found |= {row: _held(guardrail, pair) for row, pair in zip(rows, pairs, strict=True)}
    return [found[row] for row in range(len(groups))]


def _harmless(guardrail: Guardrail, control: str) -> Condition:
    return Condition(
        name=f"{GUARDRAIL}{guardrail.metric}",
        value=1.0,
        limit=guardrail.confidence,
        passed=True,
        text=f"{control} leads, which the {_noun(guardrail)} is guarded against.",
    )


def _pairs(
    guardrail: Guardrail, pair: CountTable, *, groups: Sequence[Sequence[str]]
) -> list[tuple[EffectiveArm, EffectiveArm]]:
    """Leader and control, in this order, in each group by itself."""
    fit = fitted_groups(pair, groups=groups, model=Model(metric=guardrail.metric, lending=False))
    return [(leader.counts, control.counts) for leader, control in fit.arms]


def _held(guardrail: Guardrail, pair: tuple[EffectiveArm, EffectiveArm]) -> Condition:
    """The condition of a leader and its control."""
    leader, control = pair
    won = GROWTHS[:, None] * np.array([arm.successes_effective for arm in pair])
    trials = GROWTHS[:, None] * np.array([arm.trials_effective for arm in pair])
    evidence = _log_evidence(guardrail, won, trials)
    confidence = -math.expm1(-max(float(evidence[0]), 0.0))
    passed = confidence >= guardrail.confidence
    return Condition(
        name=f"{GUARDRAIL}{guardrail.metric}",
        value=confidence,
        limit=guardrail.confidence,
        passed=passed,
        text=_text(guardrail, leader, control, confidence=confidence),
        missing="" if passed else _missing(guardrail, pair, evidence),
    )


def _text(
    guardrail: Guardrail, leader: EffectiveArm, control: EffectiveArm, *, confidence: float
) -> str:
    """What is to be held, how sure that is, and what was counted."""
    worse = "below" if guardrail.direction == "higher" else "above"
    change = _change(leader, control)
    counted = "" if change is None else f"; counted: {change:+.1%}"
    return (
        f"That the {_noun(guardrail)} of {leader.variant} is no more than "
        f"{share_words(guardrail.margin)} {worse} {control.variant} has a confidence of "
        f"{sure_words(confidence)}, however often one looks, "
        f"{share_words(guardrail.confidence)} needed{counted}."
    )


def _change(leader: EffectiveArm, control: EffectiveArm) -> float | None:
    """The leader's relative difference as counted, None before the control's first success."""
    if not control.rate or leader.rate is None:
        return None
    return leader.rate / control.rate - 1.0


def _log_evidence(guardrail: Guardrail, successes: Floats, trials: Floats) -> Floats:
    """The logarithm of E of leader and control, (rows,) of counts (rows, 2)."""
    margin = guardrail.margin
    return leader_log_e_values(
        successes,
        trials,
        leader=0,
        # 1 + epsilon is how much better the control is at the margin.
        epsilon=margin / (1.0 - margin) if guardrail.direction == "higher" else margin,
        tau=guardrail.tau,
        direction=guardrail.direction,
    )


def _missing(
    guardrail: Guardrail, pair: tuple[EffectiveArm, EffectiveArm], evidence: Floats
) -> str:
    """How many more of what the metric counts it takes, where more of the same would do."""
    noun = noun_of(guardrail.metric)
    if not all(arm.successes for arm in pair):
        return f"{noun} of both images"
    growth = reached(evidence, -math.log1p(-guardrail.confidence), GROWTHS)
    change = _change(*pair)
    loss = 0.0 if change is None else -change if guardrail.direction == "higher" else change
    if growth is None and loss > guardrail.margin:
        # Waiting brings more of the same.
        return ""
    if growth is None:
        return f"more {noun} than can be told: {pair[0].variant} is too close to the margin"
    leader, control = (rounded((growth - 1.0) * arm.successes) for arm in pair)
    return (
        f"about {leader:,} more {noun} on {pair[0].variant} and {control:,} on "
        f"{pair[1].variant}, if their rates stay as they are"
    )


def _noun(guardrail: Guardrail) -> str:
    return guardrail.metric.replace("_", " ")
