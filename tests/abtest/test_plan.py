from dataclasses import replace

import pytest

from abtest import InvalidPlan, PlannedVariant, TestPlan


def test_the_json_form_gives_the_plan_back(plan: TestPlan) -> None:
    full = replace(plan, promoted={"everyone": "oak"}, promoted_all="oak", holdout=0.1)
    assert TestPlan.from_dict(full.to_dict()) == full


@pytest.mark.parametrize(
    "change",
    [
        {"variants": (PlannedVariant(name="white", image="w"),)},
        {"variants": (PlannedVariant(name="white", image="w"),) * 2},
        {"control": "pine"},
        {"weights": {"white": 0.5, "pine": 0.5}},
        {"weights": {"white": 0.0, "oak": 0.0}},
        {"weights": {"white": float("nan"), "oak": 0.5}},
        {"segment_weights": {"fr": {"white": 1.0}}},
        {"segment_weights": {"de": {"pine": 1.0}}},
        {"promoted": {"fr": "oak"}},
        {"promoted": {"de": "pine"}},
        {"promoted_all": "pine"},
        {"holdout": 1.0},
    ],
)
def test_contradictions_are_refused(plan: TestPlan, change: dict[str, object]) -> None:
    with pytest.raises(InvalidPlan):
        replace(plan, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [None, 3, {}, {"test": "x"}])
def test_malformed_data_is_refused(data: object) -> None:
    with pytest.raises(InvalidPlan):
        TestPlan.from_dict(data)


def test_unknown_fields_are_refused(plan: TestPlan) -> None:
    with pytest.raises(InvalidPlan, match="more"):
        TestPlan.from_dict({**plan.to_dict(), "more": 1})
