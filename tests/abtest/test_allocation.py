import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtest import (
    Allocation,
    Counts,
    InvalidOptions,
    PlannedVariant,
    Policy,
    Row,
    Segment,
    Snapshot,
    TestPlan,
    analyse,
    counts_from_rows,
    even_weights,
)
from abtest.allocation import top_two_weights

probabilities = st.lists(st.floats(0, 1), min_size=2, max_size=20).filter(lambda p: sum(p) > 1e-3)


def named(values: list[float]) -> dict[str, float]:
    return {f"v{i}": value / sum(values) for i, value in enumerate(values)}


@given(probabilities, st.sampled_from(["uniform", "thompson", "top_two"]))
def test_weights_are_shares_above_the_floor(values: list[float], policy: str) -> None:
    rule = Allocation(policy=policy)  # type: ignore[arg-type]
    weights = rule.weights(named(values))
    assert math.fsum(weights.values()) == pytest.approx(1.0, abs=1e-9)
    assert min(weights.values()) >= rule.floor_for(len(values)) - 1e-12


@pytest.mark.parametrize("kept", [0.5, 0.85])
def test_top_two_weights_are_those_of_the_algorithm(kept: float) -> None:
    """Draw a best arm; keep it as often as the leader's share, else draw until another comes."""
    generator = np.random.default_rng(1)
    p = np.array([0.6, 0.3, 0.1])
    first = generator.choice(3, 200_000, p=p)
    chosen = np.zeros(3)
    for arm in range(3):
        drawn = (first == arm).sum()
        chosen[arm] += drawn * kept
        others = np.where(np.arange(3) == arm, 0, p)
        chosen += drawn * (1 - kept) * others / others.sum()
    weights = top_two_weights({"a": 0.6, "b": 0.3, "c": 0.1}, leader_share=kept)
    np.testing.assert_allclose(list(weights.values()), chosen / len(first), atol=5e-3)


def test_a_certain_winner_shares_with_its_challengers() -> None:
    weights = top_two_weights({"a": 1.0, "b": 0.0, "c": 0.0}, leader_share=0.8)
    assert weights["a"] == pytest.approx(0.8)
    assert weights["b"] == pytest.approx(0.1)
    assert top_two_weights({"a": 1.0}, leader_share=0.8) == {"a": 1.0}


def test_equal_arms_are_shown_equally() -> None:
    for policy in ("uniform", "thompson", "top_two"):
        weights = Allocation(policy=policy).weights(named([1.0] * 5))
        assert weights == pytest.approx(even_weights(tuple(weights)))


def test_floors() -> None:
    assert Allocation().floor_for(2) == 0.01
    assert Allocation().floor_for(20) == pytest.approx(0.005)
    thompson = Allocation(policy="thompson", floor=0.1).weights({"a": 1.0, "b": 0.0})
    assert thompson == pytest.approx({"a": 0.9, "b": 0.1})
    with pytest.raises(InvalidOptions, match="more than all"):
        Allocation(floor=0.3).weights(named([1.0] * 4))


def two_tastes() -> Counts:
    """Phones like `b`, desks do not know; some thousand shoppers each."""
    clicks = {"phone": {"a": 60, "b": 90, "c": 62}, "desk": {"a": 61, "b": 66, "c": 58}}
    return counts_from_rows(
        Row(segment=segment, variant=variant, period="1", impressions=2500, clicks=number)
        for segment, of_variant in clicks.items()
        for variant, number in of_variant.items()
    )


@pytest.mark.parametrize(
    ("policy", "units"), [("top_two", 200_000), ("thompson", 6_000), ("uniform", 6_000)]
)
def test_what_is_served_is_what_is_logged(policy: Policy, units: int) -> None:
    """Counted over units, each segment's split is its weights, and so are the propensities."""
    analysis = analyse(two_tastes())
    rule = Allocation(policy=policy, floor=0.04)
    of_segment = {name: group.next_weights(rule) for name, group in analysis.segments.items()}
    plan = TestPlan(
        test="t",
        item="mug",
        salt="t",
        variants=tuple(PlannedVariant(name=name, image=name) for name in "abc"),
        control="a",
        segments=(Segment.from_dict({"name": "phone", "rule": {"device": "phone"}}),
                  Segment.from_dict({"name": "desk", "rule": {"device": "desk"}})),
        weights=analysis.overall.next_weights(rule),
        segment_weights=of_segment,
    )  # fmt: skip
    live = Snapshot(version="1", built_at_s=0.0, items={"mug": "d"}, plans=[plan])
    for segment, weights in of_segment.items():
        attributes = {"device": segment}
        served = [live.decide(f"{segment}{i}", attributes, "mug") for i in range(units // 2)]
        shown = Counter((one.variant, one.propensity) for one in served)
        # One propensity a variant, and it is the weight to the last digit that sums allow.
        assert {name for name, _ in shown} == set(weights)
        assert len(shown) == len(weights)
        expected = {name: weights[str(name)] * len(served) for name, _ in shown}
        for name, propensity in shown:
            assert propensity == pytest.approx(weights[str(name)], rel=1e-12)
        chi_square = sum(
            (n - expected[name]) ** 2 / expected[name] for (name, _), n in shown.items()
        )
        assert chi_square < 13.8  # p = .001 at 2 degrees of freedom
        assert min(weights.values()) >= 0.04 - 1e-12


def test_segments_get_weights_of_their_own_by_what_they_share() -> None:
    found = analyse(two_tastes())
    rule = Allocation(policy="thompson")
    weights = {name: group.next_weights(rule) for name, group in found.segments.items()}
    assert weights["phone"]["b"] > weights["desk"]["b"] > 0.5
    # Alone, desks would hardly know: what phones say of `b` counts with them too.
    alone = analyse(counts_from_rows(
        Row(segment="desk", variant=name, period="1", impressions=2500, clicks=clicks)
        for name, clicks in (("a", 61), ("b", 66), ("c", 58))
    ))  # fmt: skip
    assert weights["desk"]["b"] > alone.overall.next_weights(rule)["b"]


def test_the_more_images_the_more_the_leader_keeps() -> None:
    assert [Allocation().leader_share_for(arms) for arms in (2, 4, 6)] == [0.7, 0.85, 0.9]
    sure = {"a": 1.0, "b": 0.0}
    assert Allocation(floor=0.0).weights(sure) == pytest.approx({"a": 0.7, "b": 0.3})
    assert Allocation(floor=0.0, leader_share=0.6).weights(sure)["a"] == pytest.approx(0.6)


def test_the_leader_keeps_the_whole_of_thompsons_share() -> None:
    chances = {"a": 0.7, "b": 0.2, "c": 0.1}
    alone = Allocation(leader_share=1.0).weights(chances)
    assert alone == pytest.approx(Allocation(policy="thompson").weights(chances))


@pytest.mark.parametrize(
    "options",
    [{"floor": -0.1}, {"floor": 0.6}, {"policy": "greedy"}, {"leader_share": 0.4}],
)
def test_bad_options(options: dict[str, object]) -> None:
    with pytest.raises(InvalidOptions):
        Allocation(**options)  # type: ignore[arg-type]
