"""P(best) and expected loss against exact cases, and the time of a full analysis, beside others.

    python -m tests.benchmarks.abtest.exactness --cases exact_beta_cases.json

The cases were computed without any A/B library, to 1e-15. gbstats and bayesian-testing join where
they are installed; they pin older numpy, so that an environment of their own is best:

    python -m venv compare && compare/bin/pip install numpy scipy gbstats bayesian-testing
    compare/bin/python -m tests.benchmarks.abtest.exactness --cases exact_beta_cases.json

The speed is that of 20 images in 50 segments, in seconds of processor time, the best of five.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from abtest import AnalysisOptions, Beta, Row, analyse, best_arm, counts_from_rows
from tests.benchmarks.abtest.cells import table

Case = dict[str, Any]
SEED = 1
DRAWS = 20_000
IMAGES, SEGMENTS = 20, 50


def our_error(case: Case) -> tuple[float, float]:
    """Largest error of P(best) and of loss."""
    found = best_arm([Beta(alpha=a, beta=b) for a, b in case["posterior"]])
    prob = np.abs(found.prob_best[0] - case["p_best"]).max()
    loss = np.abs(found.expected_loss[0] - case["expected_loss"]).max()
    return float(prob), float(loss)


def sampled_error(case: Case) -> tuple[float, float]:
    """The same of bayesian-testing, by its 20,000 draws."""
    evaluate = import_module("bayesian_testing.metrics").eval_bernoulli_agg
    arms = case["arms"]
    priors = [
        (a - arm["successes"], b - arm["trials"] + arm["successes"])
        for arm, (a, b) in zip(arms, case["posterior"], strict=True)
    ]
    found = evaluate(
        [arm["trials"] for arm in arms],
        [arm["successes"] for arm in arms],
        [a for a, _ in priors],
        [b for _, b in priors],
        DRAWS,
        SEED,
    )
    prob = np.abs(np.array(found[0]) - case["p_best"]).max()
    loss = np.abs(np.array(found[1]) - case["expected_loss"]).max()
    return float(prob), float(loss)


def normal_error(case: Case) -> float | None:
    """Error of gbstats' chance to win; None unless it is a case of two arms that it can judge."""
    arms = case["arms"]
    if len(arms) != 2 or min(arm["successes"] for arm in arms) == 0:
        return None
    chance = gbstats_chance(*((arm["successes"], arm["trials"]) for arm in arms))
    return abs(chance - float(case["p_best"][1]))


def gbstats_chance(baseline: tuple[int, int], arm: tuple[int, int]) -> float:
    """P(arm > baseline) as gbstats gives it by default, of (successes, trials) each."""
    statistic = import_module("gbstats.models.statistics").ProportionStatistic
    bayesian = import_module("gbstats.bayesian.tests")
    stats = [statistic(n=n, sum=c) for c, n in (baseline, arm)]
    result = bayesian.EffectBayesianABTest(*stats, bayesian.EffectBayesianConfig())
    return float(result.compute_result().chance_to_win)


def table_of_rates(seed: int = SEED) -> list[Row]:
    """A week of 20 images in 50 segments."""
    rng = np.random.default_rng(seed)
    return [
        Row(
            segment=f"s{segment}", variant=f"v{image}", period="1", impressions=2000,
            clicks=int(rng.binomial(2000, 0.02 + 0.0005 * image)),
        )
        for segment in range(SEGMENTS)
        for image in range(IMAGES)
    ]  # fmt: skip


def best_time(work: Callable[[], object], *, rounds: int = 5) -> float:
    """Seconds of processor time, the best of some rounds."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def speed_rows() -> list[list[str]]:
    """What each system takes for 20 images in 50 segments."""
    rows = table_of_rates()
    counts = counts_from_rows(rows)
    ours = AnalysisOptions(foresight="none")
    lines = [
        [
            "Packshot, full analysis",
            f"{1e3 * best_time(lambda: analyse(counts, options=ours)):.0f}",
        ],
        ["Packshot, with the look ahead", f"{1e3 * best_time(lambda: analyse(counts)):.0f}"],
    ]
    cells = [rows[i : i + IMAGES] for i in range(0, len(rows), IMAGES)]
    if find_spec("bayesian_testing") is not None:
        evaluate = import_module("bayesian_testing.metrics").eval_bernoulli_agg

        def sample() -> None:
            for cell in cells:
                shown, won = [row.impressions for row in cell], [row.clicks for row in cell]
                evaluate(shown, won, [0.5] * IMAGES, [0.5] * IMAGES, DRAWS, SEED)

        lines.append(["bayesian-testing, 20,000 draws", f"{1e3 * best_time(sample, rounds=1):.0f}"])
    if find_spec("gbstats") is not None:

        def compare() -> None:
            for cell in cells:
                first, *others = [(row.clicks, row.impressions) for row in cell]
                for other in others:
                    gbstats_chance(first, other)

        lines.append(
            ["gbstats, each against the first", f"{1e3 * best_time(compare, rounds=1):.0f}"]
        )
    return lines


def error_rows(cases: list[Case]) -> list[list[str]]:
    """Largest errors over the cases."""
    ours = np.array([our_error(case) for case in cases])
    lines = [["Packshot", str(len(cases)), *(f"{worst:.1e}" for worst in ours.max(axis=0))]]
    if find_spec("bayesian_testing") is not None:
        sampled = np.array([sampled_error(case) for case in cases])
        worst = sampled.max(axis=0)
        lines.append(["bayesian-testing", str(len(cases)), *(f"{each:.1e}" for each in worst)])
    if find_spec("gbstats") is not None:
        normal = [error for case in cases if (error := normal_error(case)) is not None]
        lines.append(["gbstats", f"{len(normal)} of two", f"{max(normal):.1e}", "not given"])
    return lines


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, required=True)
    options = parser.parse_args()
    cases = json.loads(options.cases.read_text(encoding="utf-8"))["cases"]
    head = ["system", "cases", "largest error of P(best)", "of expected loss"]
    print(table(head, error_rows(cases)))
    print()
    print(table(["20 images x 50 segments", "ms of one core"], speed_rows()))


if __name__ == "__main__":
    main()
