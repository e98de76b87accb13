"""Simulated shoppers with hidden preferences, to try a test before real ones see it.

Everything random comes from the generator that is passed in. What is simulated must be labelled so
wherever it is shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from abtest.allocation import Allocation, even_weights
from abtest.analysis import AnalysisOptions, analyse
from abtest.cells import Cell, CellKey
from abtest.counts import EVERYONE, Counts, Period
from abtest.errors import InvalidOptions
from abtest.findings import Analysis
from abtest.verdict import VerdictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Shoppers of one segment.

    Parameters
    ----------
        rates           : variant to hidden click rate, range (0, 1)
        share           : of all shoppers, 0 or more; shares are taken relative to each other
        attributes      : that a shopper of this segment carries
        conversion_rate : of those who clicked
    Raises                InvalidOptions
    """

    rates: Mapping[str, float]
    share: float = 1.0
    attributes: Mapping[str, object] = field(default_factory=dict)
    conversion_rate: float = 0.0

    def __post_init__(self) -> None:
        for variant, rate in self.rates.items():
            if not 0.0 < rate < 1.0:
                raise InvalidOptions(f"rates[{variant}]", rate, "a rate between 0 and 1")
        if not (math.isfinite(self.share) and self.share >= 0):
            raise InvalidOptions("share", self.share, "0 or more")
        if not 0.0 <= self.conversion_rate <= 1.0:
            raise InvalidOptions("conversion_rate", self.conversion_rate, "between 0 and 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shopper:
    """One simulated visit."""

    unit: str
    segment: str
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Simulated shoppers of all segments.

    Parameters
    ----------
        crowds      : by segment; all know the same variants
        day_factors : factor on all rates, by day of the week; empty for none
        drift       : relative change of all rates per day; 0.01 is 1% more each day
    Raises            InvalidOptions
    """

    crowds: Mapping[str, Crowd]
    day_factors: tuple[float, ...] = ()
    drift: float = 0.0

    def __post_init__(self) -> None:
        if not self.crowds or sum(crowd.share for crowd in self.crowds.values()) <= 0:
            raise InvalidOptions("crowds", list(self.crowds), "at least one with a share above 0")
        if len({tuple(crowd.rates) for crowd in self.crowds.values()}) > 1:
            raise InvalidOptions("crowds", list(self.crowds), "all rate the same variants")
        if any(not factor > 0 for factor in self.day_factors) or not self.drift > -1:
            raise InvalidOptions("day_factors", self.day_factors, "factors above 0, drift above -1")

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants that the shoppers have a taste for."""
        return tuple(next(iter(self.crowds.values())).rates)

    def rate(self, segment: str, variant: str, *, day: int = 0) -> float:
        """The hidden click rate on a day, at most 0.95."""
        factor = self.day_factors[day % len(self.day_factors)] if self.day_factors else 1.0
        return min(self.crowds[segment].rates[variant] * factor * (1.0 + self.drift) ** day, 0.95)

    def shoppers(
        self, generator: np.random.Generator, visits: int, *, prefix: str = "shopper"
    ) -> Iterator[Shopper]:
        """Visits of new shoppers, each with a unit name of its own under `prefix`."""
        names = tuple(self.crowds)
        segments = generator.choice(len(names), size=visits, p=self._shares())
        for number, segment in enumerate(segments):
            name = names[int(segment)]
            yield Shopper(
                unit=f"{prefix}-{number}", segment=name, attributes=self.crowds[name].attributes
            )

    def clicks(
        self, generator: np.random.Generator, shopper: Shopper, variant: str, *, day: int = 0
    ) -> bool:
        """Whether a shopper who sees a variant clicks it."""
        return bool(generator.random() < self.rate(shopper.segment, variant, day=day))

    def buys(self, generator: np.random.Generator, shopper: Shopper) -> bool:
        """Whether a shopper who clicked buys."""
        return bool(generator.random() < self.crowds[shopper.segment].conversion_rate)

    def day_counts(
        self, generator: np.random.Generator, weights: Mapping[str, float], visits: int, *, day: int
    ) -> dict[tuple[str, str], Cell]:
        """Counts of a day's visits by (segment, variant), drawn at once rather than one by one."""
        of_segment = generator.multinomial(visits, self._shares())
        shares = np.array([weights.get(variant, 0.0) for variant in self.variants])
        cells: dict[tuple[str, str], Cell] = {}
        for segment, total in zip(self.crowds, of_segment, strict=True):
            shown = generator.multinomial(int(total), shares / shares.sum())
            for variant, impressions in zip(self.variants, shown, strict=True):
                clicks = generator.binomial(impressions, self.rate(segment, variant, day=day))
                bought = generator.binomial(clicks, self.crowds[segment].conversion_rate)
                cells[segment, variant] = Cell(
                    impressions=int(impressions), clicks=int(clicks), conversions=int(bought)
                )
        return cells

    def _shares(self) -> list[float]:
        total = sum(crowd.share for crowd in self.crowds.values())
        return [crowd.share / total for crowd in self.crowds.values()]


def one_crowd(rates: Mapping[str, float]) -> Population:
    """A population without segments."""
    return Population(crowds={EVERYONE: Crowd(rates=rates)})


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDay:
    """One day of a simulated test: the weights in force, and what was known at its end."""

    day: int
    weights: Mapping[str, float]
    analysis: Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedTest:
    """A simulated test: its days, its counts, and the hidden truth beside what it found."""

    days: tuple[SimulatedDay, ...]
    counts: Counts
    population: Population

    @property
    def outcome(self) -> Analysis:
        """The analysis at the end."""
        return self.days[-1].analysis

    @property
    def regret_clicks(self) -> float:
        """Clicks given up, on average, by not showing each segment's best variant throughout.

        Where lower is better, those that were too many.
        """
        best_of = max if self.outcome.direction == "higher" else min
        lost = 0.0
        for number, period in enumerate(self.counts.periods):
            for segment in self.population.crowds:
                rates = {
                    variant: self.population.rate(segment, variant, day=number)
                    for variant in self.population.variants
                }
                best = best_of(rates.values())
                lost += sum(
                    self.counts.cell(segment, variant, period.id).impressions * abs(best - rate)
                    for variant, rate in rates.items()
                )
        return lost


def simulate_test(
    population: Population,
    *,
    visits_per_day: int,
    max_days: int,
    generator: np.random.Generator,
    options: AnalysisOptions | None = None,
    allocation: Allocation | None = None,
) -> SimulatedTest:
    """Run a test day by day until it has a verdict, or until `max_days`.

    Raises
    ------
        InvalidOptions: less than one visit or day
    """
    if visits_per_day < 1 or max_days < 1:
        raise InvalidOptions("visits_per_day", visits_per_day, "at least 1, and at least 1 day")
    allocation = allocation or Allocation()
    weights = even_weights(population.variants)
    periods: list[Period] = []
    cells: dict[CellKey, Cell] = {}
    days: list[SimulatedDay] = []
    for day in range(max_days):
        periods.append(Period(id=str(day + 1), weights=weights))
        drawn = population.day_counts(generator, weights, visits_per_day, day=day)
        cells |= {(segment, variant, str(day + 1)): c for (segment, variant), c in drawn.items()}
        analysis = analyse(_counts(population, periods, cells), options=options)
        days.append(SimulatedDay(day=day + 1, weights=weights, analysis=analysis))
        if analysis.verdict.kind != VerdictKind.KEEP_RUNNING:
            break
        weights = analysis.overall.next_weights(allocation)
    return SimulatedTest(
        days=tuple(days), counts=_counts(population, periods, cells), population=population
    )


def _counts(
    population: Population, periods: Sequence[Period], cells: Mapping[CellKey, Cell]
) -> Counts:
    return Counts(
        variants=population.variants,
        periods=tuple(periods),
        cells=dict(cells),
        segments=tuple(population.crowds),
    )
