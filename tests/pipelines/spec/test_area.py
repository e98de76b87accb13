"""Boxes as users write them."""

import pytest

from pipelines import RecipeInvalid
from pipelines.spec.area import area_of


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "-1,0,5,5", "1,2,3,4,5", "5%%,0,1,1"])
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(RecipeInvalid, match="x,y,width,height"):
        area_of(text)


def test_pixels_and_percents_mix() -> None:
    assert area_of(" 25% , 10, 50%, 20 ").within(200, 100) == (50, 10, 150, 30)


@pytest.mark.parametrize("text", ["150,0,100,50", "0,0,100%,101%", "0,0,1,50"])
def test_a_box_must_lie_within_the_photo(text: str) -> None:
    with pytest.raises(RecipeInvalid, match="200 x 100 px"):
        area_of(text).within(200, 100)
