"""Stacks of fonts, and the font that is pulled."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipelines.errors import FontMissing, FontUnusable, GlyphsMissing
from pipelines.lettering import FontFace, FontStack, FontStore, font_cards


def test_each_character_is_drawn_by_the_first_font_that_has_it(
    latin: FontFace, chinese: FontFace
) -> None:
    runs = FontStack(faces=(latin, chinese)).runs("SALE 限时 7折")
    assert [(one.text, one.face is chinese) for one in runs] == [
        ("SALE ", False), ("限时", True), (" 7", False), ("折", True),
    ]  # fmt: skip


def test_characters_that_no_font_has_are_named(latin: FontFace) -> None:
    with pytest.raises(GlyphsMissing) as caught:
        FontStack(faces=(latin,)).runs("New 新品新")
    assert caught.value.characters == "新品"
    assert "'新' (U+65B0)" in str(caught.value)


def test_a_font_of_one_weight_takes_any_weight(latin: FontFace) -> None:
    heavy = FontFace(path=latin.path, weight=800)
    assert heavy.sized(30).getlength("Sale") == latin.sized(30).getlength("Sale")


def test_a_variable_font_gets_heavier(chinese: FontFace) -> None:
    heavy = FontStack(faces=(chinese,)).weighing(900).faces[0]
    thin = FontStack(faces=(chinese,)).weighing(100).faces[0]
    assert sum(bytes(heavy.sized(60).getmask("新"))) > 1.5 * sum(
        bytes(thin.sized(60).getmask("新"))
    )


def test_weights_have_limits(latin: FontFace) -> None:
    with pytest.raises(FontUnusable, match="weight 1200"):
        FontFace(path=latin.path, weight=1200)


def test_a_font_that_is_not_here_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="packshot brands font"):
        FontStore(tmp_path).face("noto-sans-sc")
    with pytest.raises(FontMissing, match="known: noto-sans-sc"):
        FontStore(tmp_path).face("comic")


def test_a_file_of_the_wrong_size_is_not_the_font(tmp_path: Path) -> None:
    (tmp_path / font_cards()["noto-sans-sc"].file).write_bytes(b"short")
    assert not FontStore(tmp_path).has("noto-sans-sc")


def test_the_stack_is_named_by_its_files(latin: FontFace, tmp_path: Path) -> None:
    copied = tmp_path / "other.ttf"
    copied.write_bytes(latin.path.read_bytes())
    same = FontStack(faces=(FontFace(path=copied),))
    assert same.digest == FontStack(faces=(latin,)).digest
    copied.write_bytes(latin.path.read_bytes() + b"\0")
    assert FontStack(faces=(FontFace(path=copied),)).digest != FontStack(faces=(latin,)).digest


def test_only_the_described_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(source: Mapping[str, str], scratch: Path) -> Path:
        (scratch / "font").write_bytes(b"another file")
        return scratch / "font"

    monkeypatch.setattr("pipelines.lettering.fonts.fetch", fetch)
    said: list[str] = []
    with pytest.raises(FontMissing, match=r"SHA-256 is .*, expected a3041811a78c"):
        FontStore(tmp_path).pull("noto-sans-sc", log=said.append)
    assert said
    assert list(tmp_path.iterdir()) == []
