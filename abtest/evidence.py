"""Always-valid evidence that no arm beats the leader by more than epsilon.

The e-value of leader i against arm j is a likelihood ratio mixed over how much better than its
worst admissible value i may be, a half-normal with deviation tau. With

    d = log(rate_i / rate_j) + log(1 + epsilon),    v = sum over both arms of 1/c - 1/n

    E = sqrt(v / (v + tau^2)) exp(d^2 tau^2 / (2 v (v + tau^2))) 2 Phi(d tau / sqrt(v (v + tau^2))).

If j is better than i by epsilon or more, E exceeds x at any time with probability at most 1/x, so a
test may be looked at as often as one likes. The leader is proven epsilon-best when the smallest of
its e-values reaches (k - 1) / alpha: of k arms, the best is no mistake. The normal form is
asymptotic; with fewer than 50 clicks of the leader the gate waits. Few clicks of a rival do no
harm: where it has too few by chance, 1/c overstates the variance, and the mean of E, 1 if it were
exact, is 0.91 to 0.95 for a rival of 5 to 50 expected clicks beside a leader of 100 to 1,000. So
no arm that is plainly worse must be shown until it has clicks of its own.

Where lower rates are better, d = log(rate_j / rate_i) + log(1 + epsilon). What is rough for few
clicks is then so for those of a rival: it errs the careful way for the leader, the other way for
the rival. Of 5 to 3,000 expected clicks of either, at the edge of a mistake, x P(E >= x) is 0.07 at
most for x = 20, 60 and 140: just what it is where higher is better and the leader has 50.

That no arm beats the leader by more than epsilon may be proven of two equal arms, too: both are as
good as any. That there is a difference at all is a claim of its own, with evidence of its own,

    D = m(v + tau^2 / 2) / m(v)      m(v): density of log rates of variances v, level unknown,

the likelihood ratio of arms that differ by tau against arms that are alike. Where they are alike, D
exceeds 1 / alpha at any time with probability at most alpha, whatever the number of arms.

References
----------
    Johari, Pekelis and Walsh 2015, "Always valid inference" (mixture sequential test)
    Howard et al. 2021, "Time-uniform confidence sequences" (one-sided normal mixture)
    Hendriksen, de Heide and Gruenwald 2021, "Optional stopping with Bayes
        factors" (group invariance)
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.direction import Direction, sign_of
from abtest.quadrature import Floats

_LARGEST_LOG = 690.0
"""e^690 is near the largest float; more evidence than that is all the same."""


def e_values(
    successes: Floats,
    trials: Floats,
    *,
    epsilon: float,
    tau: float,
    direction: Direction = "higher",
) -> Floats:
    """Evidence that no other arm is better than each by more than `epsilon`; the least of each.

    1, which is no evidence either way, as long as one of the two has no success yet.

    Parameters
    ----------
        successes, trials : effective counts, (groups, arms), two arms or more
        direction         : which way a rate is better
    """
    seen = successes > 0
    successes, trials = np.where(seen, successes, 1.0), np.where(seen, trials, 1.0)
    rate, variance = np.log(successes / trials), 1.0 / successes - 1.0 / trials
    rate *= sign_of(direction)
    leader, other = np.s_[:, :, None], np.s_[:, None, :]
    both = seen[leader] & seen[other]
    d = rate[leader] - rate[other] + math.log1p(epsilon)
    logs = log_e_value(d, variance[leader] + variance[other], tau=tau)
    logs = np.clip(np.where(both, logs, 0.0), -_LARGEST_LOG, _LARGEST_LOG)
    logs[:, np.arange(logs.shape[1]), np.arange(logs.shape[1])] = _LARGEST_LOG  # not against itself
    return np.asarray(np.exp(logs.min(axis=2)), dtype=np.float64)


def leader_log_e_values(
    successes: Floats,
    trials: Floats,
    *,
    leader: int,
    epsilon: float,
    tau: float,
    direction: Direction = "higher",
) -> Floats:
    """The logarithm of the `e_values` of one arm alone, (groups,)."""
    rivals = np.arange(successes.shape[1]) != leader
    seen = (successes[:, leader] > 0)[:, None] & (successes[:, rivals] > 0)
    successes, trials = np.maximum(successes, 1e-9), np.maximum(trials, 1e-9)
    rate, variance = np.log(successes / trials), 1.0 / successes - 1.0 / trials
    rate *= sign_of(direction)
    d = rate[:, [leader]] - rate[:, rivals] + math.log1p(epsilon)
    logs = log_e_value(d, variance[:, [leader]] + variance[:, rivals], tau=tau)
    least = np.where(seen, logs, 0.0).min(axis=1)
    return np.asarray(np.clip(least, -_LARGEST_LOG, _LARGEST_LOG), dtype=np.float64)


def difference_e_values(successes: Floats, trials: Floats, *, tau: float) -> Floats:
    """Evidence that the arms are not all alike, (groups,); arms without a success say nothing.

    Parameters
    ----------
        successes, trials : effective counts, (groups, arms)
    """
    return np.asarray(np.exp(log_difference(successes, trials, tau=tau)), dtype=np.float64)


def log_difference(successes: Floats, trials: Floats, *, tau: float) -> Floats:
    """The logarithm of D above, of shape (...) for counts of shape (..., arms)."""
    seen = successes > 0
    successes, trials = np.where(seen, successes, 1.0), np.where(seen, trials, 1.0)
    rate, variance = np.log(successes / trials), np.maximum(1.0 / successes - 1.0 / trials, 1e-12)
    alike = _log_density(rate, variance, seen)
    apart = _log_density(rate, variance + 0.5 * tau * tau, seen)
    found = np.where(seen.sum(axis=-1) > 1, apart - alike, 0.0)
    return np.asarray(np.clip(found, -_LARGEST_LOG, _LARGEST_LOG), dtype=np.float64)


def _log_density(rate: Floats, variance: Floats, seen: NDArray[np.bool_]) -> Floats:
    """Of independent normal log rates about a level under a flat prior, up to a constant."""
    weight = np.where(seen, 1.0 / variance, 0.0)
    total = np.maximum(weight.sum(axis=-1), 1e-300)
    level = (weight * rate).sum(axis=-1) / total
    square = (weight * (rate - level[..., None]) ** 2).sum(axis=-1)
    logs = np.log(np.where(seen, weight, 1.0)).sum(axis=-1) - np.log(total)
    return np.asarray(0.5 * (logs - square), dtype=np.float64)


def log_e_value(d: Floats, variance: Floats, *, tau: float) -> Floats:
    """The logarithm of E above, element by element.

    Parameters
    ----------
        d, variance : of the same shape: log ratio plus log(1 + epsilon), and its variance v
    """
    # Rates of 1 leave no variance: the sign of the difference is then certain.
    v = np.maximum(variance, 1e-12)
    spread = v + tau * tau
    logs = (
        0.5 * np.log(v / spread)
        + (d * tau) ** 2 / (2.0 * v * spread)
        + math.log(2.0)
        + special.log_ndtr(d * tau / np.sqrt(v * spread))
    )
    return np.asarray(logs, dtype=np.float64)
