"""P(best) and expected loss against exact cases, and the time of a full analysis, beside others.

    python -m tests.benchmarks.abtest.exactness --cases exact_beta_cases.json

The cases were computed without any A/B library, to 1e-15. gbstats and bayesian-testing join where
they are installed; they pin older numpy, so that an environment of their own is best:

    python -m venv compare && compare/bin/pip install numpy scipy gbstats bayesian-testing
    compare/bin/python -m tests.benchmarks.abtest.exactness --cases exact_beta_cases.json

Nine cases are few, so that 100 more are drawn from all that a test may come to: 2 to 20 images, rates of
0.1 to 8%, half a click to 100,000. They are held against a sum over an even grid of 20,001 points.

The speed is that of 20 images in 50 segments, in seconds of processor time, the best of five.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from abtest import AnalysisOptions, Beta, Row, Spread, analyse, best_arm, counts_from_rows
from abtest.quadrature import Floats
from tests.benchmarks.abtest.cells import table

Case = dict[str, Any]
SEED = 1
DRAWS = 20_000
IMAGES, SEGMENTS = 20, 50
DRAWN = 100
DAYS = 14


def drawn_cases(number: int = DRAWN, *, seed: int = SEED) -> list[Case]:
    """Posteriors of all kinds, with their P(best) and loss by brute force."""
    rng = np.random.default_rng(seed)
    cases = []
    for _ in range(number):
        arms = int(rng.integers(2, 21))
        clicks = 10.0 ** rng.uniform(-0.3, 5.0)
        alpha = clicks * np.exp(rng.choice([0.0, 0.5]) * rng.normal(size=arms))
        rate = 10.0 ** rng.uniform(-3.0, np.log10(0.08))
        rates = rate * np.exp(rng.choice([0.0, 0.02, 0.2]) * rng.normal(size=arms))
        beta = alpha * (1.0 - rates) / rates
        prob, loss = by_brute_force(alpha, beta)
        posterior = list(zip(alpha.tolist(), beta.tolist(), strict=True))
        cases.append({"posterior": posterior, "p_best": prob, "expected_loss": loss})
    return cases


def by_brute_force(alpha: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """P(best) and expected loss, summed over an even grid of logit(x)."""
    middle, low, high = np.log(alpha / beta), 40.0 / alpha, 9.0 / np.sqrt(alpha)
    y = np.linspace((middle - low - high).min(), (middle + high + 2.0).max(), 20_001)
    if (alpha > 100.0).all():
        y = np.linspace((middle - 1.5 * high).min(), (middle + high).max(), 20_001)
    x, a, b = special.expit(y), alpha[:, None], beta[:, None]
    below = special.betainc(a, b, x)
    logs = a * np.log(x) + b * np.log1p(-x)
    density = np.exp(logs - logs.max(axis=1, keepdims=True))
    # By its own sum: the complete beta function has but seven digits of what is this narrow.
    density /= density.sum(axis=1, keepdims=True)
    others = np.array([np.delete(below, arm, axis=0).prod(axis=0) for arm in range(len(alpha))])
    loss = (below * (1.0 - others) * x * (1.0 - x)).sum(axis=1) * (y[1] - y[0])
    return (density * others).sum(axis=1), loss


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


def table_of_rates(seed: int = SEED, *, days: int = 1) -> list[Row]:
    """20 images in 50 segments, in one period or in some."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in range(days):
        for segment in range(SEGMENTS):
            for image in range(IMAGES):
                clicks = int(rng.binomial(2000, 0.02 + 0.0005 * image))
                orders = int(rng.binomial(clicks, 0.1))
                money = rng.lognormal(3.0, 0.7, orders)
                rows.append(
                    Row(
                        segment=f"s{segment}", variant=f"v{image}", period=str(day),
                        impressions=2000, clicks=clicks, conversions=orders,
                        value=float(money.sum()), value_squares=float((money**2).sum()),
                    )
                )  # fmt: skip
    return rows


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
    counts, daily = counts_from_rows(rows), counts_from_rows(table_of_rates(days=DAYS))
    tailed = Spread(strengths=(60.0, 12.0), shares=(0.8, 0.2))
    lines = []
    for title, options in (
        ("full analysis", AnalysisOptions(foresight="none")),
        ("with the look ahead", AnalysisOptions()),
        ("prior of heavier tails", AnalysisOptions(spread=tailed)),
        ("money an impression", AnalysisOptions(metric="value_per_impression")),
    ):
        times = [_of(partial(analyse, each, options=options)) for each in (counts, daily)]
        lines.append([f"Packshot, {title}", *times])
    cells = [rows[i : i + IMAGES] for i in range(0, len(rows), IMAGES)]
    if find_spec("bayesian_testing") is not None:
        evaluate = import_module("bayesian_testing.metrics").eval_bernoulli_agg

        def sample() -> None:
            for cell in cells:
                shown, won = [row.impressions for row in cell], [row.clicks for row in cell]
                evaluate(shown, won, [0.5] * IMAGES, [0.5] * IMAGES, DRAWS, SEED)

        lines.append(["bayesian-testing, 20,000 draws", _of(sample, rounds=1), ""])
    if find_spec("gbstats") is not None:

        def compare() -> None:
            for cell in cells:
                first, *others = [(row.clicks, row.impressions) for row in cell]
                for other in others:
                    gbstats_chance(first, other)

        lines.append(["gbstats, each against the first", _of(compare, rounds=1), ""])
    return lines


def _of(work: Callable[[], object], *, rounds: int = 5) -> str:
    return f"{1e3 * best_time(work, rounds=rounds):.0f}"


def error_rows(cases: list[Case]) -> list[list[str]]:
    """Largest errors over the cases."""
    ours = np.array([our_error(case) for case in cases])
    lines = [["Packshot", str(len(cases)), *(f"{worst:.1e}" for worst in ours.max(axis=0))]]
    drawn = np.array([our_error(case) for case in drawn_cases()])
    lines.append(["Packshot", f"{DRAWN} drawn", *(f"{worst:.1e}" for worst in drawn.max(axis=0))])
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
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}\n")
    head = ["20 images x 50 segments, ms of processor time", "one period", f"{DAYS} daily periods"]
    print(table(head, speed_rows()))


if __name__ == "__main__":
    main()
