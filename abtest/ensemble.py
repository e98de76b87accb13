"""Many simulated tests of one kind, run side by side as arrays.

Eight hundred tests of four images and sixty days take a minute of one core so; one after the other
they would take an hour. Nothing is copied for that: counts are standardised, measured and judged by
the very functions that the analysis of a single test calls; see also `abtest.judging`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from abtest.allocation import Allocation
from abtest.analysis import AnalysisOptions
from abtest.errors import InvalidOptions
from abtest.exact import best_arms
from abtest.measures import Integers
from abtest.posterior import pooled_parameters
from abtest.quadrature import Floats
from abtest.strata import EffectiveCounts, effective_counts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """The hidden truth of many tests, and how it comes to be seen.

    Parameters
    ----------
        rates               : (tests, arms), success rates of an ordinary day, range (0, 1)
        impressions_per_day : of all arms together
        days                : that each test lasts at most
        looks_per_day       : how often the counts are looked at; weights change once a day
        level               : (tests, days), factor on all rates of a test on each day; None for 1
        delay               : (arms, ages), share of successes that come each number of days after
                              the exposure, rows sum to 1; None where all come at once
        closed_window       : count an exposure only when all its successes must have come
    Raises                    InvalidOptions
    """

    rates: Floats
    impressions_per_day: int
    days: int = 60
    looks_per_day: int = 1
    level: Floats | None = None
    delay: Floats | None = None
    closed_window: bool = True

    def __post_init__(self) -> None:
        if self.rates.ndim != 2 or self.rates.shape[1] < 2:
            raise InvalidOptions("rates", self.rates.shape, "tests of two arms or more")
        if not ((self.rates > 0) & (self.rates < 1)).all():
            raise InvalidOptions("rates", float(self.rates.max()), "rates between 0 and 1")
        for name in ("impressions_per_day", "days", "looks_per_day"):
            if getattr(self, name) < 1:
                raise InvalidOptions(name, getattr(self, name), "at least 1")
        if self.level is not None and self.level.shape != (len(self.rates), self.days):
            raise InvalidOptions("level", self.level.shape, "one factor for each test and day")
        if self.delay is not None and not np.allclose(self.delay.sum(axis=1), 1.0):
            raise InvalidOptions("delay", self.delay.tolist(), "shares that sum to 1")

    def rates_on(self, day: int) -> Floats:
        """Rates of a day, (tests, arms), at most 0.95."""
        factor = 1.0 if self.level is None else self.level[:, day, None]
        return np.asarray(np.minimum(self.rates * factor, 0.95), dtype=np.float64)

    @property
    def window_days(self) -> int:
        """Days after an exposure in which its successes may still come."""
        return 0 if self.delay is None else self.delay.shape[1] - 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """What is known of the tests still followed, at one moment.

    Parameters
    ----------
        days    : run so far, the part of today included
        counted : days whose exposures are counted, fewer where a window must close
        tests   : which tests these are, (rows,)
        weights : of today, (rows, arms)
        impressions_per_day : of all arms together
        trials, successes : counted, raw, (rows, arms)
        effective : counts that everything is reckoned from
    """

    days: float
    counted: float
    tests: Integers
    weights: Floats
    impressions_per_day: float
    trials: Floats
    successes: Floats
    effective: EffectiveCounts

    def posteriors(self, options: AnalysisOptions) -> tuple[Floats, Floats]:
        """Alpha and beta of every arm, (rows, arms) each.

        Raises
        ------
            InvalidOptions: a prior that is a mixture
        """
        if options.spread is not None and len(options.spread.strengths) > 1:
            raise InvalidOptions("spread", options.spread, "one strength in many tests at once")
        strength = options.pseudo_clicks if options.spread is None else options.spread.pseudo_clicks
        won, trials = self.effective.successes, self.effective.trials
        if options.prior == "auto":
            prior = pooled_parameters(
                won.sum(axis=1, keepdims=True),
                trials.sum(axis=1, keepdims=True),
                pseudo_clicks=strength,
            )
        else:
            prior = np.array(options.prior.alpha), np.array(options.prior.beta)
        return prior[0] + won, prior[1] + trials - won


class Ensemble:
    """The state of many tests as their days pass; iterate over `looks`.

    Parameters
    ----------
        allocation : of the next day's traffic
        options    : that P(best) is reckoned with
    """

    def __init__(
        self,
        world: World,
        *,
        generator: np.random.Generator,
        allocation: Allocation,
        options: AnalysisOptions,
    ) -> None:
        self._world, self._generator = world, generator
        self._allocation, self._options = allocation, options
        tests, arms = world.rates.shape
        self._followed = np.arange(tests)
        self._weights = np.full((tests, arms), 1.0 / arms)
        self._trials = np.zeros((tests, world.days, arms))
        self._successes = np.zeros((tests, world.days, arms))
        self._coming = np.zeros((tests, world.days, world.window_days + 1, arms), dtype=np.int32)

    @property
    def weights(self) -> Floats:
        """Today's weights of all tests, (tests, arms)."""
        return self._weights

    @property
    def counts(self) -> tuple[Floats, Floats]:
        """Trials and successes seen so far of all tests, (tests, days, arms) each."""
        return self._trials, self._successes

    def leave(self, tests: Integers) -> None:
        """Follow these no longer: nothing more happens in them."""
        self._followed = np.setdiff1d(self._followed, tests)

    def looks(self) -> Iterator[Look]:
        """Every look at the tests still followed, until their days or the tests are over."""
        slices = self._sizes()
        for day in range(self._world.days):
            self._arrive(day)
            for number, size in enumerate(slices, start=1):
                if not len(self._followed):
                    return
                self._show(day, size)
                look = self._look(day, day + number / len(slices))
                if look is not None:
                    yield look
            if look is not None and day + 1 < self._world.days:
                self._weigh(look)

    def _sizes(self) -> list[int]:
        size, more = divmod(self._world.impressions_per_day, self._world.looks_per_day)
        return [size + (number < more) for number in range(self._world.looks_per_day)]

    def _show(self, day: int, size: int) -> None:
        """One slice of a day's traffic."""
        rows, draw = self._followed, self._generator
        shown = draw.multinomial(size, self._weights[rows])
        won = draw.binomial(shown, self._world.rates_on(day)[rows])
        self._trials[rows, day] += shown
        if self._world.delay is None:
            self._successes[rows, day] += won
            return
        spread = draw.multinomial(won, self._world.delay)  # (rows, arms, ages)
        self._coming[rows, day] += spread.swapaxes(1, 2).astype(np.int32)
        self._successes[rows, day] += spread[:, :, 0]

    def _arrive(self, day: int) -> None:
        """Successes of earlier exposures that come today."""
        for age in range(1, min(self._world.window_days, day) + 1):
            self._successes[:, day - age] += self._coming[:, day - age, age]

    def _look(self, day: int, days: float) -> Look | None:
        """None while no exposure's window has closed."""
        waiting = self._world.window_days if self._world.closed_window else 0
        if day < waiting:
            return None
        rows = self._followed
        trials = self._trials[rows, : day + 1 - waiting]
        successes = self._successes[rows, : day + 1 - waiting]
        if self._allocation.policy == "uniform":
            # Days of one allocation are one stratum.
            trials, successes = (of.sum(axis=1, keepdims=True) for of in (trials, successes))
        return Look(
            days=days,
            counted=days if not waiting else float(day + 1 - waiting),
            tests=rows,
            weights=self._weights[rows],
            impressions_per_day=float(self._world.impressions_per_day),
            trials=trials.sum(axis=1),
            successes=successes.sum(axis=1),
            effective=effective_counts(trials, successes),
        )

    def _weigh(self, look: Look) -> None:
        """Tomorrow's weights."""
        if self._allocation.policy == "uniform":
            return
        rows = np.isin(look.tests, self._followed)
        if not rows.any():
            return
        alpha, beta = look.posteriors(self._options)
        direction = self._options.direction
        prob_best = best_arms(alpha[rows], beta[rows], direction=direction).prob_best
        for test, chances in zip(look.tests[rows], prob_best, strict=True):
            shares = self._allocation.weights({str(i): p for i, p in enumerate(chances)})
            self._weights[test] = list(shares.values())
