"""Planning: the forecast is what the engine does, counted."""

import numpy as np
import pytest

from abtest import AnalysisOptions, GateOptions
from abtest.errors import InvalidOptions
from abtest.planning import Expectation, Forecast, plan_test


def forecast(*, runs: int = 12, seed: int = 3, **expected: float) -> Forecast:
    return plan_test(
        Expectation(**expected),  # type: ignore[arg-type]
        generator=np.random.default_rng(seed),
        runs=runs,
    )


def test_much_traffic_decides_nearly_always_and_soon() -> None:
    result = forecast(images=2, visits_per_day=200_000, rate=0.03, max_days=20)
    assert result.decided > 0.8
    assert result.days is not None
    assert 7 <= result.days <= 10  # the gate asks for seven full days
    assert result.clicks_gained > 0.02
    assert result.promoted + result.no_difference + result.undecided == pytest.approx(1.0)


def test_little_traffic_decides_nothing_and_says_so() -> None:
    result = forecast(images=4, visits_per_day=40, rate=0.01, max_days=8)
    assert result.decided == 0.0
    assert result.undecided == 1.0
    assert result.days is None
    assert result.days_most is None


def test_days_are_told_of_all_tests_not_of_the_decided_alone() -> None:
    few = forecast(images=2, visits_per_day=3_000, max_days=11, runs=16)
    assert 0.0 < few.decided < 0.5
    assert few.days is None
    some = forecast(images=2, visits_per_day=6_000, max_days=24, runs=16)
    assert 0.5 <= some.decided < 0.9
    assert some.days is not None
    assert some.days_most is None
    sooner = forecast(images=2, visits_per_day=6_000, max_days=int(some.days), runs=16)
    assert sooner.decided >= 0.5  # the same tests, ended on that day
    assert sooner.days == some.days


def test_equal_images_are_found_to_be_equal_and_never_wrong() -> None:
    result = forecast(images=2, visits_per_day=300_000, rate=0.05, spread=0.0, max_days=15)
    assert result.no_difference > 0.8
    assert result.wrong == 0.0
    assert abs(result.clicks_gained) < 1e-9


def test_more_traffic_takes_fewer_days() -> None:
    slow = forecast(images=2, visits_per_day=5_000, rate=0.03, max_days=40)
    fast = forecast(images=2, visits_per_day=50_000, rate=0.03, max_days=40)
    assert fast.undecided <= slow.undecided
    assert fast.days is not None
    assert slow.days is None or fast.days <= slow.days


def test_the_same_seed_gives_the_same_forecast() -> None:
    assert forecast(runs=3, max_days=9) == forecast(runs=3, max_days=9)


def test_the_gate_that_is_asked_for_is_the_gate_that_is_used() -> None:
    counted: list[int] = []
    result = plan_test(
        Expectation(visits_per_day=400_000, rate=0.05, max_days=6),
        generator=np.random.default_rng(1),
        runs=4,
        options=AnalysisOptions(gate=GateOptions(min_days=3)),
        on_run=lambda: counted.append(1),
    )
    assert len(counted) == 4
    assert result.days is not None
    assert result.days <= 6


@pytest.mark.parametrize(
    ("expected", "field"),
    [
        ({"images": 1}, "images"),
        ({"visits_per_day": 0}, "visits_per_day"),
        ({"rate": 0.0}, "rate"),
        ({"spread": -0.1}, "spread"),
        ({"max_days": 400}, "max_days"),
    ],
)
def test_impossible_expectations_are_refused(expected: dict[str, float], field: str) -> None:
    with pytest.raises(InvalidOptions, match=field):
        Expectation(**expected)  # type: ignore[arg-type]


def test_a_forecast_needs_a_run() -> None:
    with pytest.raises(InvalidOptions, match="runs"):
        forecast(runs=0)
