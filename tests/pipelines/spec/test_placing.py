"""A place is named in one way, and wholly."""

from typing import Any

import pytest

from pipelines.errors import RecipeInvalid
from pipelines.spec.placing import PlacingParams


@pytest.mark.parametrize(
    ("params", "mode"),
    [
        ({}, "anchor"),
        ({"anchor": "left third"}, "anchor"),
        ({"position": "front-left"}, "position"),
        ({"x": 0.3, "y": 0.8}, "custom"),
        ({"pick": 3}, "automatic"),
        ({"padding": "10%"}, "padding"),
        ({"padding": "10%", "position": "left"}, "position"),
        ({"padding": "10%", "anchor": "centre"}, "anchor"),
        ({"placement": "original"}, "original"),
        ({"placement": "padding", "padding": "10%", "anchor": "centre"}, "padding"),
    ],
)
def test_the_way_follows_from_what_is_given(params: dict[str, Any], mode: str) -> None:
    assert PlacingParams(**params).mode == mode


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"x": 0.3}, "placement"),
        ({"placement": "position"}, "placement"),
        ({"placement": "padding"}, "placement"),
        ({"anchor": "centre", "position": "left"}, "anchor"),
        ({"placement": "original", "anchor": "centre"}, "anchor"),
        ({"x": 0.3, "y": 0.5, "pick": 2}, "pick"),
        ({"x": 1.3, "y": 0.5}, "x"),
        ({"padding": "10"}, "padding"),
        ({"padding": "48%,48%"}, "padding"),
        ({"ratio": "4/5"}, "ratio"),
        ({"ratio": "800x600", "size_px": 500}, "ratio"),
        ({"position": "attic"}, "position"),
    ],
)
def test_half_a_place_and_two_places_are_refused(params: dict[str, Any], field: str) -> None:
    with pytest.raises(RecipeInvalid) as caught:
        PlacingParams(**params)
    assert caught.value.field == field


def test_no_padding_is_no_margin() -> None:
    assert PlacingParams().margins is None
    margins = PlacingParams(padding="10%,40px").margins
    assert margins is not None
    assert margins.left.px == 40
