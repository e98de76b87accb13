"""How long a test would take: by running it, many times, with this very engine.

A textbook formula knows neither the gate nor the moving weights; a simulation of the test itself
does. The images' true rates are drawn anew for each run, spread around the expected rate as the
images of one product are (log-normal, so that a rate stays above zero).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from abtest.allocation import Allocation
from abtest.analysis import AnalysisOptions
from abtest.errors import InvalidOptions
from abtest.posterior import BASE_RATE, PSEUDO_CLICKS
from abtest.simulate import SimulatedTest, one_crowd, simulate_test
from abtest.verdict import VerdictKind

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
        undecided     : share still running after `max_days`, or stopped by a false alarm
        wrong         : share that promoted an image more than epsilon worse than the best
        days          : median days of those that were decided; None if none was
        days_most     : within these, nine in ten of the decided were; None if none was
        clicks_gained : clicks over `max_days`, the promoted image shown once it was promoted,
                        against an even split throughout; relative, the mean over runs
    """

    expectation: Expectation
    runs: int
    promoted: float
    no_difference: float
    undecided: float
    wrong: float
    days: float | None
    days_most: float | None
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
    outcomes = []
    for _ in range(runs):
        outcomes.append(_run(expectation, generator, options, allocation))
        on_run()
    kinds = Counter(one.kind for one in outcomes)
    promoted, same = kinds[VerdictKind.PROMOTE] / runs, kinds[VerdictKind.NO_DIFFERENCE] / runs
    ended = (VerdictKind.PROMOTE, VerdictKind.NO_DIFFERENCE)
    days = [one.days for one in outcomes if one.kind in ended]
    return Forecast(
        expectation=expectation,
        runs=runs,
        promoted=promoted,
        no_difference=same,
        undecided=max(0.0, 1.0 - promoted - same),
        wrong=sum(one.shortfall > options.gate.epsilon for one in outcomes) / runs,
        days=float(np.median(days)) if days else None,
        days_most=float(np.quantile(days, 0.9, method="higher")) if days else None,
        clicks_gained=float(np.mean([one.gain for one in outcomes])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How one simulated test ended.

    `shortfall` is how much worse than the best the promoted image truly is, relative; `gain` is
    `Forecast.clicks_gained` of this run.
    """

    kind: VerdictKind
    days: int
    shortfall: float
    gain: float


def _run(
    expectation: Expectation,
    generator: np.random.Generator,
    options: AnalysisOptions,
    allocation: Allocation | None,
) -> _Outcome:
    rates = _drawn_rates(expectation, generator)
    test = simulate_test(
        one_crowd(rates),
        visits_per_day=expectation.visits_per_day,
        max_days=expectation.max_days,
        generator=generator,
        options=options,
        allocation=allocation,
    )
    verdict = test.outcome.verdict
    best = max(rates.values())
    shown = rates[verdict.variant] if verdict.variant is not None else None
    return _Outcome(
        kind=verdict.kind,
        days=len(test.days),
        shortfall=0.0 if shown is None else best / shown - 1.0,
        gain=_gain(test, rates, shown, max_days=expectation.max_days),
    )


def _drawn_rates(expectation: Expectation, generator: np.random.Generator) -> dict[str, float]:
    sd = math.sqrt(math.log1p(expectation.spread**2))
    factors = np.exp(generator.normal(-sd * sd / 2.0, sd, size=expectation.images))
    return {
        f"image {number}": float(min(expectation.rate * factor, 0.9))
        for number, factor in enumerate(factors, start=1)
    }


def _gain(
    test: SimulatedTest, rates: dict[str, float], shown: float | None, *, max_days: int
) -> float:
    """Expected clicks per impression over all days against an even split's, relative."""
    even = math.fsum(rates.values()) / len(rates)
    while_testing = math.fsum(
        weight * rates[variant] for day in test.days for variant, weight in day.weights.items()
    )
    after = (shown if shown is not None else even) * (max_days - len(test.days))
    return (while_testing + after) / (even * max_days) - 1.0
