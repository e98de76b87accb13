"""What counting young exposures for the orders that have come does to the gate: simulated tests.

    python -m tests.benchmarks.abtest.late [--tests 400] [--out cells.jsonl]

Orders come within 10 days of the exposure, half of them within 2.4. Each test is looked at daily for
60 days, with top-two allocation. `closed` counts exposures whose 10 days are over; `corrected`
counts all for the share of orders that has come, with delays fitted at every look to the orders of
that very test, and does as `closed` while that is refused, or where images' delays differ. `slow`:
after odd images it takes shoppers twice as long.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from abtest import AgedDelays, DelayUnknown, delays_alike, fit_delay
from abtest.allocation import Allocation
from abtest.analysis import AnalysisOptions
from abtest.ensemble import Look
from abtest.exact import best_arms
from abtest.judging import verdicts
from abtest.quadrature import Floats
from abtest.strata import effective_counts
from studio.services.attribution import ALIKE
from tests.benchmarks.abtest.cells import Found, run_cells, share, table

DAYS, WINDOW = 60, 10
RATE, PER_ARM = 0.02, 500
SHAPE, SCALE = 1.3, 3.2
APART = 0.051
BINS = np.geomspace(0.02, WINDOW, 40)
TRUTHS = ("alike", "5.1% apart", "sd 20%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How orders come: in the order of the outcomes, `shares` of each arm sum to 1.

    Parameters
    ----------
        day    : (outcomes,), days after that of the exposure
        length : (outcomes,), bin of the delay
        shares : (arms, outcomes)
    """

    day: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    length: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    shares: Floats

    @classmethod
    def of(cls, arms: int, *, slow: bool) -> Lateness:
        """Measured on many orders of exposures that are spread evenly over a day."""
        generator = np.random.default_rng(1)
        table = np.zeros((arms, WINDOW + 1, len(BINS)))
        for arm in range(arms):
            scale = SCALE * (2.0 if slow and arm % 2 else 1.0)
            late = scale * generator.weibull(SHAPE, 400_000)
            late = late[late <= WINDOW]
            day = (generator.random(len(late)) + late).astype(int)
            length = np.minimum(np.searchsorted(BINS, late), len(BINS) - 1)
            np.add.at(table[arm], (day, length), 1.0 / len(late))
        seen = table.sum(axis=0) > 0
        day, length = np.nonzero(seen)
        return cls(day=day, length=length, shares=table[:, seen])


class Shop:
    """Tests of one kind as their days pass."""

    def __init__(
        self, rates: Floats, late: Lateness, *, corrected: bool, generator: np.random.Generator
    ) -> None:
        tests, arms = rates.shape
        self._rates, self._late, self._draw = rates, late, generator
        self._corrected = corrected
        self._options = AnalysisOptions(metric="conversion_rate", foresight="none")
        self._weights = np.full((tests, arms), 1.0 / arms)
        self._shown = np.zeros((tests, DAYS, arms))
        # Orders of each exposure day by when and after how long they come.
        self._orders = np.zeros((tests, DAYS, arms, len(late.day)), dtype=np.int32)
        self.known = 0

    def run(self) -> tuple[Floats, Floats]:
        """The promoted arm of each test, -1 for none; and after how many days."""
        tests = len(self._rates)
        arm, days = np.full(tests, -1.0), np.full(tests, float(DAYS))
        going = np.ones(tests, dtype=bool)
        for day in range(DAYS):
            rows = np.flatnonzero(going)
            self._show(day, rows)
            look = self._look(day, rows)
            if look is None:
                continue
            for row, verdict in verdicts(look, self._options).items():
                arm[rows[row]] = -1.0 if verdict.variant is None else float(verdict.variant)
                days[rows[row]], going[rows[row]] = day + 1.0, False
            self._weigh(look)
        return arm, days

    def _show(self, day: int, rows: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> None:
        per_day = PER_ARM * self._rates.shape[1]
        shown = self._draw.multinomial(per_day, self._weights[rows])
        won = self._draw.binomial(shown, self._rates[rows])
        self._shown[rows, day] = shown
        self._orders[rows, day] = self._draw.multinomial(won, self._late.shares)

    def _look(self, day: int, rows: np.ndarray[tuple[int, ...], np.dtype[np.intp]]) -> Look | None:
        age = day - np.arange(day + 1)
        come = self._late.day[None, :] <= age[:, None]
        orders = np.einsum("tdao,do->tda", self._orders[rows, : day + 1], come)
        shown = self._shown[rows, : day + 1]
        closed = shown * (age >= WINDOW + 1)[None, :, None]
        worth = closed.copy()
        if self._corrected:
            for at, row in enumerate(rows):
                shares = self._shares(row, age, come)
                if shares is not None:
                    worth[at] = shown[at] * shares[:, None]
                    self.known += 1
        if not worth.any():
            return None
        orders = np.where(worth > 0, orders, 0)
        return Look(
            days=day + 1.0, counted=day + 1.0, tests=rows, weights=self._weights[rows],
            impressions_per_day=float(shown[0, -1].sum()),
            trials=shown.sum(axis=1), successes=orders.sum(axis=1),
            effective=effective_counts(worth, orders),
        )  # fmt: skip

    def _shares(self, row: int, age: np.ndarray[tuple[int, ...], np.dtype[np.intp]],
                come: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Floats | None:  # fmt: skip
        """What share of orders has come of each day's exposures, None where nobody knows."""
        middles = np.concatenate(([BINS[0]], np.sqrt(BINS[1:] * BINS[:-1])))[self._late.length]
        late = [
            {
                str(arm): AgedDelays(
                    age_days=float(age[day]), span_days=1.0,
                    impressions=int(self._shown[row, day, arm]),
                    delays_days=tuple(np.minimum(middles[come[day]], age[day] + 1.0).tolist()),
                    delay_counts=tuple(self._orders[row, day, arm, come[day]].tolist()),
                )
                for arm in range(self._rates.shape[1])
            }
            for day in range(len(age))
        ]  # fmt: skip
        if delays_alike(late) < ALIKE:
            return None
        try:
            curve = fit_delay([_together(day) for day in late], window_days=WINDOW)
        except DelayUnknown:
            return None
        return np.array([curve.mean_share(float(one), 1.0) for one in age])

    def _weigh(self, look: Look) -> None:
        alpha, beta = look.posteriors(self._options)
        for test, chances in zip(look.tests, best_arms(alpha, beta).prob_best, strict=True):
            weights = Allocation().weights({str(i): p for i, p in enumerate(chances)})
            self._weights[test] = list(weights.values())


def _together(arms: Mapping[str, AgedDelays]) -> AgedDelays:
    """All images of a day; their delays are the same list."""
    counts = np.array([one.delay_counts for one in arms.values()], dtype=np.int64)
    return replace(
        next(iter(arms.values())),
        impressions=sum(one.impressions for one in arms.values()),
        delay_counts=tuple(counts.sum(axis=0).tolist()),
    )


def measured(*, arms: int, slow: bool, truth: str, count: str, tests: int) -> Found:
    """One cell."""
    generator = np.random.default_rng([arms, slow, TRUTHS.index(truth)])
    rates = np.full((tests, arms), RATE)
    if truth == "sd 20%":
        rates *= np.exp(generator.normal(0.0, 0.2, rates.shape))
    elif truth == "5.1% apart":
        rates[np.arange(tests), generator.integers(arms, size=tests)] *= 1.0 + APART
    shop = Shop(
        rates, Lateness.of(arms, slow=slow), corrected=count == "corrected", generator=generator
    )
    arm, days = shop.run()
    chosen = rates[np.arange(tests), np.maximum(arm, 0).astype(int)]
    promoted = arm >= 0
    return {
        "promoted": int(promoted.sum()),
        "worse": int((promoted & (rates.max(axis=1) > 1.05 * chosen)).sum()),
        "days": float(days.mean()),
        "corrected_looks": shop.known / float(days.sum()),
    }


def main() -> None:
    """Run all cells and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=int, default=400)
    parser.add_argument("--arms", type=int, nargs="*", default=[2, 4])
    parser.add_argument("--out", type=Path, help="file that keeps what was run")
    options = parser.parse_args()
    cells = [
        {"arms": arms, "slow": slow, "truth": truth, "count": count, "tests": options.tests}
        for arms in options.arms
        for slow in (False, True)
        for truth in TRUTHS
        for count in ("closed", "corrected")
    ]
    rows = run_cells(cells, measured, kept=options.out)
    lines = [
        [*list(row["cell"].values())[:4], share(row["promoted"], row["cell"]["tests"]),
         share(row["worse"], row["cell"]["tests"]), f"{row['days']:.1f}",
         f"{row['corrected_looks']:.0%}"]
        for row in rows
    ]  # fmt: skip
    head = [
        "images",
        "slow",
        "truth",
        "counted",
        "promoted %",
        "worse %",
        "days",
        "looks corrected",
    ]
    print(table(head, lines))


if __name__ == "__main__":
    main()
