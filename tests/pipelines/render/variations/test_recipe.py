"""A number names a set: the same everywhere, and one that a camera can see and words can name."""

import pytest

from pipelines.render.lights import Softbox, Sun
from pipelines.render.variations.recipe import FLAT_LAY, MAX_PROPS, NEXT_STEP_M, Prop, draw
from pipelines.render.variations.vocabulary import BACKDROPS, LAYOUTS, SURFACES, light_color

SOME = [draw(5, number) for number in range(300)]


def test_a_number_always_draws_the_same_set() -> None:
    assert draw(3, 41) == draw(3, 41)
    assert draw(3, 41) != draw(3, 42)
    assert draw(3, 41) != draw(4, 41)


def test_size_changes_the_frame_and_nothing_else() -> None:
    small, large = draw(3, 41, size_px=64), draw(3, 41, size_px=512)
    assert (small.props, small.surface, small.key) == (large.props, large.surface, large.key)
    assert (small.camera.width_px, large.camera.width_px) == (64, 512)


def test_three_hundred_sets_use_everything_there_is() -> None:
    assert {one.layout for one in SOME} == set(LAYOUTS)
    assert {one.surface.material for one in SOME} == set(SURFACES)
    assert {one.backdrop.material for one in SOME if one.backdrop} == set(BACKDROPS)
    assert {type(one.key) for one in SOME} == {Sun, Softbox}
    assert len({(one.surface, one.backdrop, one.key.azimuth_deg) for one in SOME}) == 300


def test_the_products_place_stays_empty_and_in_the_frame() -> None:
    for one in SOME:
        assert len(one.props) <= MAX_PROPS
        x, y = one.camera.project((0.0, 0.0, 0.0))
        assert 0.35 < x < 0.65
        assert 0.4 < y < 0.9
        for prop in one.props:
            assert max(abs(prop.x), abs(prop.y)) > 0.15
            assert one.layout == FLAT_LAY or prop.y > 0


def test_what_is_drawn_is_seen() -> None:
    for one in SOME:
        for prop in one.props:
            x, y = one.camera.project((prop.x, prop.y, prop.z))
            assert 0 < x < 1
            assert 0 < y < 1


def test_only_a_sun_shines_through_a_window() -> None:
    assert {one.shade for one in SOME if isinstance(one.key, Softbox)} == {"open"}
    assert {one.shade for one in SOME if isinstance(one.key, Sun)} == {"open", "window", "leaves"}


def test_a_black_bodys_light_goes_from_red_to_blue() -> None:
    warm, day, cool = light_color(2700), light_color(6600), light_color(10000)
    assert warm[0] == 1.0
    assert warm[0] > warm[1] > warm[2]
    assert min(day) > 0.9
    assert cool[2] == 1.0
    assert cool[0] < cool[2]


def test_a_prop_that_nobody_can_build_cannot_exist() -> None:
    with pytest.raises(ValueError, match="no prop is called piano"):
        Prop(kind="piano", color="white", x=0.2, y=0.2, z=0.0, scale=1.0, turn_deg=0.0, seed=1)
    with pytest.raises(ValueError, match="scale"):
        Prop(kind="vase", color="white", x=0.2, y=0.2, z=0.0, scale=9.0, turn_deg=0.0, seed=1)


def test_no_light_stands_behind_a_wall() -> None:
    for one in SOME:
        assert one.layout == FLAT_LAY or not 110.1 < one.key.azimuth_deg < 249.9


def test_props_stand_on_what_is_under_them() -> None:
    for one in SOME:
        heights = {prop.z for prop in one.props}
        match one.layout:
            case "podium":
                assert heights <= {one.floor_m}
                assert one.floor_m < 0
            case "step":
                assert heights <= {NEXT_STEP_M}
                assert all(prop.y > 0.3 for prop in one.props)
            case _:
                assert heights <= {0.0}
