"""After a promotion: the winner against the holdout, day by day, and whether to take it back.

The holdout still sees the control, so that every day compares the two on equal terms (`Pairs`).
Three questions are asked of the days since the promotion:

**Does the winner hold?** The stratified rate ratio of all days together. Its interval is always
valid: it holds all ratios whose mixture e-value (of a Gaussian of deviation `TAU` about
none) stays under 1 / alpha, so that it may be looked at daily.

**Has it turned bad?** A mixture e-process against "the winner is, on every day, no worse than the
control by more than the margin". Each alternative says: from day j on the winner's rate is x times
the control's, x well below. Given the clicks of both arms, a day's likelihood ratio of the
alternative to the edge of the null has mean 1 at most wherever the null holds, because the ratio
falls as the winner's clicks rise. Products, and mixtures over j and x, keep that; so by Ville's
inequality the process reaches 1 / alpha with probability alpha at most, over any number of days,
drifts and seasons included. That is the proposal to roll back, and the day that weighs most is
where it began.

**Has its lead changed at all?** The same mixture, with a ratio before and one after day j, over the
best that one constant ratio can do (universal inference): again at most alpha of the time without
a change. This is a remark, since a lead that halved is still a lead.

References
----------
    Howard et al. 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences"
    Shin, Ramdas and Rinaldo 2023, "E-detectors"
    Wasserman, Ramdas and Balakrishnan 2020, "Universal inference"
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.direction import DIRECTIONS, Direction, sign_of
from abtest.errors import InvalidOptions
from abtest.paired import Pairs, log_ratio
from abtest.quadrature import Floats
from abtest.strata import noun_of, successes_of
from abtest.tables import Metric
from abtest.told_numbers import evidence_words
from abtest.watched import WatchedDay, pairs_of

Places = NDArray[np.intp]

TAU = 0.3
"""Deviation of log ratios that the interval is tuned for: a third up or down."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What became of a promotion.

    Parameters
    ----------
        winner, control : names
        metric          : that the two are compared by
        direction       : which way it is better
        counted         : what successes are: "clicks" or "conversions"
        days            : watched
        winner_shown, winner_successes, control_shown, control_successes : since then, raw
        lift            : of the winner over the control since then; None while either is without
                          a success
        lift_interval   : always valid at 1 - alpha
        harm            : evidence that the winner is worse than the control
        shift           : evidence that its lead has changed
    """

    winner: str
    control: str
    metric: Metric
    counted: str
    days: int
    winner_shown: int
    winner_successes: int
    control_shown: int
    control_successes: int
    lift: float | None
    lift_interval: tuple[float, float]
    harm: Change | None
    shift: Change | None
    direction: Direction = "higher"

    @property
    def roll_back(self) -> bool:
        """Whether to take the promotion back is proposed."""
        return self.harm is not None and self.harm.proven

    @property
    def text(self) -> str:
        """One sentence with the numbers."""
        if self.harm is None:
            return f"Nothing compares {self.winner} with {self.control} since the promotion yet."
        low, high = self.lift_interval
        span = f"{low:+.0%} to {high:+.0%}" if high < _NO_BOUND else "no bound yet"
        held = "" if self.lift is None else f"{self.lift:+.1%} "
        what = _WORDS[self.metric]
        if self.roll_back:
            worse = _LESS[self.metric] if self.direction == "higher" else f"more {what}"
            return (
                f"Roll back: since {self.harm.since} {self.winner} gets "
                f"{abs(self.harm.ratio - 1.0):.0%} {worse} than {self.control} (evidence "
                f"{evidence_words(self.harm.evidence)}, {evidence_words(self.harm.limit)} needed)."
            )
        found = (
            f"{self.winner} against {self.control} since the promotion, {self.days} days: "
            f"{what} {held}({span}); evidence that it does harm "
            f"{evidence_words(self.harm.evidence)} of {evidence_words(self.harm.limit)}."
        )
        if self.shift is not None and self.shift.proven and self.shift.before is not None:
            found += (
                f" Its lead changed about {self.shift.since}: {self.shift.before - 1.0:+.0%} "
                f"before, {self.shift.ratio - 1.0:+.0%} after."
            )
        return found


_NO_BOUND = 50.0
_WORDS: Final[dict[Metric, str]] = {
    "click_rate": "clicks",
    "conversion_rate": "conversions",
    "conversion_per_click": "conversions per click",
    "value_per_impression": "money",
}
_LESS: Final[dict[Metric, str]] = {
    metric: f"{'less' if metric == 'value_per_impression' else 'fewer'} {words}"
    for metric, words in _WORDS.items()
}


def aftermath(
    days: Sequence[WatchedDay],
    *,
    winner: str,
    control: str,
    options: WatchOptions | None = None,
    metric: Metric = "click_rate",
) -> Aftermath:
    """Judge a promotion by what was counted since.

    Parameters
    ----------
        days   : in order of time
        metric : that the test compared them by

    Examples
    --------
    >>> from abtest.cells import Cell
    >>> def day(number: int, clicks: int) -> WatchedDay:
    ...     cells = (Cell(impressions=9500, clicks=clicks), Cell(impressions=500, clicks=25))
    ...     return WatchedDay(label=f"day {number}", arms={"everyone": cells})
    >>> fine = aftermath([day(n, 520) for n in range(30)], winner="oak", control="white")
    >>> bad = aftermath([day(n, 520 if n < 10 else 300) for n in range(30)],
    ...                 winner="oak", control="white")
    >>> fine.roll_back, bad.roll_back, bad.harm.since
    (False, True, 'day 10')
    """
    options = options or WatchOptions()
    strata = [(at, pair) for at, day in enumerate(days) for pair in day.arms.values()]
    cells = [pair for _, pair in strata]
    pairs = pairs_of(cells, metric)
    at = np.array([place for place, _ in strata], dtype=np.intp)
    theta, error = log_ratio(pairs)
    known = math.isfinite(error) and bool(pairs.arm_clicks.sum()) and bool(pairs.base_clicks.sum())
    compares = bool(pairs.informative.any())
    return Aftermath(
        winner=winner,
        control=control,
        metric=metric,
        counted=noun_of(metric),
        days=len(days),
        winner_shown=sum(won.impressions for won, _ in cells),
        winner_successes=sum(successes_of(won, metric) for won, _ in cells),
        control_shown=sum(held.impressions for _, held in cells),
        control_successes=sum(successes_of(held, metric) for _, held in cells),
        lift=math.expm1(theta) if known else None,
        lift_interval=_interval(theta, error, options.alpha),
        harm=_harm(pairs, at, days, options) if compares else None,
        shift=_shift(pairs, at, days, options) if compares else None,
        direction=options.direction,
    )


def _interval(theta: float, error: float, alpha: float) -> tuple[float, float]:
    """Ratios less 1 whose Gaussian mixture e-value is below 1 / alpha.

    Where log E(theta0) = 1/2 log(v/(v + tau^2)) + (theta - theta0)^2 tau^2 / (2 v (v + tau^2)).
    """
    if not math.isfinite(error):
        return -1.0, math.inf
    v, tau2 = error * error, TAU * TAU
    reach = math.sqrt(
        2.0 * v * (v + tau2) / tau2 * (math.log(1.0 / alpha) + 0.5 * math.log((v + tau2) / v))
    )
    return math.expm1(theta - reach), math.expm1(min(theta + reach, 700.0))


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


def _harm(
    pairs: Pairs, at: Places, days: Sequence[WatchedDay],
    options: WatchOptions,
) -> Change:  # fmt: skip
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


def _shift(
    pairs: Pairs, at: Places, days: Sequence[WatchedDay],
    options: WatchOptions,
) -> Change | None:  # fmt: skip
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
    pairs: Pairs, at: Places, days: Sequence[WatchedDay],
    by_onset: Floats, log_evidence: float, options: WatchOptions,
) -> Change:  # fmt: skip
    start = int(by_onset.argmax())
    since, _ = log_ratio(pairs.where(at >= start))
    before = None if start == 0 else math.exp(log_ratio(pairs.where(at < start))[0])
    return Change(
        since=days[start].label,
        evidence=math.exp(min(log_evidence, 690.0)),
        limit=1.0 / options.alpha,
        ratio=math.exp(since),
        before=before,
    )
