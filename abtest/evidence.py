"""Always-valid evidence that no arm beats the leader by more than epsilon.

The e-value of leader i against arm j is a likelihood ratio mixed over how much better than its
worst admissible value i may be, a half-normal with deviation tau. With

    d = log(rate_i / rate_j) + log(1 + epsilon),    v = sum over both arms of 1/c - 1/n

    E = sqrt(v / (v + tau^2)) exp(d^2 tau^2 / (2 v (v + tau^2))) 2 Phi(d tau / sqrt(v (v + tau^2))).

If j is better than i by epsilon or more, E exceeds x at any time with probability at most 1/x, so a
test may be looked at as often as one likes. The leader is proven epsilon-best when the smallest of
its e-values reaches k / alpha. The normal form is asymptotic; with fewer than 50 clicks an arm the
gate waits.

References
----------
    Johari, Pekelis and Walsh 2015, "Always valid inference" (mixture sequential test)
    Howard et al. 2021, "Time-uniform confidence sequences" (one-sided normal mixture)
"""

from __future__ import annotations

import math

from scipy import special

from abtest.strata import EffectiveArm

_LARGEST_LOG = 690.0
"""e^690 is near the largest float; more evidence than that is all the same."""


def e_value(leader: EffectiveArm, other: EffectiveArm, *, epsilon: float, tau: float) -> float:
    """Evidence that `other` is not better than `leader` by more than `epsilon`; above 0.

    1, which is no evidence either way, as long as one of the two has no success yet.
    """
    if leader.successes_effective <= 0 or other.successes_effective <= 0:
        return 1.0
    v = _log_rate_variance(leader) + _log_rate_variance(other)
    d = _log_rate(leader) - _log_rate(other) + math.log1p(epsilon)
    if v <= 0:
        return math.exp(_LARGEST_LOG) if d > 0 else math.exp(-_LARGEST_LOG)
    spread = v + tau * tau
    log_e = (
        0.5 * math.log(v / spread)
        + (d * tau) ** 2 / (2.0 * v * spread)
        + math.log(2.0)
        + float(special.log_ndtr(d * tau / math.sqrt(v * spread)))
    )
    return math.exp(min(max(log_e, -_LARGEST_LOG), _LARGEST_LOG))


def _log_rate(arm: EffectiveArm) -> float:
    return math.log(arm.successes_effective / arm.trials_effective)


def _log_rate_variance(arm: EffectiveArm) -> float:
    return 1.0 / arm.successes_effective - 1.0 / arm.trials_effective
