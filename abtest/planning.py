"""How long a test would take: by running it, many times, with this very engine.

A textbook formula knows neither the gate nor the moving weights; a simulation of the test itself
does. The images' true rates are drawn anew for each run, spread around the expected rate as the
images of one product are (log-normal, so that a rate stays above zero).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abtest.allocation import Allocation
from abtest.analysis import AnalysisOptions
from abtest.direction import merit
from abtest.ensemble import Ensemble, World
from abtest.errors import InvalidOptions
from abtest.judging import verdicts
from abtest.measures import Integers
from abtest.posterior import BASE_RATE, PSEUDO_CLICKS
from abtest.quadrature import Floats

USUAL_SPREAD = 1.0 / math.sqrt(PSEUDO_CLICKS)
"""Relative standard deviation between images of one product; see `PSEUDO_CLICKS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a merchant expects of a test before it starts.

    Parameters
    ----------
        images         : to compare, 2 to 20
        visits_per_day : impressions a day, all images together
        rate           : usual click rate of the placement, range (0, 0.5]
        spread         : relative standard deviation of the images' true rates, 0 for none
        max_days       : days after which the test is given up, 1 to 365
    Raises               InvalidOptions
    """

    images: int = 2
    visits_per_day: int = 2_000
    rate: float = BASE_RATE
    spread: float = USUAL_SPREAD
    max_days: int = 60

    def __post_init__(self) -> None:
        if not 2 <= self.images <= 20:
            raise InvalidOptions("images", self.images, "a test compares 2 to 20")
        if not 1 <= self.visits_per_day <= 10**9:
            raise InvalidOptions("visits_per_day", self.visits_per_day, "1 to 1,000,000,000")
        if not 0.0 < self.rate <= 0.5:
            raise InvalidOptions("rate", self.rate, "above 0, at most 0.5")
        if not 0.0 <= self.spread <= 1.0:
            raise InvalidOptions("spread", self.spread, "between 0 and 1")
        if not 1 <= self.max_days <= 365:
            raise InvalidOptions("max_days", self.max_days, "1 to 365")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What became of the simulated tests.

    Parameters
    ----------
        runs          : how many were simulated
        promoted      : share that promoted an image
        no_difference : share that found no difference worth having
        undecided     : share still running after `max_days`
        wrong         : share that promoted an image more than epsilon worse than the best
        days          : within which half of all runs were decided, None where fewer ever were. The
                        median of the decided alone would promise too much: with six images four in
                        ten are not decided in 60 days
        days_most     : within which nine in ten of all runs were decided, None likewise
        promoted_by   : share that had promoted an image by the end of each day
        decided_by    : share that had come to an answer of either kind by then
        clicks_gained : clicks over `max_days`, the promoted image shown once it was promoted,
                        against an even split throughout; relative, the mean over runs. Below 0
                        where fewer are wanted and were had
    """

    expectation: Expectation
    runs: int
    promoted: float
    no_difference: float
    undecided: float
    wrong: float
    days: float | None
    days_most: float | None
    promoted_by: tuple[float, ...]
    decided_by: tuple[float, ...]
    clicks_gained: float

    @property
    def decided(self) -> float:
        """Share that came to an answer, of either kind."""
        return self.promoted + self.no_difference


def plan_test(
    expectation: Expectation,
    *,
    generator: np.random.Generator,
    runs: int = 100,
    options: AnalysisOptions | None = None,
    allocation: Allocation | None = None,
    on_run: Callable[[], None] = lambda: None,
) -> Forecast:
    """Run the test `runs` times on simulated shoppers and sum up.

    The standard error of a share is at most 0.5 / sqrt(runs): 5 points at 100 runs.

    Raises
    ------
        InvalidOptions: fewer than one run
    """
    if runs < 1:
        raise InvalidOptions("runs", runs, "at least 1")
    options = options or AnalysisOptions()
    rates = _drawn_rates(expectation, generator, runs=runs)
    ends = _run(rates, expectation, generator, options, allocation or Allocation(), on_run)
    promoted = ends.arm >= 0
    truth = merit(rates, options.direction)
    shown = truth[np.arange(runs), np.maximum(ends.arm, 0)]
    wrong = promoted & (truth.max(axis=1) > shown * (1.0 + options.gate.epsilon))
    return Forecast(
        expectation=expectation,
        runs=runs,
        promoted=float(promoted.mean()),
        no_difference=float((ends.decided & ~promoted).mean()),
        undecided=float((~ends.decided).mean()),
        wrong=float(wrong.mean()),
        days=ends.days_of(0.5),
        days_most=ends.days_of(0.9),
        promoted_by=ends.ended_by(promoted, max_days=expectation.max_days),
        decided_by=ends.ended_by(ends.decided, max_days=expectation.max_days),
        clicks_gained=float(_gains(ends, rates, max_days=expectation.max_days).mean()),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ends:
    """How the simulated tests ended, one entry each.

    `arm` is the promoted one, -1 for none; `days` until the end, all of them where none came;
    `earned` the sum over these days of the rate to be expected under the day's weights.
    """

    arm: Integers
    decided: NDArray[np.bool_]
    days: Floats
    earned: Floats

    def days_of(self, share: float) -> float | None:
        """The day by which this share of all tests were decided; None where fewer ever were."""
        ended = np.where(self.decided, self.days, np.inf)
        day = float(np.quantile(ended, share, method="inverted_cdf"))
        return day if math.isfinite(day) else None

    def ended_by(self, which: NDArray[np.bool_], *, max_days: int) -> tuple[float, ...]:
        """The share of all tests that are of `which` and had ended, after each day."""
        days = np.arange(1, max_days + 1)[:, None]
        return tuple((which & (self.days <= days)).mean(axis=1).tolist())


def _run(
    rates: Floats,
    expectation: Expectation,
    generator: np.random.Generator,
    options: AnalysisOptions,
    allocation: Allocation,
    on_run: Callable[[], None],
) -> _Ends:
    world = World(
        rates=rates, impressions_per_day=expectation.visits_per_day, days=expectation.max_days
    )
    ends = _Ends(
        arm=np.full(len(rates), -1),
        decided=np.zeros(len(rates), dtype=bool),
        days=np.full(len(rates), float(world.days)),
        earned=np.zeros(len(rates)),
    )
    tests = Ensemble(world, generator=generator, allocation=allocation, options=options)
    for look in tests.looks():
        ends.earned[look.tests] += (look.weights * rates[look.tests]).sum(axis=1)
        found = verdicts(look, options)
        for row, verdict in found.items():
            test = look.tests[row]
            ends.decided[test], ends.days[test] = True, look.days
            ends.arm[test] = -1 if verdict.variant is None else int(verdict.variant)
            on_run()
        tests.leave(look.tests[list(found)])
    for _ in range(int((~ends.decided).sum())):
        on_run()
    return ends


def _drawn_rates(expectation: Expectation, generator: np.random.Generator, *, runs: int) -> Floats:
    sd = math.sqrt(math.log1p(expectation.spread**2))
    factors = np.exp(generator.normal(-sd * sd / 2.0, sd, size=(runs, expectation.images)))
    return np.asarray(np.minimum(expectation.rate * factors, 0.9), dtype=np.float64)


def _gains(ends: _Ends, rates: Floats, *, max_days: int) -> Floats:
    """Expected clicks per impression over all days against an even split's, relative."""
    even = rates.mean(axis=1)
    shown = rates[np.arange(len(rates)), np.maximum(ends.arm, 0)]
    after = np.where(ends.arm >= 0, shown, even) * (max_days - ends.days)
    return np.asarray((ends.earned + after) / (even * max_days) - 1.0, dtype=np.float64)
