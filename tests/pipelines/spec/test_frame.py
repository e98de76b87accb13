"""What a user may say about frames, and what is refused."""

import pytest

from pipelines.errors import RecipeInvalid
from pipelines.imaging.framing import Length
from pipelines.spec import WhiteParams, params_from
from pipelines.spec.frame import margins_of, shape_of


@pytest.mark.parametrize(
    ("text", "top", "right", "bottom", "left"),
    [
        ("5%", (0.05, 0), (0.05, 0), (0.05, 0), (0.05, 0)),
        ("40px", (0, 40), (0, 40), (0, 40), (0, 40)),
        ("0.1, 5%", (0.1, 0), (0.05, 0), (0.1, 0), (0.05, 0)),
        ("5%,5%,10%,20px", (0.05, 0), (0.05, 0), (0.1, 0), (0, 20)),
        ("5% 0", (0.05, 0), (0, 0), (0.05, 0), (0, 0)),
    ],
)
def test_margins_are_read_as_css_does(
    text: str,
    top: tuple[float, float],
    right: tuple[float, float],
    bottom: tuple[float, float],
    left: tuple[float, float],
) -> None:
    margins = margins_of(text)
    wanted = {"top": top, "right": right, "bottom": bottom, "left": left}
    for side, (share, px) in wanted.items():
        assert getattr(margins, side) == Length(share=share, px=px)


def test_ratios_are_shapes_or_sizes() -> None:
    assert shape_of("16:9") == (16, 9)
    assert shape_of("1200x1500") == (1200, 1500)
    assert shape_of("3.5 : 5") == (3.5, 5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fill": 0.8, "margin": "5%"}, "fill or margin, not both"),
        ({"size_px": 900, "ratio": "800x1000"}, "leave size_px out"),
        ({"margin": "5"}, "5px or 5%"),
        ({"margin": "five"}, "no length"),
        ({"margin": "1%,2%,3%"}, "1, 2 or 4 lengths"),
        ({"margin": "50%"}, "no room"),
        ({"margin": "400px", "ratio": "800x2000"}, "no room"),
        ({"ratio": "4/5"}, "such as 4:5"),
        ({"ratio": "0:5"}, "1:10 to 10:1"),
        ({"ratio": "1:11"}, "1:10 to 10:1"),
        ({"ratio": "20x500"}, "64 to 8000 px"),
        ({"align": "middle"}, "must be one of centre"),
    ],
)
def test_contradictions_are_refused(given: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeInvalid, match=words):
        params_from("white", given)


def test_what_was_not_said_leaves_the_choice_open() -> None:
    params = WhiteParams()
    assert (params.size_px, params.ratio, params.fill, params.margin) == (0, "", 0, "")
