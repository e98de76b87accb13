"""Colours are named as people name them."""

import pytest

from pipelines.library.search.lexicon import lexicon
from pipelines.library.search.palette import lch, shown_colours


def shown(*palette: str) -> dict[str, float]:
    return shown_colours(palette, lexicon().concepts.values())


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("#c1280e", "red"), ("#e8862a", "orange"), ("#f3d43b", "yellow"), ("#2f7d3b", "green"),
        ("#8ba3a0", "green"), ("#1f4fa8", "blue"), ("#314a58", "blue"), ("#7a3fa0", "purple"),
        ("#f2b6c6", "pink"), ("#7a4a24", "brown"), ("#e8dfcf", "beige"), ("#fafafa", "white"),
        ("#808284", "grey"), ("#101012", "black"), ("#ddb8a8", "peach"), ("#c9a24a", "gold"),
    ],
)  # fmt: skip
def test_a_colour_has_its_name(colour: str, name: str) -> None:
    assert shown(colour)[name] > 0.6


@pytest.mark.parametrize(
    ("colour", "name"),
    [("#c1280e", "green"), ("#fafafa", "black"), ("#1f4fa8", "red"), ("#808284", "blue")],
)
def test_and_no_other(colour: str, name: str) -> None:
    assert name not in shown(colour)


def test_what_covers_less_counts_less() -> None:
    assert shown("#1f4fa8", "#c1280e")["red"] < shown("#c1280e", "#1f4fa8")["red"]


def test_no_palette_shows_nothing() -> None:
    assert shown() == {}


def test_lightness_runs_from_black_to_white() -> None:
    black, white = lch(["#000000", "#ffffff"])
    assert black[0] == pytest.approx(0, abs=0.1)
    assert white[0] == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize("colour", ["red", "#12", "#zzzzzz", "123456#"])
def test_a_colour_is_written_in_one_way(colour: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever digit is at fault
        lch([colour])
