"""The studies' own logic, on a few small tests."""

from pathlib import Path

import numpy as np
import pytest

from abtest import AnalysisOptions
from abtest.allocation import Allocation
from abtest.ensemble import World
from tests.benchmarks.abtest import (
    calibration,
    exactness,
    false_promotions,
    kinds,
    openbandit,
    planned,
    power,
    upworthy,
)
from tests.benchmarks.abtest.cells import run_cells, share, table
from tests.benchmarks.abtest.rules import (
    NO_DIFFERENCE,
    RUNNING,
    Endings,
    Gate,
    ProbBest,
    SmallLoss,
    follow,
)

PLAIN = AnalysisOptions(foresight="none")


def test_cells_are_run_once_and_kept(tmp_path: Path) -> None:
    ran: list[int] = []

    def measure(*, size: int) -> dict[str, object]:
        ran.append(size)
        return {"found": size * 2}

    kept = tmp_path / "cells.jsonl"
    first = run_cells([{"size": 1}], measure, kept=kept)
    both = run_cells([{"size": 1}, {"size": 3}], measure, kept=kept)
    assert ran == [1, 3]
    assert both[0] == first[0]
    assert [row["found"] for row in both] == [2, 6]


def test_shares_bear_an_error_even_where_nothing_happened() -> None:
    assert share(20, 100) == "20.0 ± 4.0"
    assert share(0, 100) == "0.0 ± 1.0"
    assert table(["a"], [[1]]).splitlines() == ["| a |", "| --- |", "| 1 |"]


def test_rules_find_a_great_difference_and_name_the_best() -> None:
    rates = np.array([[0.02, 0.06], [0.06, 0.02]])
    ended = follow(
        World(rates=rates, impressions_per_day=4000, days=9),
        [Gate(), ProbBest(), SmallLoss()],
        generator=np.random.default_rng(3),
        allocation=Allocation(),
        options=PLAIN,
    )
    for one in ended.values():
        assert one.arm.tolist() == [1, 0]
        assert one.shown.tolist() == [1, 0]
        assert (one.days >= 7).all()
    # Half of the first day, at least, went to the worse image.
    assert (ended["our gate"].earned < 0.06 * 4000 * ended["our gate"].days - 80).all()


@pytest.mark.parametrize("world", list(false_promotions.WORLDS))
def test_every_world_is_counted(world: str) -> None:
    found = false_promotions.measured(
        world=world, arms=2, rate=0.05, truth="alike", tests=3, days=16
    )["rules"]
    assert {"our gate", "P(best) > 95%", "expected loss < 1%"} <= set(found)
    ours = found["our gate"]
    assert ours["tests"] == 3
    assert ours["worse"] == 0  # nothing is worse where all are alike
    cell = {"world": world, "arms": 2, "rate": 0.05, "truth": "alike", "tests": 3}
    assert "| our gate |" in false_promotions.told([{"cell": cell, "rules": found}])


def test_a_mistake_is_to_promote_an_image_that_another_beats_by_more_than_epsilon() -> None:
    rates = np.array([[0.02, 0.0211], [0.02, 0.0209], [0.02, 0.0211], [0.02, 0.03]])
    ended = Endings(
        arm=np.array([0, 0, 1, NO_DIFFERENCE]), shown=np.array([0, 0, 1, 1]),
        days=np.full(4, 10.0), earned=np.zeros(4), judged=4,
    )  # fmt: skip
    assert false_promotions._counted(ended, rates) == {
        "tests": 4,
        "promoted": 3,
        "worse": 1,
        "no_difference": 1,
    }


def test_the_worst_cell_of_a_rule_is_that_of_the_largest_share() -> None:
    rows = [
        {
            "cell": {"world": world, "arms": 2, "rate": 0.02},
            "rules": {"ours": {"tests": tests, "promoted": 4}},
        }
        for world, tests in (("steady", 800), ("few", 400))
    ]
    worst = false_promotions._worst(rows, ["ours"], "promoted")
    assert "| ours | 2 | 1.0 ± 0.5 | few, 2 images, 2.0% |" in worst


def test_the_ends_of_what_tests_are_made_for_have_cells() -> None:
    cells = false_promotions.cells(800)
    assert len(cells) == 102
    assert {cell["arms"] for cell in cells} == {2, 4, 8, 20}
    assert {cell["tests"] for cell in cells if cell["arms"] in (8, 20)} == {400}
    assert {cell["tests"] for cell in cells if cell["arms"] in (2, 4)} == {800}
    rich = false_promotions.world_of(
        "plenty", rates=np.full((1, 2), 0.08), generator=np.random.default_rng(1), days=2
    )
    assert (rich.impressions_per_day, rich.looks_per_day) == (40_000, 10)


def test_what_is_wrong_depends_on_the_kind_of_test() -> None:
    wrong = {
        (name, segment, arm)
        for name, kind in kinds.KINDS.items()
        for segment in kind.sides
        for arm in (0, 1)
        if kinds.is_wrong(kind, segment, arm)
    }
    mixed = "four segments, 20% better in one, 20% worse in another"
    assert {(mixed, "home", 0), (mixed, "abroad", 1), (mixed, "app", 0)} <= wrong
    assert not {(mixed, "home", 1), (mixed, "abroad", 0)} & wrong
    assert ("returns, one has 5.1% fewer", "everyone", 0) in wrong
    assert ("returns, one has 5.1% fewer", "everyone", 1) not in wrong
    assert ("guardrail: 20% more clicks, 10% fewer orders", "everyone", 1) in wrong
    assert ("guardrail: 20% more clicks, as many orders", "everyone", 1) not in wrong
    assert ("money an impression, 20% more orders of 20% less", "everyone", 1) in wrong  # alike


def test_segments_with_splits_of_their_own_are_not_called_broken_and_a_cache_is() -> None:
    mixed = kinds.KINDS["four segments, 20% better in one, 20% worse in another"]
    found = kinds.outcome(mixed, np.random.default_rng(1), days=9)
    assert "broken" not in found
    assert not any(kinds.is_wrong(mixed, segment, arm) for segment, arm in found.items())
    cache = kinds.KINDS["a cache shows the first image for 5% of the second's"]
    assert kinds.outcome(cache, np.random.default_rng(1)) == {"broken": 1}
    row = {"cell": {"kind": "a", "tests": 4}, "promoted": 1, "wrong": 0, "broken": 2}
    assert "| a | 4 | 25.0 ± 21.7 | 0.0 ± 21.7 | 50.0 ± 25.0 |" in kinds.told([row])


def test_a_plan_is_held_against_tests_that_it_did_not_see(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planned, "RUNS", 4)
    cell = {"images": 2, "tests": 3}
    found = planned.measured(images=2, tests=3, days=8)
    seen = found["seen"]
    assert 0.0 <= seen["promoted"] + seen["no_difference"] <= 1.0
    assert "| 2 |" in planned.told([{"cell": cell, **found}])
    assert planned.half_decided([7.0, 9.0, float("inf"), float("inf")]) == 9.0
    assert planned.half_decided([7.0, float("inf"), float("inf")]) is None
    assert planned.apart(0.5, 0.5, 10) == 0.0
    assert planned.apart(1.0, 0.0, 100) > 3.0


def test_clicks_lost_are_those_of_the_best_image_not_shown() -> None:
    world = World(rates=np.array([[0.02, 0.04]] * 3), impressions_per_day=100, days=10)
    ended = Endings(
        arm=np.array([1, RUNNING, 0]), shown=np.array([1, RUNNING, 0]),
        days=np.array([5.0, 10.0, 0.0]), earned=np.array([15.0, 30.0, 0.0]), judged=3,
    )  # fmt: skip
    assert power.clicks_lost(ended, world) == pytest.approx([0.125, 0.25, 0.5])


def test_power_is_counted_for_each_practice() -> None:
    rows = []
    for practice in power.PRACTICES:
        cell = {"practice": practice, "arms": 2, "spread": 0.2, "tests": 4}
        rows.append({"cell": cell, **power.measured(**cell, days=31)})  # type: ignore[arg-type]
    fixed = rows[1]["found"]
    assert fixed["promoted"] + fixed["no_difference"] == 4  # all are over on their day
    assert power.told(rows).count("\n") == 4


def test_our_error_is_far_below_the_limit(shared_data: Path) -> None:
    import json

    text = (shared_data / "abtest" / "exact_beta_cases.json").read_text(encoding="utf-8")
    cases = json.loads(text)["cases"]
    prob, loss = np.array([exactness.our_error(case) for case in cases]).max(axis=0)
    assert max(prob, loss) < 1e-8


def test_our_error_is_small_wherever_tests_may_come_to() -> None:
    cases = exactness.drawn_cases(4)
    assert all(abs(case["p_best"].sum() - 1.0) < 1e-9 for case in cases)
    prob, loss = np.array([exactness.our_error(case) for case in cases]).max(axis=0)
    assert max(prob, loss) < 1e-9


def test_a_log_judges_its_own_policy_rightly() -> None:
    rng = np.random.default_rng(2)
    item, place = rng.integers(0, openbandit.ITEMS, 4000), rng.integers(0, 3, 4000)
    log = openbandit.Log(
        item=item, place=place, clicked=(rng.random(4000) < 0.1).astype(float),
        propensity=np.full(4000, 1 / openbandit.ITEMS),
    )  # fmt: skip
    assert log.shares().sum(axis=0) == pytest.approx([1, 1, 1])
    even = np.full((openbandit.ITEMS, openbandit.PLACES), 1 / openbandit.ITEMS)
    for name, value in openbandit.estimates(log, even):
        assert value is not None, name
        assert value.estimate == pytest.approx(log.clicked.mean(), abs=1e-3), name


def test_a_test_run_again_keeps_its_counts_and_ends_where_the_difference_is_great() -> None:
    rng = np.random.default_rng(4)
    arms = [(200, 10_000), (600, 10_000)]
    sizes, clicks = upworthy.parts_of(arms, rng)
    assert sizes.sum(axis=0).tolist() == [10_000, 10_000]
    assert clicks.sum(axis=0).tolist() == [200, 600]
    found = upworthy.replay(arms, Gate(), rng)
    assert found is not None
    assert found.part < 0.6
    assert found.lift == pytest.approx(0.5, abs=0.1)
    assert upworthy.replay([(20, 1000), (21, 1000)], Gate(), rng) is None


def test_predictions_are_compared_over_tests_not_over_splits() -> None:
    # Two tests, two splits: the first test is off by 0.1 in both, the second by 0.3.
    rows = [(0.2, 0.1, True), (0.4, 0.1, False), (0.2, 0.1, True), (0.4, 0.1, True)]
    told = upworthy.predicted_table({"raw": rows}, splits=2)
    assert "| raw | +30.0% | +10.0% | +20.0 ± 7.1 points | 75.0% |" in told


def test_the_picture_shows_what_was_foretold() -> None:
    one = calibration.foretold(0.17, tests=12)
    assert len(one.best) == 12 * calibration.ARMS * len(calibration.LOOKED_AT)
    assert one.best.sum() == 12 * len(calibration.LOOKED_AT)
    assert "| 17% | 30 | 48 |" in calibration.coverage_table({"17%": one})
    picture = calibration.drawn({0.17: one})
    assert picture.getpixel((1, 1)) == (255, 255, 255)
    assert len(picture.getcolors(1 << 16) or []) > 2
