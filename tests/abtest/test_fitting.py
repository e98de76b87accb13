import numpy as np
import pytest

from abtest import AnalysisOptions, Beta, Cell, Counts, Period, analyse
from abtest.fitting import Model, fitted_groups
from abtest.tables import CountTable

EVEN = Period(id="1", weights={"a": 0.5, "b": 0.5}, days=8)


def counts(first: Cell, second: Cell) -> Counts:
    return Counts(
        variants=("a", "b"),
        periods=(EVEN,),
        cells={("everyone", "a", "1"): first, ("everyone", "b", "1"): second},
    )


def fitted(table: Counts, model: Model) -> list[Beta]:
    return [arm.posterior for arm in fitted_groups(
        CountTable.of(table, ("a", "b")), groups=[("everyone",)], model=model
    ).arms[0]]  # fmt: skip


def test_each_metric_counts_its_own_trials_and_successes() -> None:
    flat = Beta(alpha=1.0, beta=1.0)
    cell = Cell(impressions=1000, clicks=50, conversions=5, matured=800.0)
    table = counts(cell, cell)
    for metric, (won, tried) in {
        "click_rate": (50, 1000),
        "conversion_rate": (5, 800),
        "conversion_per_click": (5, 50),
    }.items():
        posterior = fitted(table, Model(metric=metric, prior=flat))[0]  # type: ignore[arg-type]
        assert (posterior.alpha, posterior.beta) == pytest.approx((1 + won, 1 + tried - won))


def test_who_bought_without_a_counted_click_was_there_all_the_same() -> None:
    table = counts(
        Cell(impressions=1000, clicks=2, conversions=5), Cell(impressions=1000, clicks=9)
    )
    analysis = analyse(table, options=AnalysisOptions(metric="conversion_per_click"))
    assert analysis.overall.variant("a").rate == pytest.approx(1.0)
    assert analysis.overall.variant("b").rate == pytest.approx(0.0)


def test_intervals_of_few_clicks_hold_the_truth() -> None:
    """The prior's centre is the arms' own rate, and as doubtful as their clicks."""
    rng = np.random.default_rng(3)
    within = 0
    for _ in range(300):
        cells = [Cell(impressions=1000, clicks=int(rng.binomial(1000, 0.01))) for _ in "ab"]
        arm = fitted_groups(
            CountTable.of(counts(*cells), ("a", "b")),
            groups=[("everyone",)],
            model=Model(metric="click_rate"),
        ).arms[0][0]
        low, high = arm.own.interval()
        within += low <= 0.01 <= high
    assert 0.9 <= within / 300 <= 0.99


def test_with_a_prior_of_ones_own_nothing_is_loosened() -> None:
    table = counts(Cell(impressions=100, clicks=2), Cell(impressions=100, clicks=1))
    arms = fitted_groups(
        CountTable.of(table, ("a", "b")), groups=[("everyone",)],
        model=Model(metric="click_rate", prior=Beta(alpha=33.0, beta=1600.0)),
    ).arms[0]  # fmt: skip
    assert [arm.level for arm in arms] == [None, None]
