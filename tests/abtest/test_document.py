"""The JSON form of snapshots: read again it decides the same, and shares what stayed the same."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtest import InvalidPlan, Snapshot, TestPlan

ITEMS = {"mug": "default.webp", "shoe": "shoe.webp"}


def snapshot(*plans: TestPlan) -> Snapshot:
    return Snapshot(version="7", built_at_s=1.0, items=ITEMS, plans=plans)


@given(unit=st.text(min_size=1, max_size=20), country=st.sampled_from(["DE", "FR", "\ud800"]))
def test_a_persisted_snapshot_decides_the_same(plan: TestPlan, unit: str, country: str) -> None:
    live = snapshot(plan)
    attributes = {"country": country}
    for again in (
        Snapshot.from_dict(json.loads(json.dumps(live.to_dict()))),
        Snapshot.from_document(live.document()),
        Snapshot.from_document(live.document(), previous=live),
    ):
        assert again.decide_all(unit, attributes, ITEMS) == live.decide_all(unit, attributes, ITEMS)
        assert (again.version, again.built_at_s) == ("7", 1.0)
        assert again.document() == live.document()


def test_a_document_s_unchanged_items_are_shared_with_the_snapshot_before_it(
    plan: TestPlan,
) -> None:
    shoe = replace(plan, test="t2", salt="t2", item="shoe")
    first = Snapshot.from_document(snapshot(plan, shoe).document())
    changed = snapshot(replace(plan, promoted_all="oak"), shoe)
    second = Snapshot.from_document(changed.document(), previous=first)
    assert second.document() == changed.document()
    assert second._served["shoe"] is first._served["shoe"]
    assert second._served["mug"] is not first._served["mug"]
    gone = Snapshot(version="8", built_at_s=1.0, items={"shoe": "shoe.webp"}, plans=[shoe])
    third = Snapshot.from_document(gone.document(), previous=second)
    assert dict(third.items) == {"shoe": "shoe.webp"}


def test_a_document_without_items_is_one(plan: TestPlan) -> None:
    empty = Snapshot(version="1", built_at_s=0.0, items={}, plans=())
    assert Snapshot.from_document(empty.document()).document() == empty.document()
    assert json.loads(snapshot(plan).document())["items"][0]["item"] == "mug"


def test_segments_stand_once_in_a_document(plan: TestPlan) -> None:
    plans = [replace(plan, test=f"t{n}", salt=f"t{n}") for n in range(5)]
    assert len(snapshot(*plans).to_dict()["segments"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text.replace(b'"format":3', b'"format":2'),
        lambda text: text.replace(b'"item":"mug","image"', b'"item":"hat","image"'),
        lambda text: text.replace(b'"tests"', b'"trials"'),
        lambda text: text.replace(b'"weights":', b'"weights":3,"x":'),
        lambda text: b"",
        lambda text: b"[1]\n]}",
    ],
)
def test_a_malformed_document_is_refused(plan: TestPlan, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(InvalidPlan):
        Snapshot.from_document(spoil(snapshot(plan).document()))


@pytest.mark.parametrize("data", [None, {}, {"format": 1}, {"format": 99}, "x"])
def test_malformed_data_is_refused(data: object) -> None:
    with pytest.raises(InvalidPlan):
        Snapshot.from_dict(data)
