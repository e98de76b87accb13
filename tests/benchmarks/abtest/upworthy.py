"""What our lift of a winner is worth: real image tests, halved.

    python tests/benchmarks/abtest/upworthy.py --tests upworthy_image_tests.csv [--splits 5]

Each test of the Upworthy Research Archive in which only the image varied is split at random into two
halves, impression by impression. The first half chooses a winner and predicts its lift over the mean
of the test's images; the second half says what the lift was. Compared: the raw rates, our usual
prior, and our prior with its strength learned from the first halves. `within` is how often the
second half's log ratio lies in the 95% interval that the first half gives for it (its own noise added).
"""

import argparse
import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from abtest import AnalysisOptions, Row, analyse, counts_from_rows, learned_strength
from abtest.posterior import PSEUDO_CLICKS

Floats = npt.NDArray[np.float64]
Arms = list[tuple[int, int]]


def read(path: Path) -> list[Arms]:
    """Clicks and impressions of the arms of each test with two or more of them."""
    tests: dict[str, Arms] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            tests[line["clickability_test_id"]].append(
                (int(line["clicks"]), int(line["impressions"]))
            )
    return [arms for arms in tests.values() if 2 <= len(arms) <= 20]


def halved(arms: Arms, rng: np.random.Generator) -> tuple[Arms, Arms]:
    """Split each arm's impressions, clicks among them, at random."""
    first = [
        (int(rng.hypergeometric(clicks, shown - clicks, shown // 2)), shown // 2)
        for clicks, shown in arms
    ]
    return first, [(c - c1, n - n1) for (c, n), (c1, n1) in zip(arms, first, strict=True)]


def predicted(arms: Arms, strength: float | None) -> tuple[int, float, float]:
    """The winner, its lift over the mean, and the variance of the log of that ratio."""
    rows = [Row(segment="everyone", variant=str(i), period="1", impressions=shown, clicks=clicks)
            for i, (clicks, shown) in enumerate(arms)]  # fmt: skip
    if strength is None:
        rates = np.array([(clicks + 0.5) / shown for clicks, shown in arms])
        winner = int(rates.argmax())
        clicks = np.array([clicks + 0.5 for clicks, _ in arms])
        return winner, float(rates[winner] / rates.mean() - 1), variance(rates, clicks, winner)
    overall = analyse(
        counts_from_rows(rows), options=AnalysisOptions(pseudo_clicks=strength)
    ).overall
    means = np.array([one.mean for one in overall.variants])
    winner = int(means.argmax())
    alphas = np.array([one.posterior.alpha for one in overall.variants])
    return winner, float(means[winner] / means.mean() - 1), variance(means, alphas, winner)


def variance(rates: Floats, clicks: Floats, winner: int) -> float:
    """Variance of the logarithm of the winner's rate over the mean of all (delta method)."""
    pull = -rates / rates.sum()
    pull[winner] += 1.0
    return float(pull**2 @ (1.0 / clicks))


def main() -> None:
    """Run all splits and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=Path, required=True)
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args()
    tests = read(options.tests)
    found: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    strengths = []
    for seed in range(options.splits):
        rng = np.random.default_rng(seed)
        halves = [halved(arms, rng) for arms in tests]
        learned = learned_strength([first for first, _ in halves])
        strengths.append(learned)
        for label, strength in (
            ("raw rates", None),
            ("usual prior", PSEUDO_CLICKS),
            ("learned prior", learned),
        ):
            for first, second in halves:
                winner, lift, doubt = predicted(first, strength)
                rates = np.array([(clicks + 0.5) / shown for clicks, shown in second])
                realised = float(rates[winner] / rates.mean() - 1)
                clicks = np.array([c + 0.5 for c, _ in second])
                doubt += variance(rates, clicks, winner)
                off = abs(math.log1p(realised) - math.log1p(lift))
                found[label].append((lift, realised, off < 1.96 * math.sqrt(doubt)))
    print(f"{len(tests)} tests, {options.splits} splits; learned strength "
          f"{np.mean(strengths):.1f} pseudo-clicks (usual: {PSEUDO_CLICKS:.0f})")  # fmt: skip
    print("| prior | predicted lift | realised lift | off by | within 95% |\n|---|---|---|---|---|")
    for label, rows in found.items():
        lift, realised, within = np.mean(rows, axis=0)
        print(
            f"| {label} | {lift:+.1%} | {realised:+.1%} | {100 * (lift - realised):+.1f} points | {within:.1%} |"
        )


if __name__ == "__main__":
    main()
