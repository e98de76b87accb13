"""Always-valid evidence that no arm beats the leader by more than epsilon.

The e-value of leader i against arm j is a likelihood ratio mixed over how much better than its
worst admissible value i may be, a half-normal with deviation tau. With

    d = log(rate_i / rate_j) + log(1 + epsilon),    v = sum over both arms of 1/c - 1/n

    E = sqrt(v / (v + tau^2)) exp(d^2 tau^2 / (2 v (v + tau^2))) 2 Phi(d tau / sqrt(v (v + tau^2))).

If j is better than i by epsilon or more, E exceeds x at any time with probability at most 1/x, so a
test may be looked at as often as one likes. The leader is proven epsilon-best when the smallest of
its e-values reaches (k - 1) / alpha: of k arms, the best is no mistake. The normal form is
asymptotic; with fewer than 50 clicks an arm the gate waits.

References
----------
    Johari, Pekelis and Walsh 2015, "Always valid inference" (mixture sequential test)
    Howard et al. 2021, "Time-uniform confidence sequences" (one-sided normal mixture)
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from abtest.quadrature import Floats

_LARGEST_LOG = 690.0
"""e^690 is near the largest float; more evidence than that is all the same."""


def e_values(successes: Floats, trials: Floats, *, epsilon: float, tau: float) -> Floats:
    """Evidence that no other arm is better than each by more than `epsilon`; the least of each.

    1, which is no evidence either way, as long as one of the two has no success yet.

    Parameters
    ----------
        successes, trials : effective counts, (groups, arms), two arms or more
    """
    seen = successes > 0
    successes, trials = np.where(seen, successes, 1.0), np.where(seen, trials, 1.0)
    rate, variance = np.log(successes / trials), 1.0 / successes - 1.0 / trials
    leader, other = np.s_[:, :, None], np.s_[:, None, :]
    both = seen[leader] & seen[other]
    d = rate[leader] - rate[other] + math.log1p(epsilon)
    logs = log_e_value(d, variance[leader] + variance[other], tau=tau)
    logs = np.clip(np.where(both, logs, 0.0), -_LARGEST_LOG, _LARGEST_LOG)
    logs[:, np.arange(logs.shape[1]), np.arange(logs.shape[1])] = _LARGEST_LOG  # not against itself
    return np.asarray(np.exp(logs.min(axis=2)), dtype=np.float64)


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
