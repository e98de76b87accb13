import math

import pytest

from abtest import (
    Cohort,
    DelayCurve,
    Exposure,
    InvalidCounts,
    InvalidOptions,
    closed_window,
    delay_corrected,
    exposures_by_age,
)

DAY_S = 86_400.0
KEY = ("everyone", "oak", "1")


def exposure(day: float, *, bought: float | None = None, value: float = 0.0) -> Exposure:
    return Exposure(
        segment="everyone",
        variant="oak",
        period="1",
        exposed_s=day * DAY_S,
        converted_s=None if bought is None else bought * DAY_S,
        value=value,
    )


def cohort(age: float, impressions: int, *delays: float) -> Cohort:
    return Cohort(
        segment="everyone", variant="oak", period="1", age_days=age, impressions=impressions,
        delays_days=delays, values=tuple(10.0 * (i + 1) for i in range(len(delays))),
    )  # fmt: skip


def exponential(mean_days: float) -> DelayCurve:
    return DelayCurve(
        family="weibull", log_scale=math.log(mean_days), log_shape=0.0, window_days=None,
        conversions=100, converting=0.1, relative_error=0.01,
    )  # fmt: skip


def test_exposures_of_an_age_come_together() -> None:
    seen = [exposure(1.1), exposure(1.2, bought=3.2, value=7.0), exposure(9.5, bought=10.5)]
    old, young = exposures_by_age([*seen, exposure(11.0)], now_s=10 * DAY_S, bin_s=DAY_S)
    assert (old.impressions, old.age_days, old.span_days) == (2, 8.0, 1.0)
    assert old.delays_days == pytest.approx((2.0,))
    assert old.values == (7.0,)
    # What was bought after the moment of looking is not known yet; nor is a later exposure.
    assert (young.impressions, young.delays_days) == (1, ())


def test_a_closed_window_counts_whom_it_has_closed_for() -> None:
    found = closed_window([cohort(8, 100, 0.5, 9.0 - 1.5), cohort(3, 50, 1.0)], window_days=7)
    cell = found.cells[KEY]
    assert (cell.impressions, cell.conversions) == (100, 1)
    assert (cell.value, cell.value_squares, cell.matured) == (10.0, 100.0, None)
    assert (found.open_impressions, found.left_out) == (50, 2)


def test_effective_trials_are_impressions_times_the_share_that_has_come() -> None:
    found = delay_corrected([cohort(1, 100, 0.5), cohort(2, 50)], exponential(2.0))
    cell = found.cells[KEY]
    assert cell.matured == pytest.approx(100 * -math.expm1(-0.5) + 50 * -math.expm1(-1.0))
    assert (cell.impressions, cell.conversions, found.open_impressions) == (150, 1, 0)


def test_a_span_of_ages_is_averaged() -> None:
    curve = exponential(2.0)
    # The mean of 1 - exp(-a / 2) over a from 0 to 1.
    assert curve.mean_share(0.0, 1.0) == pytest.approx(1 + 2 * math.expm1(-0.5), rel=1e-9)


def test_never_more_conversions_than_units_of_any_age() -> None:
    with pytest.raises(InvalidCounts, match="conversions"):
        cohort(5, 1, 1.0, 2.0)
    with pytest.raises(InvalidCounts, match="delays_days"):
        cohort(5, 9, 6.0)


@pytest.mark.parametrize(
    ("bought", "value"), [(0.5, 0.0), (None, 3.0), (math.inf, 0.0), (2.0, math.nan)]
)
def test_impossible_exposures_are_refused(bought: float | None, value: float) -> None:
    with pytest.raises(InvalidCounts, match="exposure"):
        exposure(1.0, bought=bought, value=value)


def test_lengths_have_ranges() -> None:
    with pytest.raises(InvalidOptions, match="bin_s"):
        exposures_by_age([], now_s=0.0, bin_s=0.0)
    with pytest.raises(InvalidOptions, match="window_days"):
        closed_window([], window_days=-1.0)
