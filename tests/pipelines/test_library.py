"""Adding a template is adding a folder; a bad folder says what is wrong with it."""

from pathlib import Path

import pytest

from pipelines import BUILT_IN, TemplateLibrary
from pipelines.errors import RecipeInvalid, TemplateInvalid, TemplateNotFound
from tests.pipelines.making import write_template


def test_a_new_folder_is_a_new_template(tmp_path: Path) -> None:
    library = TemplateLibrary(tmp_path)
    assert list(library.names()) == []
    write_template(tmp_path, "blue-hour")
    assert list(library.names()) == ["blue-hour"]
    assert library.get("blue-hour").title == "Plain table"


def test_the_users_folder_hides_a_built_in_of_the_same_name(tmp_path: Path) -> None:
    write_template(tmp_path / "own", "table", azimuth=10)
    write_template(tmp_path / "built-in", "table", azimuth=200)
    library = TemplateLibrary(tmp_path / "own", tmp_path / "built-in")
    assert library.get("table").light.azimuth_deg == 10
    assert list(library.names()) == ["table"]


def test_an_edited_template_has_another_revision(tmp_path: Path) -> None:
    folder = write_template(tmp_path, "table")
    before = TemplateLibrary(tmp_path).get("table").revision
    record = folder / "template.toml"
    record.write_text(record.read_text().replace("roughness = 0.2", "roughness = 0.3"))
    assert TemplateLibrary(tmp_path).get("table").revision != before


@pytest.mark.parametrize("name", ["tabel", "../table", ".hidden", "a/b"])
def test_an_unknown_name_is_refused(tmp_path: Path, name: str) -> None:
    write_template(tmp_path, "table")
    with pytest.raises(TemplateNotFound, match="templates list") as caught:
        TemplateLibrary(tmp_path).get(name)
    if name == "tabel":
        assert "did you mean 'table'" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('style = "plain"', "", "lacks 'style'"),
        ("schema = 1", "schema = 9", "schema 9"),
        ('name = "table"', 'name = "chair"', "calls it 'chair'"),
        ('file = "depth.png"', 'file = "gone.png"', "gone.png is missing"),
        ("max_width = 0.5", "max_width = 5", "must be in"),
        ("[plate]", "[plate", "no TOML"),
    ],
)
def test_a_bad_record_says_what_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    record = write_template(tmp_path, "table") / "template.toml"
    text = record.read_text()
    assert old in text
    record.write_text(text.replace(old, new, 1))
    with pytest.raises(TemplateInvalid, match="template 'table'") as caught:
        TemplateLibrary(tmp_path).get("table")
    assert words in str(caught.value)


def test_the_surface_is_found_by_its_depth(tmp_path: Path) -> None:
    write_template(tmp_path, "table")
    receiving = TemplateLibrary(tmp_path).get("table").receiving()
    assert receiving[200:].mean() > 0.95
    assert receiving[:60].mean() < 0.05


def test_anchors_are_named(tmp_path: Path) -> None:
    write_template(tmp_path, "table")
    template = TemplateLibrary(tmp_path).get("table")
    assert template.anchor().name == template.anchor("centre").name == "centre"
    with pytest.raises(RecipeInvalid, match="has only centre"):
        template.anchor("attic")


@pytest.mark.parametrize("name", sorted(TemplateLibrary(BUILT_IN).names()))
def test_each_built_in_template_is_whole(name: str) -> None:
    template = TemplateLibrary(BUILT_IN).get(name)
    plate = template.plate()
    assert plate.shape == (template.height_px, template.width_px, 3)
    assert min(template.width_px, template.height_px) >= 1536
    assert template.tags
    assert "{product}" in template.prompt
    assert len(template.palette) == 5
    assert 0 < template.light.key_ratio <= 1
    receiving = template.receiving()
    for anchor in template.anchors:
        row, column = int(anchor.y * plate.shape[0]), int(anchor.x * plate.shape[1])
        around = receiving[row - 12 : row + 12, column - 40 : column + 40]
        assert around.mean() > 0.8, f"no surface at anchor {anchor.name}"
        assert anchor.y - anchor.max_height > 0
