"""Arrangements: order, sizes, and who may cover whom."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.imaging.arrange import Body, Stood, arranged, extent_of_all, far_to_near
from pipelines.imaging.light import Surface

TABLE = Surface(depression_deg=15, roughness=0.5, reflectance=0, distance_px=4000)
FLOOR = Surface(depression_deg=90, roughness=0.5, reflectance=0)
bodies = st.lists(
    st.builds(
        Body,
        width_px=st.floats(20, 400),
        height_px=st.floats(20, 500),
        base_px=st.floats(0, 9),
    ),
    min_size=2,
    max_size=12,
)


def overlap(one: Stood, other: Stood) -> float:
    return min(one.box.right, other.box.right) - max(one.box.left, other.box.left)


@given(bodies, st.floats(0, 2))
def test_a_row_keeps_the_order_and_covers_nothing(found: list[Body], spacing: float) -> None:
    for surface in (TABLE, FLOOR):
        stood = arranged(found, surface, how="row", spacing=spacing)
        assert {one.size for one in stood} == {1.0}
        for body, one in zip(found, stood, strict=True):
            assert one.box.width_px == pytest.approx(body.width_px)
            assert one.box.bottom == pytest.approx(body.base_px)
        for one, other in itertools.pairwise(stood):
            mean = sum(body.width_px for body in found) / len(found)
            assert other.box.left - one.box.right == pytest.approx(spacing * mean, abs=1e-6)
        whole = extent_of_all(stood)
        assert whole.left == pytest.approx(-whole.right)


@given(bodies)
def test_a_group_covers_little_and_only_what_stands_behind(found: list[Body]) -> None:
    stood = arranged(found, TABLE, how="group", spacing=0)
    order = far_to_near(stood)
    assert sorted(order) == list(range(len(found)))
    behind = [one for one in range(len(found)) if stood[one].nearer_px < 0]
    before = [one for one in range(len(found)) if stood[one].nearer_px > 0]
    assert behind
    assert before
    assert min(found[one].height_px for one in behind) >= max(
        found[one].height_px for one in before
    )
    assert max(stood[one].size for one in behind) < 1 < min(stood[one].size for one in before)
    flat = arranged(found, Surface(depression_deg=15, roughness=1, reflectance=0), how="group",
                    spacing=0)  # fmt: skip
    for row in (behind, before):
        for one, other in itertools.combinations(row, 2):
            narrower = min(found[one].width_px, found[other].width_px)
            assert overlap(flat[one], flat[other]) <= 0.13 * narrower
    for one, other in itertools.product(behind, before):
        narrower = min(found[one].width_px, found[other].width_px)
        assert overlap(flat[one], flat[other]) <= 0.13 * narrower


def test_what_lies_flat_is_a_row_all_the_same() -> None:
    found = [Body(width_px=100, height_px=80, base_px=40), Body(width_px=50, height_px=30, base_px=15)]  # fmt: skip
    group = arranged(found, FLOOR, how="group", spacing=0.1)
    assert group == arranged(found, FLOOR, how="row", spacing=0.1)
    assert [(one.box.top + one.box.bottom) / 2 for one in group] == [0, 0]
