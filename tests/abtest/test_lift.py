import csv
from collections import defaultdict
from pathlib import Path

import pytest

from abtest import Beta, Row, analyse, counts_from_rows
from abtest.lift import FittedArm, lift_over
from abtest.strata import EffectiveArm


def fitted(name: str, clicks: int, trials: int) -> FittedArm:
    counts = EffectiveArm(
        variant=name,
        impressions=trials,
        successes=clicks,
        trials_effective=trials,
        successes_effective=clicks,
    )
    prior = Beta(alpha=33, beta=33 * 49)
    return FittedArm(counts=counts, posterior=prior.updated(successes=clicks, trials=trials))


def test_raw_and_shrunken() -> None:
    lift = lift_over(fitted("a", 100, 5000), fitted("b", 150, 5000), interval=(0.1, 0.9))
    assert lift.raw == pytest.approx(0.5)
    assert lift.shrunken == pytest.approx((150 + 33) / (100 + 33) - 1)
    assert lift.interval[0] < lift.shrunken < lift.interval[1]


def test_much_data_shrinks_little() -> None:
    lift = lift_over(
        fitted("a", 10**5, 5 * 10**6), fitted("b", 15 * 10**4, 5 * 10**6), interval=(0.1, 0.9)
    )
    assert lift.shrunken == pytest.approx(0.5, abs=1e-3)


def test_a_control_without_clicks_has_no_raw_lift() -> None:
    assert lift_over(fitted("a", 0, 50), fitted("b", 2, 50), interval=(0, 0)).raw is None
    assert lift_over(fitted("a", 0, 0), fitted("b", 0, 0), interval=(0, 0)).raw is None


def test_winners_of_real_image_tests_are_drawn_towards_the_rest(shared_data: Path) -> None:
    """The first 60 tests of the Upworthy archive that differ in the image alone."""
    tests: dict[str, list[Row]] = defaultdict(list)
    with (shared_data / "abtest" / "upworthy_image_tests.csv").open() as file:
        for line in csv.DictReader(file):
            row = Row(
                segment="everyone",
                variant=line["eyecatcher_id"],
                period="all",
                impressions=int(line["impressions"]),
                clicks=int(line["clicks"]),
            )
            tests[line["clickability_test_id"]].append(row)
    shrunk = 0
    several = [rows for rows in tests.values() if len(rows) > 1][:60]
    for rows in several:
        analysis = analyse(counts_from_rows(rows))
        leader = analysis.overall.variant(analysis.overall.leader)
        if leader.lift is not None and leader.lift.raw is not None and leader.lift.raw > 0:
            assert 0 < leader.lift.shrunken < leader.lift.raw
            shrunk += 1
    assert shrunk > 20
