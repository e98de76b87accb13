"""How soon a promotion that turned bad is found, and how often a good one is doubted.

Simulated watches of 60 days, looked at daily: `python -m tests.benchmarks.abtest.aftermath`.
Traffic follows the week and click rates drift by a third over the watch, for both arms alike.
Prints a markdown table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from abtest import Cell, WatchedDay, aftermath

_DAYS = 60
_TURNS = 10
_WEEK = (1.0, 0.97, 0.93, 0.95, 1.05, 1.3, 1.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One cell of the table; `ratios` are of the winner over the control, before and after."""

    title: str
    ratios: tuple[float, float]
    visits_per_day: int
    holdout: float
    rate: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Share of watches that proposed a roll back, and days from the turn until they did."""

    proposed: float
    early: float
    days: tuple[float, float] | None


def watched(case: Case, generator: np.random.Generator) -> Iterator[WatchedDay]:
    """The days of one simulated watch."""
    drift = generator.uniform(-1.0, 1.0) / 3.0
    for day in range(_DAYS):
        visits = int(generator.poisson(case.visits_per_day * _WEEK[day % 7]))
        held = int(generator.binomial(visits, case.holdout))
        level = case.rate * (1.0 + drift * day / _DAYS) * generator.uniform(0.85, 1.15)
        ratio = case.ratios[day >= _TURNS]
        cells = tuple(
            Cell(impressions=shown, clicks=int(generator.binomial(shown, rate)))
            for shown, rate in ((visits - held, level * ratio), (held, level))
        )
        yield WatchedDay(label=str(day + 1), arms={"everyone": (cells[0], cells[1])})


def first_proposal(case: Case, generator: np.random.Generator) -> int | None:
    """The day, from 1, on which a roll back is first proposed; None for never."""
    days: list[WatchedDay] = []
    for day in watched(case, generator):
        days.append(day)
        if aftermath(days, winner="winner", control="control").roll_back:
            return len(days)
    return None


def run(case: Case, *, watches: int, generator: np.random.Generator) -> Outcome:
    """Watch many times."""
    firsts = [first_proposal(case, generator) for _ in range(watches)]
    turned = [first - _TURNS for first in firsts if first is not None and first > _TURNS]
    proposed = sum(first is not None for first in firsts) / watches
    quantiles = (
        (float(np.quantile(turned, 0.5)), float(np.quantile(turned, 0.9))) if turned else None
    )
    return Outcome(
        proposed=proposed,
        early=sum(first is not None and first <= _TURNS for first in firsts) / watches,
        days=quantiles,
    )


def cases() -> list[Case]:
    """The rows of the table."""
    traffic = [(5_000, 0.05), (5_000, 0.1), (20_000, 0.05), (20_000, 0.1), (100_000, 0.05)]
    kinds = [
        ("good, +15% throughout", (1.15, 1.15)),
        ("no better than the control", (1.0, 1.0)),
        (f"+15%, from day {_TURNS + 1} 20% worse", (1.15, 0.8)),
        (f"+15%, from day {_TURNS + 1} 40% worse", (1.15, 0.6)),
    ]
    return [
        Case(title=title, ratios=ratios, visits_per_day=visits, holdout=holdout)
        for title, ratios in kinds
        for visits, holdout in traffic
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watches", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(f"{given.watches} watches of {_DAYS} days a row, click rate 3%, seed {given.seed}")
    print(
        "| winner | impressions a day | holdout | proposed | standard error | days, median | 90% |"
    )
    print("|---|---|---|---|---|---|---|")
    for case in cases():
        generator = np.random.default_rng(given.seed)
        found = run(case, watches=given.watches, generator=generator)
        error = (found.proposed * (1.0 - found.proposed) / given.watches) ** 0.5
        middle, most = ("-", "-") if found.days is None else (f"{d:.0f}" for d in found.days)
        print(
            f"| {case.title} | {case.visits_per_day:,} | {case.holdout:.0%} | {found.proposed:.1%} "
            f"| {error:.1%} | {middle} | {most} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
