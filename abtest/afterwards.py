"""After a promotion: the winner against the holdout, day by day, and whether to take it back.

The holdout still sees the control, so that every day compares the two on equal terms (`Pairs`).
Three questions are asked of the days since the promotion:

**Does the winner hold?** The stratified rate ratio of all days together. Its interval is always
valid: it holds all ratios whose mixture e-value (of a Gaussian of deviation `TAU` about
none) stays under 1 / alpha, so that it may be looked at daily.

**Has it turned bad**, and **has its lead changed at all?** The e-processes of `abtest.changes`. The
first is the proposal to roll back; the second is a remark, since a lead that halved is still a
lead.

References
----------
    Howard et al. 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences"
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from abtest.changes import Change, WatchOptions, harm_of, shift_of
from abtest.direction import Direction
from abtest.paired import log_ratio
from abtest.strata import noun_of, successes_of
from abtest.tables import Metric
from abtest.told_numbers import evidence_words
from abtest.watched import WatchedDay, pairs_of

TAU = 0.3
"""Deviation of log ratios that the interval is tuned for: a third up or down."""


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
    labels = [day.label for day in days]
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
        harm=harm_of(pairs, at, labels, options) if compares else None,
        shift=shift_of(pairs, at, labels, options) if compares else None,
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
