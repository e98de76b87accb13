"""How often, how soon and at what cost a test is decided: simulated tests, ours and usual practice.

    python -m tests.benchmarks.abtest.power [--tests 400] [--out cells.jsonl]

Each cell simulates tests of k images whose true click rates lie around 2% with a relative standard
deviation of 10 or 20%; 500 impressions for each image and day, 60 days, looked at once a day.
Compared are our gate with top-two allocation, an even split with a z-test after 30 days (each
image against the leader at 5% over the number of images), and Thompson allocation that
stops at P(best) > 95% after a week, under our gate's least counts. Spread 0 is the price of each:
images that are all alike, where every promotion claims what is not there.

`decided` are promotions and findings that it does not matter. The even split ends all of its tests
on day 30, so that only its promotions compare. Days are medians of the tests that came so far, not
of all. Errors are standard errors. `clicks lost` is 0 where all images are alike.

`clicks lost` is against showing the best image for all 60 days: while the test runs, and after it,
when the promoted image is shown, or the one that led where the answer was that it does not matter.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import special

from abtest.allocation import Allocation
from abtest.analysis import AnalysisOptions
from abtest.ensemble import World
from abtest.gate import GateOptions
from abtest.measures import Integers
from abtest.quadrature import Floats
from tests.benchmarks.abtest.cells import Found, run_cells, share, table
from tests.benchmarks.abtest.rules import (
    NO_DIFFERENCE,
    Endings,
    Gate,
    ProbBest,
    Rule,
    Sight,
    follow,
)

DAYS = 60
PER_ARM = 500
RATE = 0.02
HORIZON_DAYS = 30


class FixedHorizon:
    """One look on a day fixed beforehand: the leader if it beats every other at 5% together."""

    name = "even split, z-test after 30 days"

    def ends(self, sight: Sight, rows: Integers) -> Mapping[int, int]:
        """See `Rule`: on its day, all of them."""
        if round(sight.look.days) < HORIZON_DAYS:
            return {}
        won, shown = np.maximum(sight.look.successes[rows], 0.5), sight.look.trials[rows]
        log_rate, variance = np.log(won / shown), 1.0 / won - 1.0 / shown
        leader, at = log_rate.argmax(axis=1), np.arange(len(rows))
        gap = log_rate[at, leader][:, None] - log_rate
        z = gap / np.sqrt(variance + variance[at, leader][:, None])
        z[at, leader] = np.inf
        limit = special.ndtri(1.0 - 0.025 / (won.shape[1] - 1))
        sure = z.min(axis=1) > limit
        return {
            int(row): int(arm) if clear else NO_DIFFERENCE
            for row, arm, clear in zip(rows, leader, sure, strict=True)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A way to run tests: how traffic is split, and what ends them."""

    allocation: Allocation
    rule: Rule
    foresight: bool = False


PRACTICES = {
    "ours": Practice(allocation=Allocation(), rule=Gate(), foresight=True),
    FixedHorizon.name: Practice(allocation=Allocation(policy="uniform"), rule=FixedHorizon()),
    "Thompson, P(best) > 95%": Practice(
        allocation=Allocation(policy="thompson", floor=0.0), rule=ProbBest()
    ),
}


def measured(*, practice: str, arms: int, spread: float, tests: int, days: int = DAYS) -> Found:
    """Run one cell."""
    generator = np.random.default_rng([arms, round(100 * spread)])
    sd = math.sqrt(math.log1p(spread**2))
    rates = RATE * np.exp(generator.normal(-sd * sd / 2, sd, (tests, arms)))
    way = PRACTICES[practice]
    world = World(rates=rates, impressions_per_day=PER_ARM * arms, days=days)
    options = AnalysisOptions(foresight="overall" if way.foresight else "none")
    (ended,) = follow(
        world, [way.rule], generator=generator, allocation=way.allocation, options=options
    ).values()
    return {"found": counted(ended, world)}


def counted(ended: Endings, world: World) -> dict[str, float | None]:
    """Counts of the tests' ends, median days to a promotion, and clicks lost."""
    rates, arm = world.rates, ended.arm
    promoted = arm >= 0
    best = rates.max(axis=1)
    chosen = rates[np.arange(len(rates)), np.where(promoted, arm, 0)]
    wrong = promoted & (best > chosen * (1.0 + GateOptions().epsilon))
    lost = clicks_lost(ended, world)
    decided = promoted | (arm == NO_DIFFERENCE)
    return {
        "tests": len(arm),
        "promoted": int(promoted.sum()),
        "no_difference": int((arm == NO_DIFFERENCE).sum()),
        "wrong": int(wrong.sum()),
        "days": float(np.median(ended.days[decided])) if decided.any() else None,
        "days_promoted": float(np.median(ended.days[promoted])) if promoted.any() else None,
        "lost": float(lost.mean()),
        "lost_error": float(lost.std() / math.sqrt(len(lost))),
    }


def clicks_lost(ended: Endings, world: World) -> Floats:
    """Of each test, relative to the best image's clicks over all days."""
    rates = world.rates
    after = rates[np.arange(len(rates)), np.maximum(ended.shown, 0)]
    left = world.impressions_per_day * (world.days - ended.days)
    possible = rates.max(axis=1) * world.impressions_per_day * world.days
    return np.asarray(1.0 - (ended.earned + after * left) / possible, dtype=np.float64)


def told(rows: list[Found]) -> str:
    """The table."""
    lines = []
    for row in rows:
        cell, found = row["cell"], row["found"]
        tests = found["tests"]
        lines.append(
            [
                cell["arms"], f"{cell['spread']:.0%}", cell["practice"], tests,
                share(found["promoted"] + found["no_difference"], tests),
                share(found["promoted"], tests),
                share(found["wrong"], tests),
                *("" if found[days] is None else f"{found[days]:.0f}"
                  for days in ("days", "days_promoted")),
                f"{100 * found['lost']:.2f} ± {100 * found['lost_error']:.2f}" if cell["spread"] else "0",
            ]
        )  # fmt: skip
    head = ["images", "spread", "practice", "tests", "decided %", "promoted %",
            "promoted over 5% worse %", "days to a decision", "to a promotion", "clicks lost %"]  # fmt: skip
    return table(head, lines)


def cells(tests: int) -> list[dict[str, object]]:
    """All cells of the study."""
    return [
        {"practice": practice, "arms": arms, "spread": spread, "tests": tests}
        for arms in (2, 4, 6)
        for spread in (0.2, 0.1, 0.0)
        for practice in PRACTICES
    ]


def main() -> None:
    """Run all cells and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=int, default=400)
    parser.add_argument("--out", type=Path, help="file that keeps what was run")
    options = parser.parse_args()
    print(told(run_cells(cells(options.tests), measured, kept=options.out)))


if __name__ == "__main__":
    main()
