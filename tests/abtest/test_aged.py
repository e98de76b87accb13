"""Late conversions of which only counts by day and delay are kept."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pytest

from abtest import (
    AgedCell,
    AgedDelays,
    Cell,
    Cohort,
    InvalidCounts,
    delay_corrected,
    delays_alike,
    fit_delay,
    matured_cells,
)

DAYS = 14


def late(seed: int, *, rate: float, scale: float, shown: int = 3000) -> list[tuple[float, ...]]:
    """Delays that have come of each day's exposures, of the oldest day first."""
    rng = np.random.default_rng(seed)
    days = []
    for day in range(DAYS):
        delays = scale * rng.weibull(0.8, rng.binomial(shown, rate))
        ages = DAYS - 1 - day + rng.random(len(delays))
        days.append(tuple(delays[delays <= ages].tolist()))
    return days


def aged(day: int, delays: tuple[float, ...], shown: int = 3000) -> AgedDelays:
    often = Counter(delays)
    return AgedDelays(
        age_days=DAYS - 1 - day, span_days=1.0, impressions=shown,
        delays_days=tuple(often), delay_counts=tuple(often.values()),
    )  # fmt: skip


def by_day(arms: Mapping[str, list[tuple[float, ...]]]) -> list[dict[str, AgedDelays]]:
    return [{name: aged(day, days[day]) for name, days in arms.items()} for day in range(DAYS)]


def test_counts_by_delay_say_what_the_delays_themselves_say() -> None:
    days = late(3, rate=0.03, scale=2.0)
    rounded = [tuple(round(delay, 1) for delay in delays) for delays in days]
    cohorts = [
        Cohort(segment="everyone", variant="a", period="1", age_days=DAYS - 1 - day, span_days=1.1,
               impressions=3000, delays_days=delays)
        for day, delays in enumerate(rounded)
    ]  # fmt: skip
    counted = [aged(day, delays) for day, delays in enumerate(rounded)]
    curve = fit_delay(counted, window_days=7)
    assert len(set().union(*rounded)) < sum(map(len, rounded)) / 4
    assert curve.conversions == sum(delay <= 7 for delays in rounded for delay in delays)
    assert curve.median_days == pytest.approx(
        fit_delay(cohorts, window_days=7).median_days, rel=0.03
    )


def test_young_exposures_count_for_what_has_come() -> None:
    curve = fit_delay([aged(day, each) for day, each in enumerate(late(4, rate=0.05, scale=2.0))])
    key = ("everyone", "a", "1")
    parts = [
        AgedCell(key=key, cell=Cell(impressions=100, conversions=3), age_days=30),
        AgedCell(key=key, cell=Cell(impressions=80, conversions=1), age_days=1, span_days=0.5),
    ]
    (cell,) = matured_cells(parts, curve).values()
    assert (cell.impressions, cell.conversions) == (180, 4)
    assert cell.trials == pytest.approx(100 + 80 * curve.mean_share(1, 0.5), rel=1e-3)
    cohort = Cohort(segment="everyone", variant="a", period="1", age_days=1, span_days=0.5,
                    impressions=80)  # fmt: skip
    alone = delay_corrected([cohort], curve).cells[key].trials
    assert matured_cells(parts[1:], curve)[key].trials == pytest.approx(alone)


def test_delays_are_told_apart_whatever_the_rates_are() -> None:
    same = by_day({"a": late(5, rate=0.02, scale=2.0), "b": late(6, rate=0.04, scale=2.0)})
    slow = by_day({"a": late(5, rate=0.03, scale=2.0), "b": late(6, rate=0.03, scale=4.0)})
    assert delays_alike(same) > 0.01
    assert delays_alike(slow) < 1e-6
    assert delays_alike([]) == delays_alike(by_day({"a": late(5, rate=0.02, scale=2.0)})) == 1.0


def test_alike_delays_are_seldom_called_different() -> None:
    """The p-value is one: evenly spread where delays are the same."""
    odds = [
        delays_alike(by_day({
            name: late(3 * seed + i, rate=rate, scale=2.0, shown=600)
            for i, (name, rate) in enumerate((("a", 0.02), ("b", 0.03), ("c", 0.05)))
        }))
        for seed in range(200)
    ]  # fmt: skip
    assert np.mean(odds) == pytest.approx(0.5, abs=0.08)
    assert np.mean(np.array(odds) < 0.05) < 0.1


@pytest.mark.parametrize(
    "wrong",
    [
        {"age_days": -1.0},
        {"span_days": float("nan")},
        {"delay_counts": (1, 2)},
        {"delays_days": (-1.0,)},
        {"delay_counts": (-1,)},
        {"delay_counts": (11,)},
    ],
)
def test_impossible_counts_are_refused(wrong: Mapping[str, object]) -> None:
    right = {"age_days": 1.0, "impressions": 10, "delays_days": (0.5,), "delay_counts": (3,)}
    AgedDelays(**right)  # type: ignore[arg-type]
    with pytest.raises(InvalidCounts):
        AgedDelays(**{**right, **wrong})  # type: ignore[arg-type]
