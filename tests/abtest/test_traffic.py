"""Traffic of late, and what an impression of it is worth."""

import pytest

from abtest import EVERYONE, Beta, Cell, Counts, Period
from abtest.lift import FittedArm
from abtest.strata import EffectiveArm
from abtest.tables import CountTable
from abtest.traffic import recent_traffic, trials_per_impression


def test_traffic_is_that_of_the_last_week() -> None:
    split = {"v0": 0.2, "v1": 0.8}
    periods = tuple(
        Period(id=str(day), weights={"v0": 0.5, "v1": 0.5} if day < 19 else split)
        for day in range(20)
    )
    cells = {
        (EVERYONE, name, str(day)): Cell(impressions=1000 if day < 13 else 50)
        for day in range(20)
        for name in split
    }
    counts = Counts(variants=("v0", "v1"), periods=periods, cells=cells)
    found = recent_traffic(CountTable.of(counts, counts.variants), segments=(EVERYONE,))
    assert (found.impressions_per_day, found.days) == (100, 20)
    assert found.shares == pytest.approx(split)


def test_an_impression_is_worth_the_trials_that_it_brought() -> None:
    def arm(shown: int, trials: float) -> FittedArm:
        counts = EffectiveArm(variant="a", impressions=shown, successes=0,
                              trials_effective=trials, successes_effective=0.0)  # fmt: skip
        return FittedArm(counts=counts, posterior=Beta(alpha=1.0, beta=1.0))

    assert trials_per_impression([arm(1000, 30.0), arm(3000, 50.0)]) == pytest.approx(0.02)
    assert trials_per_impression([arm(0, 0.0)]) == 1.0
