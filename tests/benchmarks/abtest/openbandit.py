"""What a policy earns, told from another policy's logs: the Open Bandit data.

    python -m tests.benchmarks.abtest.openbandit --logs obd

The data are two logs of a fashion shop that showed 80 items in 3 places: by chance (`random`), and by
Thompson sampling (`bts`). Each log is used to estimate the click rate of the other's policy, which
that one's own log tells. Thompson sampling chose anew all the time; as the policy to be judged it
is taken as the mean over its log: how often it showed each item in each place. The doubly robust
estimate leans on each item's click rate in the log, drawn towards the mean by 1,000 impressions.

References
----------
    Saito et al. 2021, "Open Bandit Dataset and Pipeline"
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abtest import DecisionLog, PolicyValue, SupportMissing, policy_value, replayed
from abtest.evaluation import Estimator
from abtest.quadrature import Floats
from tests.benchmarks.abtest.cells import table

ITEMS, PLACES = 80, 3
SHRINKAGE = 1_000.0
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Log:
    """Decisions of one policy, arrays of one length."""

    item: NDArray[np.intp]
    place: NDArray[np.intp]
    clicked: Floats
    propensity: Floats

    def shares(self) -> Floats:
        """How often each item was shown in each place, (items, places), columns sum to 1."""
        seen = Counter(zip(self.item.tolist(), self.place.tolist(), strict=True))
        counts = np.array([[seen[i, p] for p in range(PLACES)] for i in range(ITEMS)], dtype=float)
        return np.asarray(counts / counts.sum(axis=0))

    def item_rates(self) -> Floats:
        """Click rate of each item, drawn towards the mean."""
        clicks = np.bincount(self.item, weights=self.clicked, minlength=ITEMS)
        shown = np.bincount(self.item, minlength=ITEMS)
        return np.asarray((clicks + SHRINKAGE * self.clicked.mean()) / (shown + SHRINKAGE))


def read(path: Path) -> Log:
    """A log of the data's own format."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            (int(r["item_id"]), int(r["position"]) - 1, float(r["click"]), float(r["propensity_score"]))
            for r in csv.DictReader(file)
        ]  # fmt: skip
    item, place, clicked, propensity = (np.array(column) for column in zip(*rows, strict=True))
    return Log(
        item=item.astype(np.intp),
        place=place.astype(np.intp),
        clicked=clicked,
        propensity=propensity,
    )


def decisions(log: Log, target: Floats) -> DecisionLog:
    """A log, set up to judge the policy of these shares, (items, places)."""
    rates = log.item_rates()
    return DecisionLog(
        reward=log.clicked,
        propensity=log.propensity,
        target=target[log.item, log.place],
        predicted=rates[log.item],
        value=(rates @ target)[log.place],
    )


def estimates(log: Log, target: Floats) -> list[tuple[str, PolicyValue | None]]:
    """By each estimator; None where it refuses for want of support."""
    prepared = decisions(log, target)
    found: list[tuple[str, PolicyValue | None]] = []
    names: tuple[Estimator, ...] = ("ips", "snips", "dr")
    for name in names:
        try:
            found.append((name, policy_value(prepared, estimator=name)))
        except SupportMissing:
            found.append((name, None))
    try:
        found.append(("replay", replayed(prepared, generator=np.random.default_rng(SEED))))
    except SupportMissing:
        found.append(("replay", None))
    return found


def told(of: str, by: str, truth: Log, found: list[tuple[str, PolicyValue | None]]) -> str:
    """The table of one direction."""
    clicks, shown = truth.clicked.sum(), len(truth.clicked)
    rate, error = clicks / shown, np.sqrt(clicks) / shown
    lines = []
    for name, value in found:
        if value is None:
            lines.append([name, "refused: too little support", "", "", ""])
            continue
        low, high = value.interval
        gap = (value.estimate - rate) / np.hypot(value.standard_error, error)
        lines.append(
            [name, f"{value.estimate:.3%}", f"{low:.3%} to {high:.3%}", f"{value.effective:,.0f}",
             f"{gap:+.1f}"]
        )  # fmt: skip
    head = ["estimator", "click rate", "95% interval", "effective decisions", "off, in errors"]
    title = f"Click rate of {of} from the log of {by}; logged: {rate:.3%} ± {error:.3%}"
    return f"{title}\n\n{table(head, lines)}"


def main() -> None:
    """Print both directions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", type=Path, required=True)
    options = parser.parse_args()
    chance, thompson = (read(options.logs / name / "all.csv") for name in ("random", "bts"))
    even = np.full((ITEMS, PLACES), 1.0 / ITEMS)
    print(told("Thompson sampling", "chance", thompson, estimates(chance, thompson.shares())))
    print()
    print(told("chance", "Thompson sampling", chance, estimates(thompson, even)))


if __name__ == "__main__":
    main()
