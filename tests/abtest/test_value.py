"""Money per impression, checked against integration over both of its factors by brute force."""

import math

import numpy as np
import pytest

from abtest import (
    Analysis,
    AnalysisOptions,
    Cell,
    Counts,
    Guardrail,
    InvalidCounts,
    Period,
    VerdictKind,
    analyse,
    analysis_dict,
)
from abtest.value import IMAGES_DIFFER

MONEY = AnalysisOptions(metric="value_per_impression")


def counts(arms: dict[str, Cell], *, days: int = 1, segment: str = "everyone") -> Counts:
    """Each day the same counts."""
    even = {name: 1 / len(arms) for name in arms}
    return Counts(
        variants=tuple(arms),
        periods=tuple(Period(id=str(day), weights=even) for day in range(days)),
        cells={(segment, name, str(day)): arms[name] for name in arms for day in range(days)},
    )


def sold(impressions: int, orders: list[float]) -> Cell:
    return Cell(
        impressions=impressions,
        conversions=len(orders),
        value=math.fsum(orders),
        value_squares=math.fsum(order * order for order in orders),
    )


def drawn(mean: float, number: int, *, seed: int, spread: float = 0.8) -> list[float]:
    """Log-normal orders, scaled to the mean."""
    orders = np.random.default_rng(seed).lognormal(0.0, spread, number)
    return [float(order) for order in orders * mean / orders.mean()]


def by_brute_force(analysis: Analysis, cells: dict[str, Cell], *, draws: int) -> np.ndarray:
    """Earnings drawn from both factors, (draws, arms); the prior of one stratum as documented."""
    rng = np.random.default_rng(1)
    conversions = analyse(counts(cells), options=AnalysisOptions(metric="conversion_rate"))
    level = sum(c.value for c in cells.values()) / sum(c.conversions for c in cells.values())
    assert analysis.order_spread is not None
    square, prior = analysis.order_spread**2, IMAGES_DIFFER**-2
    columns = []
    for name, cell in cells.items():
        p = conversions.overall.variant(name).posterior
        shape = prior + 1.0 + cell.conversions / square
        scale = prior * level + cell.value / square
        columns.append(rng.beta(p.alpha, p.beta, draws) * scale / rng.gamma(shape, 1.0, draws))
    return np.column_stack(columns)


@pytest.mark.parametrize(
    "cells",
    [
        {"a": sold(1000, drawn(40, 12, seed=1)), "b": sold(1000, drawn(50, 10, seed=2))},
        {"a": sold(9000, drawn(40, 90, seed=3)), "b": sold(9000, drawn(44, 100, seed=4))},
        {
            "a": sold(9000, drawn(40, 200, seed=5, spread=1.5)),
            "b": sold(9000, drawn(30, 240, seed=6, spread=1.5)),
            "c": sold(2000, drawn(45, 45, seed=7, spread=1.5)),
        },
    ],
)
def test_it_is_the_product_of_rate_and_order_value(cells: dict[str, Cell]) -> None:
    analysis = analyse(counts(cells), options=MONEY)
    draws = by_brute_force(analysis, cells, draws=400_000)
    best = np.bincount(draws.argmax(axis=1), minlength=len(cells)) / len(draws)
    # Four standard errors of the draws.
    for i, variant in enumerate(analysis.overall.variants):
        assert variant.prob_best == pytest.approx(best[i], abs=4 * 0.0008)
        assert variant.mean == pytest.approx(draws[:, i].mean(), rel=1e-3)
        loss = (draws.max(axis=1) - draws[:, i]).mean()
        assert variant.expected_loss == pytest.approx(loss, rel=0.01)
        if variant.lift is not None:
            low, high = np.quantile(draws[:, i] / draws[:, 0] - 1.0, [0.025, 0.975])
            assert variant.lift.interval == pytest.approx((low, high), abs=0.02 * (high - low))


def test_a_merchant_sees_money() -> None:
    cells = {"white": sold(5000, [20.0] * 50), "oak": sold(5000, [20.0] * 80)}
    analysis = analyse(counts(cells, days=8), options=MONEY)
    oak = analysis.overall.variant("oak")
    assert oak.rate is not None
    assert oak.rate == pytest.approx(80 * 20 / 5000)
    assert 0.2 < oak.credible_interval[0] < oak.mean < oak.rate < oak.credible_interval[1] < 0.4
    assert analysis.order_value == pytest.approx(20.0)
    assert analysis.overall.leader == "oak"
    assert oak.lift is not None
    assert oak.lift.raw == pytest.approx(0.6)
    assert (analysis.verdict.kind, analysis.verdict.variant) == (VerdictKind.PROMOTE, "oak")


def test_fewer_but_larger_orders_can_earn_more() -> None:
    cells = {"a": sold(50_000, [10.0, 12.0] * 300), "b": sold(50_000, [20.0, 22.0] * 250)}
    by_orders = analyse(counts(cells), options=AnalysisOptions(metric="conversion_rate"))
    by_money = analyse(counts(cells), options=MONEY)
    assert (by_orders.overall.leader, by_money.overall.leader) == ("a", "b")
    assert by_money.overall.prob_best["b"] > 0.999


def test_one_huge_order_proves_nothing() -> None:
    """Ten thousand spent by one shopper says little about the picture."""
    usual = [20.0, 25.0, 30.0] * 30
    cells = {"a": sold(9000, usual), "b": sold(9000, [*usual[:-1], 10_000.0])}
    analysis = analyse(counts(cells, days=1), options=MONEY)
    lucky = analysis.overall.variant("b")
    assert lucky.lift is not None
    assert lucky.lift.raw is not None
    assert lucky.lift.raw > 3.0
    assert lucky.lift.shrunken < 0.1
    assert analysis.overall.prob_best["b"] < 0.7
    assert lucky.e_value < 20


@pytest.mark.parametrize(
    ("first", "second"),
    [([], []), ([30.0], []), ([], [0.0]), ([1e9], [1e-6]), ([5.0] * 100, [5.0] * 100)],
)
@pytest.mark.parametrize("impressions", [100, 10**9])
def test_few_orders_give_numbers_all_the_same(
    first: list[float], second: list[float], impressions: int
) -> None:
    cells = {"a": sold(impressions, first), "b": sold(impressions, second)}
    analysis = analyse(counts(cells), options=MONEY)
    for variant in analysis.overall.variants:
        numbers = [variant.mean, variant.expected_loss, variant.e_value, *variant.credible_interval]
        assert all(math.isfinite(number) and number >= 0.0 for number in numbers)
        assert variant.credible_interval[0] <= variant.mean <= variant.credible_interval[1]
    assert sum(analysis.overall.prob_best.values()) == pytest.approx(1.0, abs=1e-8)
    assert analysis.verdict.kind is VerdictKind.KEEP_RUNNING
    analysis_dict(analysis)


def test_before_the_first_order_money_is_nothing() -> None:
    analysis = analyse(counts({"a": sold(100, []), "b": sold(100, [])}), options=MONEY)
    assert analysis.order_value is None
    assert [variant.mean for variant in analysis.overall.variants] == [0.0, 0.0]
    assert analysis.overall.prob_best["a"] == pytest.approx(0.5, abs=1e-9)


def test_a_day_of_large_orders_flatters_nobody() -> None:
    """Orders are three times as large on the day that b got most of the traffic."""
    weights = ({"a": 0.8, "b": 0.2}, {"a": 0.2, "b": 0.8})
    cells = {}
    for day, (share, price) in enumerate(zip(weights, (10.0, 30.0), strict=True)):
        for name in ("a", "b"):
            shown = int(20_000 * share[name])
            cells["everyone", name, str(day)] = sold(shown, [price] * (shown // 50))
    table = Counts(
        variants=("a", "b"),
        periods=tuple(Period(id=str(day), weights=share) for day, share in enumerate(weights)),
        cells=cells,
    )
    assert table.total("b").value > 1.7 * table.total("a").value
    lift = analyse(table, options=MONEY).overall.variant("b").lift
    assert lift is not None
    assert lift.raw == pytest.approx(0.0, abs=1e-6)


def test_without_squares_the_days_tell_how_orders_scatter() -> None:
    rng = np.random.default_rng(8)
    days = [
        {name: Cell(impressions=2000, conversions=20, value=float(rng.lognormal(3, 1.0, 20).sum()))
         for name in ("a", "b")}
        for _ in range(40)
    ]  # fmt: skip
    table = counts(days[0])
    for day, cells in enumerate(days[1:], start=1):
        period = Period(id=str(day), weights={"a": 0.5, "b": 0.5})
        named = {("everyone", name, str(day)): cell for name, cell in cells.items()}
        table = table + Counts(variants=("a", "b"), periods=(period,), cells=named)
    spread = analyse(table, options=MONEY).order_spread
    assert spread == pytest.approx(math.sqrt(math.expm1(1.0)), rel=0.25)


def test_money_that_no_orders_give_is_refused() -> None:
    cell = Cell(impressions=100, value=5.0)
    with pytest.raises(InvalidCounts, match="without a conversion"):
        analyse(counts({"a": cell, "b": cell}), options=MONEY)


def test_whoever_takes_back_more_than_was_sold_has_earned_nothing() -> None:
    cells = {
        "a": sold(1000, [20.0] * 30),
        "b": Cell(impressions=1000, conversions=30, value=-5.0, value_squares=9000.0),
    }
    overall = analyse(counts(cells), options=MONEY).overall
    assert overall.leader == "a"
    assert overall.variant("b").rate == 0.0


def test_money_is_guarded_too() -> None:
    """More orders, but of so much less money that the picture would cost."""
    cells = {"a": sold(20_000, [30.0] * 200), "b": sold(20_000, [12.0] * 300)}
    guarded = AnalysisOptions(
        metric="conversion_rate", guardrails=(Guardrail(metric="value_per_impression"),)
    )
    analysis = analyse(counts(cells, days=8), options=guarded)
    assert analysis.overall.leader == "b"
    assert [c.name for c in analysis.verdict.missing] == ["guardrail_value_per_impression"]


def test_orders_far_above_the_common_mean_are_evidence_too() -> None:
    """Counted alone an impression of `a` earns 90, where the mean order of `a` is drawn to 10."""
    cells = {
        "a": Cell(impressions=10, conversions=9, value=900.0),
        "b": Cell(impressions=1_000_000, conversions=900_000, value=1_800_000.0),
    }
    found = analyse(counts(cells), options=MONEY).overall
    assert found.variant("a").e_value > 10.0
