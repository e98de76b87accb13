"""How often a rule that looks all the time is wrong: simulated tests, ours and common rules.

    python -m tests.benchmarks.abtest.false_promotions [--tests 800] [--out cells.jsonl]

Each cell simulates tests of k images for 60 days, looked at after every 500 impressions, with
top-two allocation that moves every day (but for the world of an even split). `alike`: the images' true rates are equal, and every
promotion claims a difference that is not there. `5.1% apart`: one image is better than the rest by
a little more than epsilon, and promoting any other is the mistake that the gate is to prevent.
All rules see the same tests at the same moments, under the same least days and counts (7 days, 500
impressions of each image, 50 clicks of the leader), and the same traffic, which our allocation
splits. P(best) and loss are reckoned under our prior and by period, as our gate's are. gbstats
joins where it is installed, on the first tests and once a day, as it comes: each image against the
first by counts of all days together, and without a correction for several images.

    python -m venv compare && compare/bin/pip install numpy scipy gbstats
    compare/bin/python -m tests.benchmarks.abtest.false_promotions
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from abtest.allocation import Allocation
from abtest.analysis import AnalysisOptions
from abtest.ensemble import World
from abtest.gate import GateOptions
from abtest.quadrature import Floats
from tests.benchmarks.abtest.cells import Found, run_cells, share, table
from tests.benchmarks.abtest.rules import (
    NO_DIFFERENCE,
    Endings,
    Gate,
    GrowthBook,
    ProbBest,
    Rule,
    SmallLoss,
    follow,
)

DAYS = 60
PER_LOOK = 500
APART = 0.051
WEEK = (0.80, 0.85, 0.90, 1.00, 1.10, 1.25, 1.10)
WINDOW_DAYS = 14
TRUTHS = {"alike": 0.0, "5.1% apart": APART}
WORLDS = {
    "steady": "rates stay as they are",
    "drifting": "all rates wander by 5% a day",
    "weekly": "weekends click 40% more than Mondays",
    "delayed": "conversions come up to 14 days late, later for some images; closed windows counted",
    "few": "100 impressions a day for each image",
    "plenty": "20,000 impressions a day for each image, looked at ten times a day",
    "even": "traffic is split evenly throughout, which is what gbstats is made for",
}
EDGES = (
    ("plenty", 0.001, 2),
    ("plenty", 0.08, 2),
    ("steady", 0.02, 20),
    *(("even", 0.02, arms) for arms in (2, 4, 8)),
)
"""The ends of what tests are made for: rates of orders, the best of placements, twenty images; and
a split that does others justice."""
_MANY = 8
"""Images from which on a cell has half as many tests."""


def world_of(
    name: str, *, rates: Floats, generator: np.random.Generator, days: int = DAYS
) -> World:
    """The world of a name of `WORLDS`, of images with these true rates."""
    tests, arms = rates.shape
    per_day = PER_LOOK * arms
    level = delay = None
    if name == "drifting":
        level = np.exp(np.cumsum(generator.normal(0.0, 0.05, (tests, days)), axis=1))
    elif name == "weekly":
        level = np.tile(np.resize(WEEK, days), (tests, 1))
    elif name == "delayed":
        # Mean days until a buyer of an image buys; odd images sell to the hesitant.
        mean = np.where(np.arange(arms) % 2, 5.0, 1.0)[:, None]
        delay = (mean / (1 + mean)) ** np.arange(WINDOW_DAYS + 1) / (1 + mean)
        delay /= delay.sum(axis=1, keepdims=True)
    elif name == "few":
        per_day = 100 * arms
    looks = max(per_day // PER_LOOK, 1)
    if name == "plenty":
        per_day, looks = 20_000 * arms, 10
    return World(
        rates=rates, impressions_per_day=per_day, days=days,
        looks_per_day=looks, level=level, delay=delay,
    )  # fmt: skip


def measured(
    *, world: str, arms: int, rate: float, truth: str, tests: int, days: int = DAYS
) -> Found:
    """Run one cell: of each rule, tests judged, promotions, mistakes, no difference, days."""
    generator = np.random.default_rng([arms, round(1e4 * rate), len(world), len(truth)])
    rates = np.full((tests, arms), rate)
    best = generator.integers(arms, size=tests)
    rates[np.arange(tests), best] *= 1.0 + TRUTHS[truth]
    rules: list[Rule] = [Gate(), ProbBest(), SmallLoss()]
    if find_spec("gbstats") is not None:
        rules.append(GrowthBook(tests=min(tests, 200)))
    ended = follow(
        world_of(world, rates=rates, generator=generator, days=days),
        rules,
        generator=generator,
        allocation=Allocation(policy="uniform") if world == "even" else Allocation(),
        # Futility only ends tests without a promotion: leaving it out is the harder trial.
        options=AnalysisOptions(foresight="none"),
    )
    return {"rules": {name: _counted(one, rates) for name, one in ended.items()}}


def _counted(endings: Endings, rates: Floats) -> dict[str, float]:
    arm, rates = endings.arm[: endings.judged], rates[: endings.judged]
    promoted = arm >= 0
    chosen = rates[np.arange(len(rates)), np.where(promoted, arm, 0)]
    worse = promoted & (rates.max(axis=1) > chosen * (1.0 + GateOptions().epsilon))
    return {
        "tests": endings.judged,
        "promoted": int(promoted.sum()),
        "worse": int(worse.sum()),
        "no_difference": int((arm == NO_DIFFERENCE).sum()),
    }


def cells(tests: int) -> list[dict[str, object]]:
    """The cells of the study."""
    usual = [
        (world, rate, arms)
        for world in WORLDS
        if world not in ("plenty", "even")
        for rate in (0.005, 0.02, 0.05)
        for arms in (2, 4, 8)
    ]
    return [
        {"world": world, "arms": arms, "rate": rate, "truth": truth,
         "tests": tests if arms < _MANY else tests // 2}
        for world, rate, arms in (*usual, *EDGES)
        for truth in TRUTHS
    ]  # fmt: skip


def told(rows: list[Found]) -> str:
    """Two tables, and the worst of each: claims where all are alike, mistakes where one is better."""
    parts = []
    for truth, what, title in (
        ("alike", "promoted", "Images alike: % of tests that promote one all the same"),
        ("5.1% apart", "worse", "One image 5.1% better: % of tests that promote another"),
    ):
        chosen = [row for row in rows if row["cell"]["truth"] == truth]
        names = list(dict.fromkeys(name for row in chosen for name in row["rules"]))
        lines = [
            [row["cell"]["world"], row["cell"]["arms"], f"{row['cell']['rate']:.1%}",
             row["cell"]["tests"], *(_cell(row["rules"].get(name), what) for name in names)]
            for row in chosen
        ]  # fmt: skip
        parts.append(f"{title}\n\n" + table(["world", "images", "rate", "tests", *names], lines))
        parts.append(_worst(chosen, names, what))
    return "\n\n".join(parts)


def _worst(rows: list[Found], names: list[str], what: str) -> str:
    """Of each rule, the cell in which it is wrong most often."""
    lines = []
    for name in names:
        judged = [row for row in rows if name in row["rules"]]
        worst = max(judged, key=lambda row: row["rules"][name][what] / row["rules"][name]["tests"])
        cell = worst["cell"]
        where = f"{cell['world']}, {cell['arms']} images, {cell['rate']:.1%}"
        lines.append([name, len(judged), _cell(worst["rules"][name], what), where])
    return table(["rule", "cells", "worst %", "where"], lines)


def _cell(counted: dict[str, int] | None, what: str) -> str:
    return "" if counted is None else share(counted[what], counted["tests"])


def main() -> None:
    """Run all cells and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=int, default=800)
    parser.add_argument("--worlds", nargs="*", default=list(WORLDS))
    parser.add_argument("--arms", type=int, nargs="*", default=[2, 4, 8, 20])
    parser.add_argument("--out", type=Path, help="file that keeps what was run")
    options = parser.parse_args()
    wanted = [
        cell
        for cell in cells(options.tests)
        if cell["world"] in options.worlds and cell["arms"] in options.arms
    ]
    print(told(run_cells(wanted, measured, kept=options.out)))


if __name__ == "__main__":
    main()
