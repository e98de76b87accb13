"""What a snapshot makes ready and shares: nothing that is ready may differ from what is new."""

import json
from collections import Counter
from dataclasses import asdict, replace
from typing import Any

import pytest

from abtest import Snapshot, TestPlan, carved
from abtest.chains import Chains
from abtest.serving import VALUES, ServedTest

UNITS = [f"u{i}" for i in range(300)]


def snapshot(*plans: TestPlan) -> Snapshot:
    return Snapshot(version="1", built_at_s=0.0, items={"mug": "d", "shoe": "s"}, plans=plans)


def seen(live: Snapshot, **attributes: object) -> list[tuple[object, ...]]:
    decisions = (live.decide(unit, attributes, "mug") for unit in UNITS)
    return [(d.variant, d.segment, d.propensity, d.reason) for d in decisions]


def test_a_test_of_one_split_has_one_draw_for_all_segments(plan: TestPlan) -> None:
    """It decides as one whose segments have these weights each for itself."""
    alike = replace(plan, segment_weights={})
    apart = replace(plan, segment_weights={"de": plan.weights})
    for attributes in ({}, {"country": "DE"}):
        assert seen(snapshot(alike), **attributes) == seen(snapshot(apart), **attributes)
    drawn = ServedTest(alike, Chains()).drawn(VALUES)
    assert drawn.ready(0) is drawn.ready(1)
    other = ServedTest(apart, Chains()).drawn(VALUES)
    assert other.ready(0) is not other.ready(1)


@pytest.mark.parametrize("promoted", [{}, {"de": "oak"}, {"everyone": "oak"}])
@pytest.mark.parametrize("sliced", [False, True])
def test_a_second_look_finds_what_the_first_found(
    plan: TestPlan, promoted: dict[str, str], sliced: bool
) -> None:
    part = carved("home", 0.5, []) if sliced else None
    live = snapshot(replace(plan, promoted=promoted, slice=part))
    for attributes in ({}, {"country": "DE"}):
        assert seen(live, **attributes) == seen(live, **attributes)


def test_a_change_leaves_all_else_as_it_is(plan: TestPlan) -> None:
    shoe = replace(plan, test="t2", salt="t2", item="shoe")
    old = snapshot(plan, shoe)
    new = old.changed(
        version="2",
        built_at_s=1.0,
        items={"mug": "d2", "hat": "h"},
        plans=[replace(plan, promoted_all="oak", holdout=0.0)],
    )
    assert {d.variant for d in (new.decide(unit, {}, "mug") for unit in UNITS)} == {"oak"}
    assert new.decide("u", {}, "hat").image == "h"
    assert new.decide("u", {}, "shoe") == old.decide("u", {}, "shoe")
    # The old one still answers as before: requests may hold it.
    assert {d.variant for d in (old.decide(unit, {}, "mug") for unit in UNITS)} == {
        "oak",
        "white",
    }
    assert old.decide("u", {}, "hat").reason == "unknown_item"
    assert (new.version, old.version) == ("2", "1")
    whole = Snapshot(version="2", built_at_s=1.0, items=new.items, plans=new.plans)
    assert whole.to_dict() == new.to_dict()
    assert [plan.test for plan in new.plans_of("shoe")] == ["t2"]
    assert (
        "shoe"
        not in new.changed(version="3", built_at_s=2.0, items={}, plans=[], gone=["shoe"]).items
    )


def test_what_was_asked_before_a_change_is_not_what_is_told_after_it(plan: TestPlan) -> None:
    old = snapshot(plan)
    before = seen(old)
    only = {**dict.fromkeys(plan.weights, 0.0), "oak": 1.0}
    new = old.changed(
        version="2", built_at_s=1.0, items={"mug": "d"}, plans=[replace(plan, weights=only)]
    )
    assert {variant for variant, *_ in seen(new)} == {"oak"} != {variant for variant, *_ in before}
    gone = new.changed(version="3", built_at_s=2.0, items={}, plans=[], gone=["mug"])
    assert gone.decide("u", {}, "mug").reason == "unknown_item"
    assert seen(old) == before


def test_a_text_of_another_class_names_the_same_item(plan: TestPlan) -> None:
    class Name(str):
        __slots__ = ()

    live = snapshot(plan)
    assert live.decide("u", {}, Name("mug")) == live.decide("u", {}, "mug")


@pytest.mark.parametrize(
    "changes",
    [
        {"segment_weights": {}},
        {"segment_weights": {"de": {"white": 0.3, "oak": 0.7}}},
        {"promoted": {"de": "oak"}, "holdout": 0.3},
        {"promoted_all": "oak", "holdout": 0.0},
        {"slice": carved("home", 0.5, [])},
    ],
    ids=["one split", "own splits", "one winner", "all won", "layer"],
)
def test_the_texts_say_what_the_values_say(plan: TestPlan, changes: dict[str, Any]) -> None:
    """At the first look, which makes things ready, and at those after it."""
    live = snapshot(replace(plan, **changes), replace(plan, test="t2", salt="t2", item="shoe"))
    plain = Snapshot(version="1", built_at_s=0.0, items={"hat": "h"}, plans=())
    items = ["mug", "shoe", "gone", 5, ["mug"], "mug"]
    for unit in [*UNITS[:60], "", None, 7]:
        for attributes in ({"country": "DE"}, {}):
            for view, asked in ((live, items), (live, []), (plain, ["hat", "mug", "hat"])):
                body, reasons = view.encoded(unit, attributes, asked)
                choices = view.choices(unit, attributes, asked)
                assert body == choices.encoded("1")
                assert Counter(reasons) == Counter(choices.reasons)
                assert json.loads(body)["decisions"] == [
                    asdict(decision) for decision in choices.decisions
                ]
