"""The built-in library is broad: enough plates, styles, viewpoints, and words to find them by."""

import re
from collections import Counter

import pytest

from pipelines import BUILT_IN, TemplateLibrary
from pipelines.library import Template

BUILT_INS = list(TemplateLibrary(BUILT_IN).all())
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_there_are_enough_plates_in_enough_styles() -> None:
    assert len(BUILT_INS) >= 26
    assert len({one.style for one in BUILT_INS}) >= 8


def test_products_shot_from_any_height_find_a_plate() -> None:
    pitches = sorted(one.camera.pitch_deg for one in BUILT_INS)
    assert sum(pitch >= 80 for pitch in pitches) >= 2
    assert any(20 <= pitch < 50 for pitch in pitches)
    assert sum(pitch < 16 for pitch in pitches) >= 10


@pytest.mark.parametrize("template", BUILT_INS, ids=lambda one: one.name)
def test_a_plate_is_found_by_words_of_both_languages(template: Template) -> None:
    chinese = [tag for tag in template.tags if _CHINESE.search(tag)]
    assert len(chinese) >= 2
    assert len(template.tags) - len(chinese) >= 4
    assert _CHINESE.search(template.title_zh)
    assert max(Counter(template.tags).values()) == 1


@pytest.mark.parametrize("template", BUILT_INS, ids=lambda one: one.name)
def test_anchors_keep_the_product_inside_the_plate(template: Template) -> None:
    for anchor in template.anchors:
        assert anchor.x - anchor.max_width / 2 >= 0
        assert anchor.x + anchor.max_width / 2 <= 1
        assert anchor.y < 0.95
        assert anchor.px_per_cm > 10
