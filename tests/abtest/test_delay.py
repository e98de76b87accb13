"""Conversions that come late, simulated with known delays."""

import math

import numpy as np
import pytest

from abtest import (
    AnalysisOptions,
    Cell,
    Cohort,
    Counts,
    DelayUnknown,
    InvalidOptions,
    Period,
    analyse,
    closed_window,
    delay_corrected,
    fit_delay,
)

DAYS = 14
RATE = 0.03


def delayed(family: str, *, seed: int, shown: int = 3000) -> list[Cohort]:
    """Two equal arms, one cohort a day; b gets most of its traffic late."""
    rng = np.random.default_rng(seed)
    cohorts = []
    for day in range(DAYS):
        age = DAYS - 1 - day
        for variant, share in (("a", 1.5 - day / DAYS), ("b", 0.5 + day / DAYS)):
            units = int(shown * share)
            late = drawn(family, rng, rng.binomial(units, RATE))
            ages = age + rng.random(len(late))
            cohorts.append(
                Cohort(
                    segment="everyone", variant=variant, period="all", age_days=age, span_days=1,
                    impressions=units, delays_days=tuple(late[late <= ages].tolist()),
                )
            )  # fmt: skip
    return cohorts


def drawn(family: str, rng: np.random.Generator, size: int) -> np.ndarray:
    if family == "weibull":
        return 2.0 * rng.weibull(0.8, size)
    return np.exp(rng.normal(0.3, 1.0, size))


def rates(cells: dict[tuple[str, str, str], Cell]) -> dict[str, float]:
    return {variant: cell.conversions / cell.trials for (_, variant, _), cell in cells.items()}


@pytest.mark.parametrize(("family", "median"), [("weibull", 1.265), ("lognormal", 1.350)])
def test_the_delays_and_the_share_that_converts_are_found(family: str, median: float) -> None:
    curve = fit_delay(delayed(family, seed=5, shown=6000))
    assert curve.family == family
    assert curve.median_days == pytest.approx(median, rel=0.12)
    doubt = math.hypot(curve.relative_error, curve.conversions**-0.5)
    assert curve.converting == pytest.approx(RATE, rel=3 * doubt)
    assert curve.relative_error < 0.03


def test_the_correction_takes_away_what_young_exposures_fake() -> None:
    """Equal arms: as counted, the one with more young exposures looks worse."""
    cohorts = delayed("weibull", seed=2, shown=12_000)
    cells = dict(delay_corrected(cohorts, fit_delay(cohorts)).cells)
    raw = {key[1]: cell.conversions / cell.impressions for key, cell in cells.items()}
    corrected = rates(cells)
    closed = rates(dict(closed_window(cohorts, window_days=7).cells))
    assert raw["b"] / raw["a"] < 0.93
    assert corrected["b"] / corrected["a"] == pytest.approx(1.0, abs=0.05)
    assert closed["b"] / closed["a"] == pytest.approx(1.0, abs=0.06)
    assert corrected["a"] == pytest.approx(RATE, rel=0.05)


def test_the_analysis_counts_effective_trials() -> None:
    cells = dict(delay_corrected(cohorts := delayed("weibull", seed=3), fit_delay(cohorts)).cells)
    even = Period(id="all", weights={"a": 0.5, "b": 0.5}, days=DAYS)
    counts = Counts(variants=("a", "b"), periods=(even,), cells=cells)
    arm = analyse(counts, options=AnalysisOptions(metric="conversion_rate")).overall.variant("b")
    cell = cells["everyone", "b", "all"]
    assert arm.impressions == cell.impressions
    assert arm.rate == pytest.approx(cell.conversions / cell.matured if cell.matured else 0)
    assert arm.rate is not None
    assert arm.rate > 1.05 * cell.conversions / cell.impressions


def test_a_window_is_where_the_curve_ends() -> None:
    curve = fit_delay(delayed("lognormal", seed=4), window_days=5)
    assert curve.share_by(np.array([0.0, 5.0, 50.0])) == pytest.approx([0.0, 1.0, 1.0])
    assert float(curve.share_by(curve.median_days)) == pytest.approx(0.5)


def few(conversions: int, *, age: float, delay: float) -> list[Cohort]:
    delays = tuple(delay * (i + 1) / conversions for i in range(conversions))
    return [
        Cohort(
            segment="everyone", variant="a", period="1", age_days=age, impressions=1000,
            delays_days=delays,
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cohorts", "why"),
    [
        (few(12, age=9, delay=5), "12 conversions with a delay, 30 needed"),
        # Delays as evenly spread as the age allows: most of them may be still to come.
        (few(200, age=3, delay=3), "80% needed|at most 10%"),
    ],
)
def test_refused_where_too_little_is_known(cohorts: list[Cohort], why: str) -> None:
    with pytest.raises(DelayUnknown, match=why):
        fit_delay(cohorts)


def test_delays_of_no_length_are_no_trouble() -> None:
    curve = fit_delay(few(100, age=9, delay=0.0))
    assert math.isfinite(curve.converting)
    assert float(curve.share_by(1.0)) == pytest.approx(1.0, abs=1e-3)


def test_a_window_has_a_length() -> None:
    with pytest.raises(InvalidOptions, match="window_days"):
        fit_delay([], window_days=0.0)
