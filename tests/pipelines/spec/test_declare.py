"""Declarations: every parameter has its meaning, its limits and its words in one place."""

from dataclasses import dataclass
from typing import Literal

import pytest

from pipelines.errors import RecipeInvalid
from pipelines.spec import PARAMS, CutoutParams, Declared, Recipe, option, parameters


@dataclass(frozen=True, kw_only=True)
class Cup(Declared):
    """A set of parameters for these tests."""

    colour: Literal["red", "blue"] | Literal[""] = option("", "Which colour.")
    height: float = option(0.0, "How high.", low=1, high=30, unit="cm")
    lid: bool = option(False, "Whether it has a lid.")


def test_a_declaration_is_read_back_with_its_words_and_limits() -> None:
    colour, height, lid = parameters(Cup)
    assert (colour.name, colour.choices, colour.default) == ("colour", ("red", "blue", ""), "")
    assert (height.type, height.meaning.low, height.meaning.unit) == (float, 1, "cm")
    assert (lid.type, lid.meaning.help) == (bool, "Whether it has a lid.")


def test_defaults_may_lie_outside_and_all_else_may_not() -> None:
    assert Cup() == Cup(colour="", height=0.0)
    assert Cup(height=30).height == 30
    with pytest.raises(RecipeInvalid, match="height = 31: must be 1 to 30 cm"):
        Cup(height=31)
    with pytest.raises(RecipeInvalid, match=r"colour = 'green': must be one of red, blue$"):
        Cup(colour="green")  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", PARAMS.values())
def test_every_parameter_of_every_kind_says_what_it_is_for(shape: type[Declared]) -> None:
    for one in parameters(shape):
        assert one.meaning.help.endswith("."), one.name
        numeric = one.type in (int, float)
        assert not numeric or None not in (one.meaning.low, one.meaning.high), one.name


@dataclass(frozen=True, kw_only=True)
class Masked(CutoutParams):
    """A cutout with a file among its parameters."""

    stencil: str = option("", "A mask.", names_asset=True)


def test_a_named_image_must_be_a_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PARAMS, "cutout", Masked)
    with pytest.raises(RecipeInvalid, match=r"stencil = 'mask\.png': must be a SHA-256"):
        Recipe(kind="cutout", source="ab" * 32, params=Masked(stencil="mask.png"), models=())
    recipe = Recipe(kind="cutout", source="ab" * 32, params=Masked(stencil="cd" * 32), models=())
    assert recipe.to_json()["params"]["stencil"] == "cd" * 32
