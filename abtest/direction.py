"""Which way a metric is better, and the one place where the question is turned round.

Arms are compared by ratios of their rates. A rate p that is better lower is 1/p that is better
higher, so that all that is said about "best" holds for either:

- log rates change their sign (`sign_of`): leaders, e-values, gaps, trends
- of all arms the best is the one of the greatest `merit`
- what is p for one asker is 1 - p for the other, and logit(1 - p) is -logit(p): P(best) and the
  expected loss of Beta(a, b) are those of Beta(b, a), to the last digit (`abtest.exact`)

Epsilon keeps its meaning: an arm is worse by more than 5% where its rate is more than 1.05 times
the better one's. Evidence that arms differ at all knows no direction. Rates, intervals and lifts
stay those of what is counted, whichever way is better.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Direction = Literal["higher", "lower"]
"""Which way a metric is better."""

DIRECTIONS: tuple[Direction, ...] = ("higher", "lower")


def sign_of(direction: Direction) -> float:
    """What log rates are multiplied by so that more of them is better."""
    return 1.0 if direction == "higher" else -1.0


def merit(rates: NDArray[np.float64], direction: Direction) -> NDArray[np.float64]:
    """Rates as numbers of which more is better, their ratios kept: p, or 1/p.

    Examples
    --------
    >>> merit(np.array([0.02, 0.04]), "lower").argmax()
    np.int64(0)
    """
    return rates if direction == "higher" else 1.0 / np.maximum(rates, 1e-300)
