"""Recipes: complete, frozen, and named by what they say."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import RecipeInvalid
from pipelines.spec import Recipe, SceneParams, WhiteParams, params_from

SOURCE = "ab" * 32


def white(**params: object) -> Recipe:
    return Recipe(kind="white", source=SOURCE, params=params_from("white", params), models=("m@1",))


@given(
    fill=st.floats(0.1, 1.0),
    size=st.integers(64, 8000),
    shadow=st.sampled_from(["none", "contact", "drop", "reflection"]),
    seed=st.integers(0, 2**31),
)
def test_json_and_back_is_the_same_recipe(fill: float, size: int, shadow: str, seed: int) -> None:
    params = params_from("white", {"fill": fill, "size_px": size, "shadow": shadow})
    recipe = Recipe(kind="white", source=SOURCE, params=params, models=("m@1",), seed=seed)
    again = Recipe.from_json(json.loads(json.dumps(recipe.to_json())))
    assert again == recipe
    assert again.digest == recipe.digest


def test_anything_that_changes_the_image_changes_the_digest() -> None:
    base = white(fill=0.8)
    others = [
        white(fill=0.81),
        white(fill=0.8, shadow="drop"),
        dataclasses.replace(base, seed=1),
        dataclasses.replace(base, models=("m@2",)),
        dataclasses.replace(base, source="cd" * 32),
        dataclasses.replace(base, engine=base.engine + 1),
    ]
    assert len({base.digest, *(other.digest for other in others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"fill": 1.5}, "fill = 1.5: must be 0.1 to 1"),
        ({"size_px": 10}, "must be 64 to 8000 px"),
        ({"shadow": "long"}, "must be one of none, contact, drop, reflection"),
        ({"colour": "red"}, "white knows only"),
    ],
)
def test_impossible_values_cannot_exist(params: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeInvalid, match=words):
        params_from("white", params)


def test_a_scene_needs_a_template_and_a_source_a_digest() -> None:
    with pytest.raises(RecipeInvalid, match="template"):
        params_from("scene", {})
    with pytest.raises(RecipeInvalid, match="SHA-256"):
        Recipe(kind="white", source="photo.jpg", params=WhiteParams(), models=())
    with pytest.raises(RecipeInvalid, match="do not fit"):
        Recipe(kind="white", source=SOURCE, params=SceneParams(template="x"), models=())
