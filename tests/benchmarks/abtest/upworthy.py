"""What our lift of a winner is worth: real image tests, halved.

    python -m tests.benchmarks.abtest.upworthy --tests upworthy_image_tests.csv [--splits 5]

Each test of the Upworthy Research Archive in which only the image varied is split at random into two
halves, impression by impression. The first half chooses a winner and predicts its lift over the mean
of the test's images; the second half says what the lift was. Compared: the raw rates, our usual
prior, and our prior with its strength learned from the first halves. `within` is how often the
second half's log ratio lies in the 95% interval that the first half gives for it (its own noise added).
The error of `off by` is a standard error over tests, the mean of all splits being one finding of each.

Then each test is run again as it came, evenly split, in twenty parts drawn at random from its own
impressions, and looked at after each: when would the gate have promoted, and what did the winner earn
in the parts that it had not seen yet? The archive does not tell days, so that the gate asks for none;
all its other limits hold, 50 clicks of each image among them. `clicks won` is over the whole test:
the even split until the promotion, then the winner alone, at the rate of its own unseen part.

Few of the archive's tests were large enough to be decided. So last, its images are tested with the
traffic of a shop: true rates drawn from each test's posterior, 500 impressions for each image and day,
60 days, top-two allocation.
"""

import argparse
import csv
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from abtest import (
    AnalysisOptions,
    GateOptions,
    Row,
    analyse,
    counts_from_rows,
    learned_spread,
    learned_strength,
)
from abtest.allocation import Allocation
from abtest.ensemble import Look, World
from abtest.posterior import PSEUDO_CLICKS
from abtest.strata import EffectiveCounts
from tests.benchmarks.abtest.cells import share, table
from tests.benchmarks.abtest.rules import Gate, ProbBest, Rule, Sight, SmallLoss, follow

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


def predicted(arms: Arms, options: AnalysisOptions | None) -> tuple[int, float, float]:
    """The winner, its lift over the mean, and the variance of the log of that ratio."""
    rows = [Row(segment="everyone", variant=str(i), period="1", impressions=shown, clicks=clicks)
            for i, (clicks, shown) in enumerate(arms)]  # fmt: skip
    if options is None:
        rates = np.array([(clicks + 0.5) / shown for clicks, shown in arms])
        winner = int(rates.argmax())
        clicks = np.array([clicks + 0.5 for clicks, _ in arms])
        return winner, float(rates[winner] / rates.mean() - 1), variance(rates, clicks, winner)
    overall = analyse(counts_from_rows(rows), options=options).overall
    means = np.array([one.mean for one in overall.variants])
    winner = int(means.argmax())
    alphas = np.array([one.posterior.alpha for one in overall.variants])
    return winner, float(means[winner] / means.mean() - 1), variance(means, alphas, winner)


def variance(rates: Floats, clicks: Floats, winner: int) -> float:
    """Variance of the logarithm of the winner's rate over the mean of all (delta method)."""
    pull = -rates / rates.sum()
    pull[winner] += 1.0
    return float(pull**2 @ (1.0 / clicks))


PARTS = 20
UNDATED = AnalysisOptions(foresight="none", gate=GateOptions(min_days=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A promotion in a test run again.

    Parameters
    ----------
        part : of the traffic that had been seen, in (0, 1)
        lift : of the winner over the mean of all images, in what had not been seen
        won  : clicks of the whole test over those of the even split, less 1
    """

    part: float
    lift: float
    won: float


def parts_of(arms: Arms, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Impressions and clicks of each part, (parts, arms), every arm's own shuffled and cut."""
    clicks, shown = (np.array(column) for column in zip(*arms, strict=True))
    sizes = np.diff(np.rint(np.linspace(0, 1, PARTS + 1)[:, None] * shown), axis=0)
    drawn = [
        rng.multivariate_hypergeometric(sizes[:, arm].astype(int), int(clicks[arm]))
        for arm in range(len(arms))
    ]
    return sizes, np.array(drawn, dtype=np.float64).T


def replay(arms: Arms, rule: Rule, rng: np.random.Generator) -> Promotion | None:
    """Run a test again under a rule; None where it never promotes before the last part."""
    sizes, clicked = parts_of(arms, rng)
    for seen in range(1, PARTS):
        trials, won = sizes[:seen].sum(axis=0), clicked[:seen].sum(axis=0)
        look = Look(
            days=1.0, counted=1.0, tests=np.array([0]), weights=np.full((1, len(arms)), 1 / len(arms)),
            impressions_per_day=float(trials.sum()), trials=trials[None], successes=won[None],
            effective=EffectiveCounts(trials=trials[None], successes=won[None]),
        )  # fmt: skip
        winner = rule.ends(Sight(look=look, options=UNDATED), np.array([0])).get(0, -1)
        if winner >= 0:
            rates = clicked[seen:].sum(axis=0) / sizes[seen:].sum(axis=0)
            later = rates[winner] * sizes[seen:].sum()
            return Promotion(
                part=seen / PARTS,
                lift=float(rates[winner] / max(rates.mean(), 1e-9) - 1.0),
                won=float((won.sum() + later) / max(clicked.sum(), 1.0) - 1.0),
            )
    return None


def replayed_table(tests: list[Arms], *, seeds: int) -> str:
    """What each rule would have done with the archive's tests."""
    lines = []
    for rule in (Gate(), ProbBest(), SmallLoss()):
        found = [
            replay(arms, rule, np.random.default_rng([seed, number]))
            for seed in range(seeds)
            for number, arms in enumerate(tests)
        ]
        made = [one for one in found if one is not None]
        lift, won = (np.array([getattr(one, name) for one in made]) for name in ("lift", "won"))
        lines.append(
            [rule.name, share(len(made), len(found)), f"{np.median([one.part for one in made]):.0%}",
             f"{lift.mean():+.1%} ± {lift.std() / math.sqrt(len(made) / seeds):.1%}",
             f"{(lift < 0).mean():.0%}", f"{won.mean():+.1%}", f"{won.sum() / len(found):+.2%}"]
        )  # fmt: skip
    head = ["rule", "promoted %", "after (median part of the traffic)", "winner's lift in the unseen part",
            "of these below the mean", "clicks won where promoted", "clicks won over all tests"]  # fmt: skip
    return table(head, lines)


def continued_table(tests: list[Arms], strength: float, *, seed: int) -> str:
    """The archive's images with a shop's traffic: decided, how early, clicks against even split."""
    rng = np.random.default_rng(seed)
    decided, days, gains = [], [], []
    for size in sorted({len(arms) for arms in tests}):
        counts = np.array([arms for arms in tests if len(arms) == size], dtype=float)
        level = counts[:, :, 0].sum(axis=1) / counts[:, :, 1].sum(axis=1)
        alpha = strength + counts[:, :, 0]
        rates = np.clip(rng.gamma(alpha) / (strength / level[:, None] + counts[:, :, 1]), 1e-4, 0.5)
        world = World(rates=rates, impressions_per_day=500 * size)
        (ended,) = follow(
            world,
            [Gate()],
            generator=rng,
            allocation=Allocation(),
            options=AnalysisOptions(foresight="none"),
        ).values()
        promoted = ended.arm >= 0
        after = np.where(promoted, rates[np.arange(len(rates)), np.maximum(ended.arm, 0)], 0.0)
        left = world.impressions_per_day * (world.days - ended.days)
        even = rates.mean(axis=1) * world.impressions_per_day * world.days
        decided += promoted.tolist()
        days += ended.days[promoted].tolist()
        gains += ((ended.earned + after * left) / even - 1.0).tolist()
    error = np.std(gains) / math.sqrt(len(gains))
    line = [
        share(sum(decided), len(decided)),
        f"{np.median(days):.0f}",
        f"{np.mean(gains):+.1%} ± {error:.1%}",
    ]
    return table(["promoted %", "median days", "clicks over 60 days against an even split"], [line])


def predicted_table(found: Mapping[str, list[tuple[float, float, bool]]], *, splits: int) -> str:
    """Lift predicted and realised under each prior; `found` lists all tests of a split, then the next."""
    lines = []
    for label, rows in found.items():
        lift, realised, within = np.mean(rows, axis=0)
        gaps = np.array([one[0] - one[1] for one in rows]).reshape(splits, -1).mean(axis=0)
        error = gaps.std() / math.sqrt(len(gaps))
        lines.append(
            [label, f"{lift:+.1%}", f"{realised:+.1%}",
             f"{100 * gaps.mean():+.1f} ± {100 * error:.1f} points", f"{within:.1%}"]
        )  # fmt: skip
    return table(["prior", "predicted lift", "realised lift", "off by", "within 95%"], lines)


def main() -> None:
    """Run all splits, then all tests again, and print the tables."""
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
        tailed = learned_spread([first for first, _ in halves])
        for label, prior in (
            ("raw rates", None),
            ("usual prior", AnalysisOptions(foresight="none")),
            ("learned prior", AnalysisOptions(foresight="none", pseudo_clicks=learned)),
            (
                "learned prior, heavier tail if asked",
                AnalysisOptions(foresight="none", spread=tailed),
            ),
        ):
            for first, second in halves:
                winner, lift, doubt = predicted(first, prior)
                rates = np.array([(clicks + 0.5) / shown for clicks, shown in second])
                realised = float(rates[winner] / rates.mean() - 1)
                clicks = np.array([c + 0.5 for c, _ in second])
                doubt += variance(rates, clicks, winner)
                off = abs(math.log1p(realised) - math.log1p(lift))
                found[label].append((lift, realised, off < 1.96 * math.sqrt(doubt)))
    print(f"{len(tests)} tests, {options.splits} splits; learned strength "
          f"{np.mean(strengths):.1f} pseudo-clicks (usual: {PSEUDO_CLICKS:.0f})")  # fmt: skip
    print(predicted_table(found, splits=options.splits))
    large = [arms for arms in tests if min(clicks for clicks, _ in arms) >= UNDATED.gate.min_clicks]
    print(f"\nAll {len(tests)} tests run again:\n\n{replayed_table(tests, seeds=options.splits)}")
    print(f"\nThe {len(large)} with {UNDATED.gate.min_clicks} clicks of each image or more:\n")
    print(replayed_table(large, seeds=options.splits))
    strength = float(np.mean(strengths))
    print(f"\nThe images of all {len(tests)} tests with a shop's traffic (simulated):\n")
    print(continued_table(tests, strength, seed=options.splits))


if __name__ == "__main__":
    main()
