"""Changes after a promotion: the day is found, and nothing is found where there is none."""

import numpy as np
import pytest

from abtest import InvalidOptions, WatchOptions
from abtest.changes import Change, harm_of, shift_of
from abtest.paired import Pairs

DAYS = [f"day {number}" for number in range(20)]
OPTIONS = WatchOptions()


def pairs(clicks: list[float]) -> Pairs:
    """Each day's clicks of a winner beside 50 of a control that was shown a tenth as often."""
    size = len(clicks)
    return Pairs(
        arm_shown=np.full(size, 20_000.0),
        arm_clicks=np.array(clicks),
        base_shown=np.full(size, 2_000.0),
        base_clicks=np.full(size, 50.0),
    )


def both(clicks: list[float], options: WatchOptions = OPTIONS) -> tuple[Change, Change]:
    counted = pairs(clicks)
    at = np.arange(len(clicks))
    shift = shift_of(counted, at, DAYS, options)
    assert shift is not None
    return harm_of(counted, at, DAYS, options), shift


def test_nothing_changed() -> None:
    harm, shift = both([500.0] * 20)
    assert not harm.proven
    assert not shift.proven
    assert harm.evidence < 1.0


def test_the_day_is_found_on_which_a_lead_turned_into_harm() -> None:
    harm, shift = both([600.0] * 8 + [350.0] * 12)
    assert (harm.proven, harm.since, shift.since) == (True, "day 8", "day 8")
    assert harm.ratio == pytest.approx(0.7, abs=0.01)
    assert harm.before == pytest.approx(1.2, abs=0.02)


def test_a_lead_that_shrank_is_a_change_and_no_harm() -> None:
    harm, shift = both([900.0] * 8 + [550.0] * 12)
    assert (harm.proven, shift.proven, shift.since) == (False, True, "day 8")


def test_harm_within_the_margin_is_tolerated_and_the_direction_turns_it() -> None:
    worse = [400.0] * 20
    assert both(worse)[0].proven
    assert not both(worse, WatchOptions(margin=0.25))[0].proven
    assert not both(worse, WatchOptions(direction="lower"))[0].proven
    assert both([625.0] * 20, WatchOptions(direction="lower"))[0].proven


def test_one_day_cannot_have_a_change_within() -> None:
    assert shift_of(pairs([500.0]), np.arange(1), DAYS[:1], OPTIONS) is None
    assert harm_of(pairs([100.0]), np.arange(1), DAYS[:1], OPTIONS).before is None


def test_options_have_ranges() -> None:
    for options in ({"alpha": 0.0}, {"margin": 1.0}, {"direction": "sideways"}):
        with pytest.raises(InvalidOptions):
            WatchOptions(**options)
