"""File names: by pattern, unique, safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.services.errors import NamePatternInvalid
from studio.services.naming import NamePattern, StemRegister


@pytest.mark.parametrize(
    ("pattern", "values", "name"),
    [
        ("{stem}-{spec}-{n}", {"stem": "mug", "spec": "ebay", "n": 7}, "mug-ebay-7"),
        ("{n:03}_{stem}", {"stem": "mug", "n": 7}, "007_mug"),
        ("{stem}-{spec}-{n}", {"stem": "mug", "n": 7}, "mug-7"),
        ("{variant}-{stem}", {"stem": "mug", "variant": ""}, "mug"),
        ("夏季-{stem}", {"stem": "杯子"}, "夏季-杯子"),
        ("hero", {"stem": "mug"}, "hero"),
    ],
)
def test_fields_are_filled_and_empty_ones_leave_no_dash(
    pattern: str, values: dict[str, str | int], name: str
) -> None:
    assert NamePattern(pattern).fill(values) == name


@pytest.mark.parametrize(
    "pattern",
    ["{sku}", "{}", "{0}", "{stem", "stem}", "{stem!r}", "{stem.__class__}", "{stem:>9}", "{n:x}",
     "{n:99999999}", "{stem[0]}"],
)  # fmt: skip
def test_what_no_image_can_be_named_by_is_refused(pattern: str) -> None:
    with pytest.raises(NamePatternInvalid, match=r"\{stem\}, \{n\}"):
        NamePattern(pattern)


@given(names=st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=12))
def test_names_are_unique_safe_and_short_on_every_file_system(names: list[str]) -> None:
    stems = StemRegister(NamePattern("{stem}"))
    taken = [stems.take(name) for name in names]
    assert len({one.lower() for one in taken}) == len(taken)
    for one in taken:
        assert one
        assert not one.startswith((".", "-"))
        assert not set(one) & set('/\\:*?"<>|\n\0 ')
        assert len(one.encode()) < 200


def test_a_pattern_that_says_too_little_is_numbered() -> None:
    stems = StemRegister(NamePattern("hero"))
    assert [stems.take("a.jpg"), stems.take("b.jpg")] == ["hero", "hero-2"]


def test_one_result_may_have_a_pattern_of_its_own() -> None:
    stems = StemRegister()
    assert stems.take("a.jpg", pattern=NamePattern("{stem}-x")) == "a-x"
    assert stems.take("a.jpg", suffix="-wood") == "a-wood"
