"""Whether `packshot test plan` keeps its word: its forecast beside tests run one by one.

    python -m tests.benchmarks.abtest.planned [--tests 40] [--out cells.jsonl]

The forecast comes from many futures side by side, as `packshot test plan` makes it by default. The
other tests are run as `packshot test simulate` runs them: each by itself, day by day, with the whole
analysis and the look ahead, on images and shoppers that the forecast never saw. 500 impressions of
each image a day, click rates around 2% that differ by 17%, 60 days.

`days` is when half of all tests have their answer, those without one within the 60 days counted as
later. `apart` is the difference over its standard error.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np

from abtest import Expectation, plan_test
from abtest.planning import USUAL_SPREAD
from abtest.simulate import one_crowd, simulate_test
from abtest.verdict import VerdictKind
from tests.benchmarks.abtest.cells import Found, run_cells, share, table

DAYS, PER_ARM, RATE, RUNS = 60, 500, 0.02, 100


def one_by_one(images: int, tests: int, *, days: int = DAYS) -> tuple[list[str], list[float]]:
    """How each test ended, and after how many days; infinity where it did not."""
    kinds, ended = [], []
    sd = math.sqrt(math.log1p(USUAL_SPREAD**2))
    for number in range(tests):
        generator = np.random.default_rng([images, number])
        rates = RATE * np.exp(generator.normal(-sd * sd / 2, sd, images))
        test = simulate_test(
            one_crowd({str(i): float(rate) for i, rate in enumerate(rates)}),
            visits_per_day=PER_ARM * images, max_days=days, generator=generator,
        )  # fmt: skip
        kind = test.outcome.verdict.kind
        kinds.append(kind.value)
        ended.append(math.inf if kind is VerdictKind.KEEP_RUNNING else float(len(test.days)))
    return kinds, ended


def half_decided(days: list[float]) -> float | None:
    """The day by which half of all tests had ended; None where that is beyond the last."""
    middle = float(np.quantile(days, 0.5, method="inverted_cdf"))
    return middle if math.isfinite(middle) else None


def measured(*, images: int, tests: int, days: int = DAYS) -> Found:
    """The forecast, and what became of other tests."""
    expected = Expectation(images=images, visits_per_day=PER_ARM * images, rate=RATE, max_days=days)
    forecast = plan_test(expected, generator=np.random.default_rng(1), runs=RUNS)
    kinds, ended = one_by_one(images, tests, days=days)
    facts = asdict(forecast)
    facts.pop("expectation")
    return {
        "forecast": facts,
        "seen": {
            "promoted": kinds.count(VerdictKind.PROMOTE.value) / tests,
            "no_difference": kinds.count(VerdictKind.NO_DIFFERENCE.value) / tests,
            "days": half_decided(ended),
            "within": sum(day <= (forecast.days or 0.0) for day in ended) / tests,
        },
    }


def apart(foretold: float, seen: float, tests: int) -> float:
    """The difference of two shares over its standard error, both steadied by one test."""
    variance = 0.0
    for p, of in ((foretold, RUNS), (seen, tests)):
        steady = min(max(p, 1.0 / of), 1.0 - 1.0 / of)
        variance += steady * (1.0 - steady) / of
    return (foretold - seen) / math.sqrt(variance)


def told(rows: list[Found]) -> str:
    """The table."""
    lines = []
    for row in rows:
        cell, plan, seen = row["cell"], row["forecast"], row["seen"]
        line = [cell["images"]]
        for name in ("promoted", "no_difference"):
            line += [
                share(plan[name] * RUNS, RUNS),
                share(seen[name] * cell["tests"], cell["tests"]),
                f"{apart(plan[name], seen[name], cell['tests']):+.1f}",
            ]
        line += [
            _days(plan["days"]),
            _days(seen["days"]),
            share(seen["within"] * cell["tests"], cell["tests"]),
        ]
        lines.append(line)
    head = ["images", "promoted %: plan", "run", "apart", "no difference %: plan", "run", "apart",
            "days: plan", "run", "% of all that ended within the plan's days"]  # fmt: skip
    return table(head, lines)


def _days(days: float | None) -> str:
    return f"over {DAYS}" if days is None else f"{days:.0f}"


def main() -> None:
    """Run two, four and six images, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=int, default=40)
    parser.add_argument("--out", type=Path, help="file that keeps what was run")
    options = parser.parse_args()
    cells = [{"images": images, "tests": options.tests} for images in (2, 4, 6)]
    print(told(run_cells(cells, measured, kept=options.out)))


if __name__ == "__main__":
    main()
