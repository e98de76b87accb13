"""`packshot brands`: kits taken in, shown and checked, and errors that say what to write."""

import shutil
from pathlib import Path

import pytest

from pipelines.lettering import font_cards
from studio.cli.brands import ensure_font, taken_in_brand
from tests.pipelines.brands.kits import write_kit
from tests.studio.commanding import Commands

MORE = '[palette]\naccent = "#1e6b52"\n[templates]\nallowed = ["podium"]\n[label]\nlanguage = "zh"'


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A kit outside the home folder."""
    (tmp_path / "kit").mkdir()
    return write_kit(tmp_path / "kit", MORE)


def test_a_kit_is_checked_added_listed_and_shown(commands: Commands, kit: Path) -> None:
    assert "no brand kits yet" in commands("brands", "list").out
    assert "in order" in commands("brands", "check", kit).out
    assert commands("brands", "list", "--json").data == []
    assert commands("brands", "add", kit).out.startswith("acorn: added")
    shutil.rmtree(kit.parent)
    listed = commands("brands", "list", "--json").data
    assert [(one["name"], one["templates"], one["label"]) for one in listed] == [
        ("acorn", ["podium"], "zh")
    ]
    shown = commands("brands", "show", "acorn").out
    assert "accent #1e6b52" in shown
    assert "Aileron" in shown  # the font that Pillow carries


def test_wrong_kits_and_names_are_one_line(commands: Commands, kit: Path) -> None:
    kit.write_text('schema = 1\n[palette]\nink = "green"', encoding="utf-8")
    wrong = commands("brands", "check", kit)
    assert wrong.code == 1
    assert "palette.ink" in wrong.error
    unknown = commands("brands", "show", "acron")
    assert unknown.code == 1
    assert "no brand 'acron'" in unknown.error


def test_another_kit_of_the_name_needs_force(commands: Commands, kit: Path) -> None:
    commands("brands", "add", kit)
    write_kit(kit.parent, MORE.replace("zh", "en"))
    refused = commands("brands", "add", kit)
    assert "--force" in refused.error
    assert commands("brands", "add", kit, "--force").code == 0
    assert commands("brands", "list", "--json").data[0]["label"] == "en"


def test_a_kit_given_as_a_file_is_taken_in(commands: Commands, kit: Path) -> None:
    commands("brands", "list")
    shell = commands.shell()
    assert taken_in_brand(shell, {"brand": str(kit), "fill": 0.8}) == {
        "brand": "acorn",
        "fill": 0.8,
    }
    assert taken_in_brand(shell, {"brand": "acorn"}) == {"brand": "acorn"}
    assert list(shell.images.library.brands.names()) == ["acorn"]


def test_the_font_is_pulled_only_when_words_are_asked_for(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands("brands", "list")
    shell = commands.shell()
    asked: list[str] = []
    monkeypatch.setattr(
        "pipelines.lettering.fonts.FontStore.pull",
        lambda self, name, log: asked.append(name),
    )
    ensure_font(shell, [{"fill": 0.8}, {"headline": ""}])
    assert asked == []
    ensure_font(shell, [{"fill": 0.8}, {"badge": "NEW"}])
    assert asked == ["noto-sans-sc"]
    card = font_cards()["noto-sans-sc"]
    path = shell.images.library.brands.fonts.folder / card.file
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(card.size_bytes)  # whole by size, which is what is asked here
    ensure_font(shell, [{"badge": "NEW"}])
    assert asked == ["noto-sans-sc"]
