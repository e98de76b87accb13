"""What a painter is asked for: told limits, and nothing that goes unheard."""

import pytest

from pipelines.errors import RecipeInvalid
from pipelines.spec import PARAMS, PaintingParams, SceneParams, params_from


def test_what_is_left_open_is_the_models_own() -> None:
    params = SceneParams(model="sdxl-inpaint", prompt="a beach")
    assert (params.chosen_steps, params.chosen_guidance) == (None, None)
    asked = SceneParams(model="sdxl-inpaint", prompt="a beach", steps=1, guidance=0)
    assert (asked.chosen_steps, asked.chosen_guidance) == (1, 0)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"steps": 0}, "steps = 0: must be 1 to 150"),
        ({"guidance": -0.5}, "guidance = -0.5: must be 0 to 30"),
        ({"strength": 1.2}, "strength = 1.2: must be 0 to 1"),
        ({"attempts": 0}, "attempts = 0: must be 1 to 10"),
        ({"prompt": "sea " * 1251}, "has 5,004 characters; at most 5,000"),
        ({"negative": "a\x00b"}, "negative = 'a.*b': must hold printable characters only"),
        ({"control": "pose"}, "must be one of auto, none, depth, canny, normal"),
    ],
)
def test_impossible_wishes_are_told(params: dict[str, object], words: str) -> None:
    with pytest.raises(RecipeInvalid, match=words):
        params_from("scene", {"model": "sdxl-inpaint", "prompt": "sea", **params})


@pytest.mark.parametrize(
    "wish",
    [{"strength": 0.5}, {"negative": "people"}, {"describe": "a mug"}, {"control": "canny"}],
)
def test_wishes_that_no_painter_would_hear_are_refused(wish: dict[str, object]) -> None:
    with pytest.raises(RecipeInvalid, match="needs a model that paints"):
        params_from("scene", {"template": "podium", **wish})


@pytest.mark.parametrize(
    ("params", "strength", "painted"),
    [
        ({"prompt": "sea"}, 1.0, True),
        ({"template": "podium"}, 0.6, True),
        ({"template": "podium", "strength": 0}, 0.0, False),
        ({"template": "podium", "strength": 1}, 1.0, True),
    ],
)
def test_a_template_is_kept_in_part_and_words_alone_are_free(
    params: dict[str, object], strength: float, painted: bool
) -> None:
    made = params_from("scene", {"model": "sdxl-inpaint", **params})
    assert isinstance(made, SceneParams)
    assert (made.chosen_strength, made.is_painted) == (strength, painted)


def test_a_scene_without_a_model_is_not_painted() -> None:
    assert not SceneParams(template="podium").is_painted
    assert issubclass(PARAMS["scene"], PaintingParams)
