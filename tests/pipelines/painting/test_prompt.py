"""Prompts: the user's words win, the scene and the brand follow."""

from dataclasses import replace

import pytest

from pipelines import BUILT_IN, TemplateLibrary
from pipelines.imaging.viewpoint import Viewpoint
from pipelines.painting import Wish, canvas_for, scene_prompt
from pipelines.painting.prompt import colour_names
from tests.pipelines.painting.painters import PROFILE

CANVAS = canvas_for(Viewpoint(side="side", confidence=1))
WISH = Wish(words="", product="", negative="", scene=CANVAS)


def test_words_come_first_and_the_view_is_told() -> None:
    told = scene_prompt(replace(WISH, words="on a beach at dusk.", product="amber bottle"), PROFILE)
    assert told.text == (
        "on a beach at dusk, amber bottle standing in the scene, seen at eye level, soft contact "
        "shadow, professional product photograph"
    )


def test_a_user_may_place_the_product_in_the_words() -> None:
    told = scene_prompt(replace(WISH, words="{product} on moss", product="mug"), PROFILE)
    assert told.text.startswith("mug on moss, seen at eye level")
    assert "{" not in scene_prompt(replace(WISH, words="{product} on moss"), PROFILE).text


def test_a_template_tells_its_own_scene_after_the_users_words() -> None:
    template = TemplateLibrary(BUILT_IN).get("podium")
    told = scene_prompt(replace(WISH, scene=template, product="perfume flacon"), PROFILE).text
    assert told.startswith("perfume flacon standing on a round cream podium")
    both = scene_prompt(replace(WISH, scene=template, words="in the snow"), PROFILE).text
    assert both.startswith("in the snow, the product standing on a round cream podium")


def test_a_flat_lay_is_told_as_one() -> None:
    above = canvas_for(Viewpoint(side="above", confidence=1))
    text = scene_prompt(replace(WISH, words="autumn leaves", scene=above), PROFILE).text
    assert "lying in the scene, seen from above" in text


def test_what_a_user_asks_for_is_not_kept_out() -> None:
    usual = scene_prompt(WISH, PROFILE).negative.split(", ")
    assert {"text", "hands", "duplicate product", "blurry"} <= set(usual)
    asked = scene_prompt(replace(WISH, words="hands holding it"), PROFILE).negative.split(", ")
    assert set(usual) - set(asked) == {"hands"}
    own = scene_prompt(replace(WISH, negative="  snow "), PROFILE).negative
    assert own.startswith("snow, ")


@pytest.mark.parametrize(
    "words",
    ["Scandinavian design kitchen", "Roman terrace", "an ottoman beside", "German breakfast table",
     "signature blue wall", "handmade tiles on a handrail", "a mandarin and a menu",
     "a personal, textured wall"],
)  # fmt: skip
def test_words_that_only_look_alike_ask_for_nothing(words: str) -> None:
    usual = scene_prompt(WISH, PROFILE).negative
    assert scene_prompt(replace(WISH, words=words), PROFILE).negative == usual


@pytest.mark.parametrize(
    ("words", "asked"),
    [("Two men, laughing", "people"), ("a man", "people"), ("Children on grass", "people"),
     ("letters on the wall", "text"), ("neon signs", "text"), ("in a hand", "hands"),
     ("golden frames", "picture frame"), ("两个人在海滩", "people"), ("手上", "hands")],
)  # fmt: skip
def test_a_words_plural_and_its_chinese_ask_for_it(words: str, asked: str) -> None:
    usual = scene_prompt(WISH, PROFILE).negative.split(", ")
    kept = scene_prompt(replace(WISH, words=words), PROFILE).negative.split(", ")
    assert set(usual) - set(kept) == {asked}


def test_chinese_words_are_told_in_english_as_well() -> None:
    told = scene_prompt(replace(WISH, words="日落的海滩。"), PROFILE).text
    assert told.startswith("日落的海滩, ")
    assert "beach" in told.partition("the product")[0]
    negative = scene_prompt(replace(WISH, words="文字招牌"), PROFILE).negative.split(", ")
    assert "text" not in negative


def test_models_are_told_only_what_they_take() -> None:
    editor = replace(PROFILE, abilities=frozenset({"edit"}))
    told = scene_prompt(replace(WISH, words="on a beach", product="mug"), editor)
    assert told.negative == ""
    assert told.text.startswith("Replace the background: on a beach")
    assert told.text.endswith("Keep mug exactly as it is, in the same place and size.")


def test_a_brands_colours_are_named_once() -> None:
    assert colour_names([(20, 40, 120), (25, 45, 125), (250, 250, 250)]) == ("blue", "white")
    text = scene_prompt(replace(WISH, words="a desk", colours=("blue", "white")), PROFILE).text
    assert text.endswith(", colours blue and white")
