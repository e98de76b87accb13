"""Where lines end: no closing mark first, no opening mark last, numbers and words whole."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.lettering.breaking import broken, pieces

CLOSING = "，。、！？；：）】》」』”’％%"
OPENING = "（【《「『“‘￥¥"
ALPHABET = "满减送新品上市保温杯不锈钢aBc 0123456789.-" + CLOSING + OPENING


def width(text: str) -> float:
    """Ems of a font whose ideographs are square and whose letters are half as wide."""
    return sum(0.5 if ord(one) < 0x2E80 else 1.0 for one in text)


def test_chinese_breaks_between_characters_as_evenly_as_can_be() -> None:
    assert broken("头层牛皮通勤大容量", width=5, measure=width) in {
        ("头层牛皮", "通勤大容量"),
        ("头层牛皮通", "勤大容量"),
    }


def test_a_line_rather_ends_after_a_comma() -> None:
    assert broken("高温釉面，耐磨易洗不掉色", width=8, measure=width) == (
        "高温釉面，",
        "耐磨易洗不掉色",
    )


def test_words_stay_whole_and_lose_the_space_at_the_end() -> None:
    lines = broken("Active noise cancelling", width=8, measure=width)
    assert lines == ("Active noise", "cancelling")


def test_numbers_keep_signs_and_units() -> None:
    assert [one.text for one in pieces("直降¥50 3年质保 -30%")] == [
        "直", "降", "¥50", "3年", "质", "保", "-30%",
    ]  # fmt: skip


def test_a_word_wider_than_the_line_fits_nowhere() -> None:
    assert broken("a dishwasher", width=3, measure=width) is None


def test_nothing_gives_no_line() -> None:
    assert broken("   ", width=5, measure=width) == ()


@given(st.text(alphabet=ALPHABET, max_size=40), st.floats(min_value=8, max_value=30))
def test_lines_hold_the_text_keep_the_width_and_obey_kinsoku(text: str, limit: float) -> None:
    lines = broken(text, width=limit, measure=width)
    if lines is None:
        assert max(width(one.text) for one in pieces(text)) > limit
        return
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line) <= limit * 1.001 for line in lines)
    for line, following in pairwise(lines):
        # Between two marks that a user typed with a space there, the user's own break counts.
        if not text_has_space_at(text, line, following):
            assert following[0] not in CLOSING
            assert line[-1] not in OPENING


def text_has_space_at(text: str, line: str, following: str) -> bool:
    return any(
        text[at : at + 1].isspace() and text[:at].rstrip().endswith(line[-1])
        and text[at:].lstrip().startswith(following[0])
        for at in range(len(text))
    )  # fmt: skip
