"""Kits by name: added with their files, replaced only on purpose, never outside the folder."""

from pathlib import Path

import pytest
from PIL import ImageFont

from pipelines.brands import Brand, BrandLibrary
from pipelines.errors import BrandInvalid, BrandNotFound, FontMissing
from pipelines.lettering import FontStore

KIT = 'schema = 1\ntitle = "{title}"\n[fonts]\ntext = "text.ttf"\n'


@pytest.fixture
def library(tmp_path: Path) -> BrandLibrary:
    """An empty library without the house font."""
    return BrandLibrary(tmp_path / "brands", fonts=FontStore(tmp_path / "fonts"))


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A kit outside the library."""
    font = ImageFont.load_default(16)
    assert isinstance(font, ImageFont.FreeTypeFont)
    (tmp_path / "text.ttf").write_bytes(font.font_bytes)
    path = tmp_path / "acorn.toml"
    path.write_text(KIT.format(title="First"), encoding="utf-8")
    return path


def test_an_added_kit_stands_on_its_own(library: BrandLibrary, kit: Path) -> None:
    added = library.add(kit)
    kit.unlink()
    (kit.parent / "text.ttf").unlink()
    assert list(library.names()) == ["acorn"]
    assert library.get("acorn") == added
    assert library.get("acorn").text[0].lacks("abc") == ""


def test_the_same_kit_may_be_added_again_another_only_by_force(
    library: BrandLibrary, kit: Path
) -> None:
    first = library.add(kit)
    assert library.add(kit) == first
    kit.write_text(KIT.format(title="Second"), encoding="utf-8")
    with pytest.raises(BrandInvalid, match="--force"):
        library.add(kit)
    assert library.get("acorn").title == "First"
    assert library.add(kit, force=True).title == "Second"
    assert [one.name for one in (kit.parent / "brands").iterdir()] == ["acorn"]


def test_a_wrong_kit_leaves_nothing_behind(library: BrandLibrary, kit: Path) -> None:
    kit.write_text("schema = 7", encoding="utf-8")
    with pytest.raises(BrandInvalid):
        library.add(kit)
    assert list(library.names()) == []


@pytest.mark.parametrize("name", ["acron", "../acorn", "/etc", ".hidden"])
def test_names_are_names_and_nothing_else(library: BrandLibrary, kit: Path, name: str) -> None:
    library.add(kit)
    with pytest.raises(BrandNotFound, match="acorn"):
        library.get(name)


def test_no_name_is_the_brand_without_rules(library: BrandLibrary) -> None:
    assert library.get("") == Brand()


def test_text_is_set_in_the_brands_font_and_falls_back(
    library: BrandLibrary, kit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.brands.library.system_faces", lambda: ())
    setter = library.typesetter(library.add(kit))
    assert [one.path.name for one in setter.stack.faces] == ["text.ttf"]
    with pytest.raises(FontMissing, match="brands font"):
        library.typesetter(Brand())
