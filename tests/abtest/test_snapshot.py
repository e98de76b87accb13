import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import InvalidPlan, Reason, Snapshot, TestPlan, carved

ITEMS = {"mug": "default.webp", "shoe": "shoe.webp"}


def snapshot(*plans: TestPlan, fallback: str | None = None) -> Snapshot:
    return Snapshot(
        version="7",
        built_at_s=1.0,
        items=ITEMS,
        plans=plans,
        fallback=fallback,
    )


def test_a_running_test_splits_by_its_weights(plan: TestPlan) -> None:
    live = snapshot(plan)
    units = [f"u{i}" for i in range(4000)]
    everyone = [live.decide(unit, {}, "mug") for unit in units]
    german = [live.decide(unit, {"country": "DE"}, "mug") for unit in units]
    assert {d.reason for d in everyone + german} == {Reason.TEST}
    assert {d.segment for d in everyone} == {"everyone"}
    assert {d.segment for d in german} == {"de"}
    assert abs(sum(d.variant == "oak" for d in everyone) / 4000 - 0.5) < 0.03
    assert abs(sum(d.variant == "oak" for d in german) / 4000 - 0.8) < 0.03
    for decision in german:
        assert decision.propensity == (0.8 if decision.variant == "oak" else 0.2)
        assert decision.image == ("o" if decision.variant == "oak" else "w")
        assert decision.test == "t1"


def test_a_promotion_serves_the_winner_and_keeps_a_holdout(plan: TestPlan) -> None:
    live = snapshot(replace(plan, promoted_all="oak", holdout=0.1))
    decisions = [live.decide(f"u{i}", {"country": "DE"}, "mug") for i in range(5000)]
    held = [d for d in decisions if d.reason is Reason.HOLDOUT]
    assert abs(len(held) / 5000 - 0.1) < 0.02
    assert {(d.variant, d.propensity) for d in held} == {("white", 0.1)}
    assert {(d.variant, d.propensity) for d in decisions if d not in held} == {("oak", 0.9)}


def test_a_winning_control_needs_no_holdout(plan: TestPlan) -> None:
    live = snapshot(replace(plan, promoted_all="white"))
    assert {live.decide(f"u{i}", {}, "mug").reason for i in range(200)} == {Reason.PROMOTED}


def test_one_segment_s_promotion_leaves_the_others_testing(plan: TestPlan) -> None:
    live = snapshot(replace(plan, promoted={"de": "oak"}, holdout=0.0))
    assert live.decide("u", {"country": "DE"}, "mug").reason is Reason.PROMOTED
    assert live.decide("u", {"country": "FR"}, "mug").reason is Reason.TEST


def test_no_test_and_no_item(plan: TestPlan) -> None:
    live = snapshot(plan, fallback="none.webp")
    shoe = live.decide("u", {}, "shoe")
    assert (shoe.image, shoe.reason, shoe.test) == ("shoe.webp", Reason.DEFAULT, None)
    hat = live.decide("u", {}, "hat")
    assert (hat.image, hat.reason, hat.item) == ("none.webp", Reason.UNKNOWN_ITEM, "hat")


@pytest.mark.parametrize(
    "unit", [None, "", 1.5, [], {}, pytest.param(10**5000, id="huge"), True, b"u"]
)
def test_a_nameless_unit_gets_the_default_image(plan: TestPlan, unit: object) -> None:
    decision = snapshot(plan).decide(unit, {}, "mug")
    assert (decision.image, decision.reason) == ("default.webp", Reason.DEFAULT)


def test_a_number_names_the_same_unit_as_its_digits(plan: TestPlan) -> None:
    live = snapshot(plan)
    assert live.decide(42, {}, "mug") == live.decide("42", {}, "mug")


@settings(deadline=None)
@given(st.data())
def test_nothing_raises(
    plan: TestPlan, odd_values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    unit, attributes = data.draw(odd_values), data.draw(odd_values)
    items = data.draw(st.lists(odd_values, max_size=4))
    decisions = snapshot(plan, fallback="f").decide_all(unit, attributes, [*items, "mug"])
    assert len(decisions) == len(items) + 1
    assert all(decision.image for decision in decisions)


def test_the_first_plan_of_an_item_is_served(plan: TestPlan) -> None:
    live = snapshot(replace(plan, test="new"), replace(plan, promoted_all="oak"))
    assert live.decide("u", {}, "mug").test == "new"
    assert len(live.plans) == 2
    assert live.items == ITEMS


def test_a_layer_s_tests_share_its_units(plan: TestPlan) -> None:
    """Two tests of one layer on two items: nobody is in both, and the rest sees the defaults."""
    mug = replace(plan, slice=carved("home", 0.5, []))
    shoe = replace(plan, test="t2", salt="t2", item="shoe", slice=carved("home", 0.3, [mug.slice]))  # type: ignore[list-item]
    live = snapshot(mug, shoe)
    seen = [live.decide_all(f"u{i}", {}, ["mug", "shoe"]) for i in range(4000)]
    tests = [tuple(decision.test for decision in decisions) for decisions in seen]
    assert set(tests) == {("t1", None), (None, "t2"), (None, None)}
    assert abs(tests.count(("t1", None)) / 4000 - 0.5) < 0.03
    assert abs(tests.count((None, "t2")) / 4000 - 0.3) < 0.03
    outside = [d for decisions in seen for d in decisions if d.test is None]
    assert {(d.reason, d.image, d.variant, d.propensity) for d in outside} == {
        (Reason.OUTSIDE_LAYER, "default.webp", None, 1.0),
        (Reason.OUTSIDE_LAYER, "shoe.webp", None, 1.0),
    }
    # Inside, the split is that of the weights.
    mugs = [decisions[0] for decisions in seen if decisions[0].test]
    assert abs(sum(d.variant == "oak" for d in mugs) / len(mugs) - 0.5) < 0.04
    assert {d.propensity for d in mugs} == {0.5}


def test_two_tests_of_a_layer_may_run_on_one_item(plan: TestPlan) -> None:
    first = replace(plan, slice=carved("home", 0.5, []))
    second = replace(plan, test="t2", salt="t2", slice=carved("home", 0.5, [first.slice]))  # type: ignore[list-item]
    live = snapshot(first, second)
    tests = [live.decide(f"u{i}", {}, "mug").test for i in range(2000)]
    assert set(tests) == {"t1", "t2"}
    assert abs(tests.count("t1") / 2000 - 0.5) < 0.04


def test_outside_its_layer_a_unit_sees_what_was_promoted_before(plan: TestPlan) -> None:
    new = replace(plan, test="new", slice=carved("home", 0.5, []))
    live = snapshot(new, replace(plan, promoted_all="oak", holdout=0.0))
    reasons = {live.decide(f"u{i}", {}, "mug").reason for i in range(200)}
    assert reasons == {Reason.TEST, Reason.PROMOTED}


def test_a_promotion_is_for_all_units_of_a_layer(plan: TestPlan) -> None:
    sliced = replace(plan, slice=carved("home", 0.1, []), promoted={"de": "oak"}, holdout=0.0)
    live = snapshot(sliced)
    german = {live.decide(f"u{i}", {"country": "DE"}, "mug").reason for i in range(200)}
    french = {live.decide(f"u{i}", {"country": "FR"}, "mug").reason for i in range(200)}
    assert german == {Reason.PROMOTED}
    assert french == {Reason.TEST, Reason.OUTSIDE_LAYER}


def test_a_slice_survives_the_snapshot_s_json_and_old_files_have_none(plan: TestPlan) -> None:
    sliced = replace(plan, slice=carved("home", 0.1, []))
    data = json.loads(json.dumps(sliced.to_dict()))
    assert TestPlan.from_dict(data) == sliced
    del data["slice"]
    assert TestPlan.from_dict(data) == replace(plan, slice=None)


def test_a_plan_without_its_item_is_refused(plan: TestPlan) -> None:
    with pytest.raises(InvalidPlan, match="no default image"):
        snapshot(replace(plan, item="hat"))
