import pytest

from pipelines.errors import RecipeInvalid
from pipelines.spec import SwapParams

DIGEST = "a" * 64


def test_a_ghost_is_shown_on_white_and_others_where_they_stand() -> None:
    assert SwapParams(person="ghost").before == "white"
    assert SwapParams(person="faceless").before == "keep"
    assert SwapParams(person="faceless", background="oak-table").template == "oak-table"
    assert SwapParams(person="a man", model="sdxl-inpaint").way == "painted"


def test_what_is_reckoned_is_told_from_what_is_cropped() -> None:
    assert SwapParams(person="ghost").is_retouched
    assert SwapParams(person="faceless", faceless="blur").is_retouched
    assert not SwapParams(person="faceless").is_retouched


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "say who shall wear it"),
        ({"person": "a man"}, "give model"),
        ({"person": "a man", "model": "m", "reference": DIGEST}, "consent"),
        ({"person": "ghost", "reference": DIGEST, "i_have_consent": True}, "shows nobody"),
        ({"person": "ghost", "background": "keep"}, "no background to keep"),
        ({"person": "faceless", "spec": "amazon-main"}, "background white"),
        ({"person": "x" * 5001, "model": "m"}, "at most 5,000"),
        ({"person": "a\x00b", "model": "m"}, "printable"),
    ],
)
def test_wishes_that_contradict_each_other_are_refused(
    params: dict[str, object], words: str
) -> None:
    with pytest.raises(RecipeInvalid, match=words):
        SwapParams(**params)  # type: ignore[arg-type]
