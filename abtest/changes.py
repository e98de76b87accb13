"""When something changed after a promotion, day by day, and how strong the evidence for it is.

**Has the winner turned bad?** A mixture e-process against "the winner is, on every day, no worse
than the control by more than the margin". Each alternative says: from day j on the winner's rate is
x times the control's, x well below. Given the clicks of both arms, a day's likelihood ratio of the
alternative to the edge of the null has mean 1 at most wherever the null holds, because the ratio
falls as the winner's clicks rise. Products, and mixtures over j and x, keep that; so by Ville's
inequality the process reaches 1 / alpha with probability alpha at most, over any number of days,
drifts and seasons included. The day that weighs most is where it began.

**Has its lead changed at all?** The same mixture, with a ratio before and one after day j, over the
best that one constant ratio can do (universal inference): again at most alpha of the time without
a change.

References
----------
    Shin, Ramdas and Rinaldo 2023, "E-detectors"
    Wasserman, Ramdas and Balakrishnan 2020, "Universal inference"
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.direction import DIRECTIONS, Direction, sign_of
from abtest.errors import InvalidOptions
from abtest.paired import Pairs, log_ratio
from abtest.quadrature import Floats

Places = NDArray[np.intp]

_WORSE = np.log(np.array([0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.45, 0.3, 0.15]))
"""Rates of the winner over the control that count as having turned bad, all as likely; where lower
is better, of the control over the winner."""
_RATIOS = np.linspace(-1.2, 1.2, 25)
_FROM_THE_START = 0.3
"""Weight of "bad from its first day" among the days on which it may begin."""
_TYPICAL_DAYS = 45.0
"""The other days share the rest as a geometric distribution of this mean does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """How a promotion is watched.

    Parameters
    ----------
        alpha  : probability of a proposal to roll back where the winner is no worse, over all time
        margin : how much worse than the control the winner may be, relative, range [0, 1)
        direction : which way a rate is better
    Raises       InvalidOptions
    """

    alpha: float = 0.05
    margin: float = 0.0
    direction: Direction = "higher"

    def __post_init__(self) -> None:
        if not 0.0 < self.alpha < 1.0:
            raise InvalidOptions("alpha", self.alpha, "a number between 0 and 1")
        if not 0.0 <= self.margin < 1.0:
            raise InvalidOptions("margin", self.margin, "0 or more, below 1")
        if self.direction not in DIRECTIONS:
            raise InvalidOptions("direction", self.direction, f"one of {', '.join(DIRECTIONS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that began on a day.

    Parameters
    ----------
        since    : label of the likeliest day
        evidence : e-value; `limit` is 1 / alpha
        ratio    : rate of the winner over the control from that day on
        before   : the same up to that day; None where it is the first
    """

    since: str
    evidence: float
    limit: float
    ratio: float
    before: float | None

    @property
    def proven(self) -> bool:
        """Whether the evidence reaches its limit."""
        return self.evidence >= self.limit


def _by_day(pairs: Pairs, at: Places, days: int,
            theta: Floats) -> Floats:  # fmt: skip
    """Log likelihood of each day at each ratio, (days, ratios)."""
    logs = np.zeros((days, len(theta)))
    np.add.at(logs, at, pairs.log_likelihood(theta))
    return logs


def _onset(days: int) -> Floats:
    """Log probability that a change begins on each day; what is beyond the last is left over."""
    later = np.arange(days - 1)
    weights = np.concatenate(
        [[_FROM_THE_START],
         (1.0 - _FROM_THE_START) / _TYPICAL_DAYS * (1.0 - 1.0 / _TYPICAL_DAYS) ** later]
    )  # fmt: skip
    return np.asarray(np.log(weights), dtype=np.float64)


def _suffix(logs: Floats) -> Floats:
    """Sums from each day to the last, (days, ratios)."""
    return np.asarray(np.cumsum(logs[::-1], axis=0)[::-1], dtype=np.float64)


def harm_of(pairs: Pairs, at: Places, days: Sequence[str], options: WatchOptions) -> Change:
    """Evidence that the winner is worse than the control by more than the margin.

    Parameters
    ----------
        pairs : winner and control in each stratum
        at    : place of each stratum's day in `days`, (strata,)
        days  : labels, one or more, in order of time
    """
    sign = sign_of(options.direction)
    edge = math.log1p(-sign * options.margin)
    theta = np.concatenate([[edge], edge + sign * _WORSE])
    logs = _by_day(pairs, at, len(days), theta)
    gains = _suffix(logs[:, 1:] - logs[:, :1])
    by_onset = _onset(len(days)) + special.logsumexp(gains, axis=1) - math.log(len(_WORSE))
    # What the left-over probability says: nothing has happened yet, at a ratio of 1.
    left = math.log(max(1.0 - float(np.exp(_onset(len(days))).sum()), 1e-12))
    evidence = float(np.logaddexp(special.logsumexp(by_onset), left))
    return _change(pairs, at, days, by_onset, evidence, options)


def shift_of(pairs: Pairs, at: Places, days: Sequence[str], options: WatchOptions) -> Change | None:
    """Evidence that the ratio of the two changed between two days; None of a single day."""
    if len(days) < 2:
        return None
    logs = _by_day(pairs, at, len(days), _RATIOS)
    prior = math.log(len(_RATIOS))
    after = special.logsumexp(_suffix(logs), axis=1) - prior
    before = special.logsumexp(np.cumsum(logs, axis=0), axis=1) - prior
    by_onset = _onset(len(days))[1:] + before[:-1] + after[1:]
    best, _ = log_ratio(pairs)
    at_best = pairs.log_likelihood(np.array([best])).sum()
    # The half clicks of `log_ratio` are not quite the maximum; the grid may hold a better ratio.
    constant = max(float(at_best), float(logs.sum(axis=0).max()))
    evidence = float(special.logsumexp(by_onset)) - constant
    return _change(pairs, at, days, np.concatenate([[-np.inf], by_onset]), evidence, options)


def _change(
    pairs: Pairs, at: Places, days: Sequence[str],
    by_onset: Floats, log_evidence: float, options: WatchOptions,
) -> Change:  # fmt: skip
    start = int(by_onset.argmax())
    since, _ = log_ratio(pairs.where(at >= start))
    before = None if start == 0 else math.exp(log_ratio(pairs.where(at < start))[0])
    return Change(
        since=days[start],
        evidence=math.exp(min(log_evidence, 690.0)),
        limit=1.0 / options.alpha,
        ratio=math.exp(since),
        before=before,
    )
