"""How often tests of other kinds are wrong: segments, money, rates better lower, guardrails.

    python -m tests.benchmarks.abtest.kinds [--tests 100] [--out cells.jsonl]

`false_promotions` runs many tests of clicks as arrays. Here each test is run by itself, a look a
day for 60 days, every look the product's whole analysis (without the look ahead, which only ends
tests without a promotion), and tomorrow's traffic split as that look wants it. Tests of segments
are judged as the product does it: each segment by its own verdict, side by side, with a split of
its own.

`wrong` are tests that promote what they should not: any image where all are alike; one that is
over 5% worse than another, in its segment; one that harms what a guardrail guards. `called broken`
are tests that ended because traffic did not split as planned, rightly or not.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from abtest import AnalysisOptions, Cell, Counts, GateOptions, Period, analyse
from abtest.allocation import Allocation, even_weights
from abtest.counts import EVERYONE
from abtest.direction import merit
from abtest.findings import Analysis, GroupAnalysis
from abtest.guardrail import Guardrail
from abtest.verdict import VerdictKind
from tests.benchmarks.abtest.cells import Found, run_cells, share, table

DAYS = 60
ORDER_SPREAD = 0.7
"""Standard deviation of an order's log value: its coefficient of variation is 0.8."""
ORDER_MEDIAN = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Shoppers of a segment: their share, and each image's clicks per impression, orders per click.

    `spent` is what an image's orders are worth, relative to the others'.
    """

    share: float = 1.0
    clicks: tuple[float, ...] = (0.02, 0.02)
    orders: tuple[float, ...] = (0.1, 0.1)
    spent: tuple[float, ...] = (1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of test.

    Parameters
    ----------
        per_day : impressions, all images together
        harmful : images that a guardrail must hold back
        strays  : share of the second image's traffic that sees the first in its place
    """

    sides: Mapping[str, Side] = field(default_factory=lambda: {EVERYONE: Side()})
    options: AnalysisOptions = field(default_factory=lambda: _options())  # noqa: PLW0108  (it is defined below)
    per_day: int = 2_000
    harmful: frozenset[int] = frozenset()
    strays: float = 0.0


def _segments(
    *, first: tuple[float, ...] = (1.0, 1.0), second: tuple[float, ...] = (1.0, 1.0)
) -> dict[str, Side]:
    """Four segments of different size and level; images' factors in the first and the second."""
    told = {"home": (0.4, 0.02), "abroad": (0.3, 0.03), "back": (0.2, 0.05), "app": (0.1, 0.01)}
    factors = {"home": first, "abroad": second}
    return {
        name: Side(
            share=size,
            clicks=tuple(level * factor for factor in factors.get(name, (1.0, 1.0))),
        )
        for name, (size, level) in told.items()
    }


def _options(**of: object) -> AnalysisOptions:
    return replace(AnalysisOptions(foresight="none"), **of)  # type: ignore[arg-type]


_GUARDED = _options(guardrails=(Guardrail(metric="conversion_rate", margin=0.05),))
KINDS = {
    "four segments, alike": Kind(sides=_segments(), per_day=4_000),
    "four segments, 20% better in one, 20% worse in another": Kind(
        sides=_segments(first=(1.0, 1.2), second=(1.2, 1.0)), per_day=8_000
    ),
    "money an impression, alike": Kind(
        options=_options(metric="value_per_impression"), per_day=20_000
    ),
    "money an impression, 20% more orders of 20% less": Kind(
        sides={EVERYONE: Side(orders=(0.1, 0.12), spent=(1.0, 1 / 1.2))},
        options=_options(metric="value_per_impression"), per_day=20_000,
    ),
    "conversions a click, alike": Kind(
        options=_options(metric="conversion_per_click"), per_day=20_000
    ),
    "returns, fewer is better, alike": Kind(
        options=_options(metric="conversion_rate", direction="lower"), per_day=20_000
    ),
    "returns, one has 5.1% fewer": Kind(
        sides={EVERYONE: Side(orders=(0.1, 0.1 / 1.051))},
        options=_options(metric="conversion_rate", direction="lower"), per_day=20_000,
    ),
    "guardrail: 20% more clicks, 10% fewer orders": Kind(
        sides={EVERYONE: Side(clicks=(0.02, 0.024), orders=(0.1, 0.075))},
        options=_GUARDED, per_day=20_000, harmful=frozenset({1}),
    ),
    "guardrail: 20% more clicks, 5.1% fewer orders": Kind(
        sides={EVERYONE: Side(clicks=(0.02, 0.024), orders=(0.1, 0.0949 / 1.2))},
        options=_GUARDED, per_day=20_000, harmful=frozenset({1}),
    ),
    "guardrail: 20% more clicks, as many orders": Kind(
        sides={EVERYONE: Side(clicks=(0.02, 0.024), orders=(0.1, 0.1 / 1.2))},
        options=_GUARDED, per_day=20_000,
    ),
    "a cache shows the first image for 5% of the second's": Kind(strays=0.05, per_day=8_000),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class _Run:
    """A test as its days pass."""

    kind: Kind
    generator: np.random.Generator
    periods: list[Period] = field(default_factory=list)
    cells: dict[tuple[str, str, str], Cell] = field(default_factory=dict)

    def day(self, weights: Mapping[str, Mapping[str, float]]) -> Analysis:
        """One more day under these weights of each segment."""
        first = next(iter(weights.values()))
        names, period = tuple(first), str(len(self.periods) + 1)
        own = dict(weights) if len(weights) > 1 else {}
        self.periods.append(Period(id=period, weights=first, segment_weights=own))
        shares = np.array([side.share for side in self.kind.sides.values()])
        visits = self.generator.multinomial(self.kind.per_day, shares / shares.sum())
        for (segment, side), total in zip(self.kind.sides.items(), visits, strict=True):
            shown = self.generator.multinomial(total, [weights[segment][name] for name in names])
            lost = int(self.generator.binomial(shown[1], self.kind.strays))
            shown[:2] += np.array([lost, -lost])
            for arm, name in enumerate(names):
                self.cells[segment, name, period] = self._cell(side, arm, int(shown[arm]))
        counts = Counts(
            variants=names,
            periods=tuple(self.periods),
            cells=self.cells,
            segments=tuple(self.kind.sides),
        )
        return analyse(counts, options=self.kind.options)

    def _cell(self, side: Side, arm: int, shown: int) -> Cell:
        draw = self.generator
        clicks = int(draw.binomial(shown, side.clicks[arm]))
        orders = int(draw.binomial(clicks, side.orders[arm]))
        money = side.spent[arm] * ORDER_MEDIAN * draw.lognormal(0.0, ORDER_SPREAD, orders)
        return Cell(
            impressions=shown, clicks=clicks, conversions=orders,
            value=float(money.sum()), value_squares=float((money**2).sum()),
        )  # fmt: skip


def judged(analysis: Analysis) -> Mapping[str, GroupAnalysis]:
    """The groups that a winner is looked for in: the segments, where there are some."""
    return analysis.segments or {EVERYONE: analysis.overall}


def outcome(kind: Kind, generator: np.random.Generator, *, days: int = DAYS) -> dict[str, int]:
    """What was promoted by segment, as the image's number; `broken`, if so, beside it."""
    run = _Run(kind=kind, generator=generator)
    arms = len(next(iter(kind.sides.values())).clicks)
    names = tuple(str(arm) for arm in range(arms))
    weights: dict[str, Mapping[str, float]] = dict.fromkeys(kind.sides, even_weights(names))
    promoted: dict[str, int] = {}
    over: set[str] = set()
    for _ in range(days):
        for segment, group in judged(run.day(weights)).items():
            if segment in over:
                continue
            if group.verdict.kind is VerdictKind.INVALID:
                return {**promoted, "broken": 1}
            if group.verdict.variant is not None:
                promoted[segment] = int(group.verdict.variant)
            if group.verdict.kind is not VerdictKind.KEEP_RUNNING:
                over.add(segment)
            weights[segment] = group.next_weights(Allocation())
        if len(over) == len(kind.sides):
            break
    return promoted


def worth(kind: Kind, side: Side) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The true metric of each image, as a merit: more is better."""
    clicks, orders = np.array(side.clicks), np.array(side.orders)
    match kind.options.metric:
        case "click_rate":
            true = clicks
        case "conversion_rate":
            true = clicks * orders
        case "conversion_per_click":
            true = orders
        case _:
            true = clicks * orders * np.array(side.spent)
    return merit(true, kind.options.direction)


def is_wrong(kind: Kind, segment: str, arm: int) -> bool:
    """Whether this image should not have been promoted there."""
    true = worth(kind, kind.sides[segment])
    alike = bool(np.allclose(true, true[0]))
    worse = bool(true.max() > true[arm] * (1.0 + GateOptions().epsilon))
    return alike or worse or arm in kind.harmful


def measured(*, kind: str, tests: int, days: int = DAYS) -> Found:
    """Run one kind: tests that promoted, that were wrong, and that were called broken."""
    of = KINDS[kind]
    found = [
        outcome(of, np.random.default_rng([len(kind), number]), days=days)
        for number in range(tests)
    ]
    broken = [one.pop("broken", 0) for one in found]
    wrong = [any(is_wrong(of, *each) for each in one.items()) for one in found]
    return {
        "promoted": sum(bool(one) for one in found),
        "wrong": sum(wrong),
        "broken": sum(broken),
    }


def told(rows: list[Found]) -> str:
    """The table."""
    lines = [
        [row["cell"]["kind"], row["cell"]["tests"],
         *(share(row[what], row["cell"]["tests"]) for what in ("promoted", "wrong", "broken"))]
        for row in rows
    ]  # fmt: skip
    return table(["test", "tests", "promoted %", "wrong %", "called broken %"], lines)


def main() -> None:
    """Run all kinds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=int, default=100)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--out", type=Path, help="file that keeps what was run")
    options = parser.parse_args()
    cells = [{"kind": kind, "tests": options.tests} for kind in options.kinds]
    print(told(run_cells(cells, measured, kept=options.out)))


if __name__ == "__main__":
    main()
