"""Brand kits on disk: what a kit may say, and complaints that name the key and the fix."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont

from pipelines.brands import read_brand
from pipelines.errors import BrandInvalid

KIT = """
schema = 1
title = "Nordlys"
[palette]
ink = "#1e3c32"
paper = "#f7f4ec"
accent = "#1e6b52"
[fonts]
heading = { file = "fonts/heading.ttf", weight = 700 }
[logo]
file = "logo.png"
corner = "bottom-left"
width = 0.2
[margins]
frame = 0.06
[templates]
allowed = ["raw-wood", "podium"]
[label]
language = "zh"
[badge]
shape = "ribbon"
"""


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """A kit with a font and a logo beside it."""
    font = ImageFont.load_default(16)
    assert isinstance(font, ImageFont.FreeTypeFont)
    folder = tmp_path / "kits"
    (folder / "fonts").mkdir(parents=True)
    (folder / "fonts" / "heading.ttf").write_bytes(font.font_bytes)
    Image.fromarray(np.full((30, 90, 4), 200, np.uint8)).save(folder / "logo.png")
    (folder / "nordlys.toml").write_text(KIT, encoding="utf-8")
    return folder / "nordlys.toml"


def test_a_kit_says_all_that_it_says(kit: Path) -> None:
    brand = read_brand(kit, name="nordlys")
    assert brand.title == "Nordlys"
    assert brand.palette.accent == (30, 107, 82)
    assert brand.heading[0].weight == 700
    assert brand.text == brand.heading
    assert brand.logo is not None
    assert (brand.logo.corner, brand.logo.width) == ("bottom-left", 0.2)
    assert (brand.margin, brand.gap) == (0.06, 0.025)
    assert brand.templates == ("raw-wood", "podium")
    assert (brand.label, brand.badge_shape) == ("zh", "ribbon")


def test_everything_but_the_schema_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "bare.toml").write_text("schema = 1", encoding="utf-8")
    brand = read_brand(tmp_path / "bare.toml", name="bare")
    assert (brand.templates, brand.logo, brand.label) == ((), None, "none")


def test_the_revision_follows_text_fonts_and_logo(kit: Path) -> None:
    revisions = [read_brand(kit, name="n").revision]
    Image.fromarray(np.full((30, 90, 4), 90, np.uint8)).save(kit.with_name("logo.png"))
    revisions.append(read_brand(kit, name="n").revision)
    kit.write_text(KIT.replace("0.06", "0.07"), encoding="utf-8")
    revisions.append(read_brand(kit, name="n").revision)
    assert len(set(revisions)) == 3


@pytest.mark.parametrize(
    ("before", "after", "key", "fix"),
    [
        ("schema = 1", "schema = 2", "schema", "schema = 1"),
        ("[label]", "[labels]", "labels", "palette"),
        ('ink = "#1e3c32"', 'ink = "dark green"', "palette.ink", "#c8102e"),
        ('ink = "#1e3c32"', 'ink = "#e0e0d8"', "palette.ink", "4.5:1"),
        ('"logo.png"', '"../logo.png"', "logo.file", "move it there"),
        ('"logo.png"', '"gone.png"', "logo.file", "put it into kits/"),
        ('"logo.png"', '"fonts/heading.ttf"', "logo.file", "JPEG, PNG"),
        ("width = 0.2", "width = 2", "logo.width", "0.04 to 0.4"),
        ("width = 0.2", "width = true", "logo.width", "0.04 to 0.4"),
        ('"bottom-left"', '"middle"', "logo.corner", "top-left"),
        ('["raw-wood", "podium"]', '"raw-wood"', "templates.allowed", "list"),
        ('"zh"', '"fr"', "label.language", "zh"),
        ("weight = 700", "weight = 7000", "fonts.heading", "whole numbers"),
        ("weight = 700", "bold = true", "fonts.heading.bold", "weight"),
        ('"fonts/heading.ttf"', '"logo.png"', "fonts.heading", ".ttf"),
        ("schema = 1", "schema = ", "nordlys.toml", "line"),
    ],
)
def test_a_fault_names_its_key_and_what_to_write(
    kit: Path, before: str, after: str, key: str, fix: str
) -> None:
    assert before in KIT
    kit.write_text(KIT.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BrandInvalid) as caught:
        read_brand(kit, name="nordlys")
    assert caught.value.key == key
    assert fix in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrandInvalid, match=r"gone\.toml"):
        read_brand(tmp_path / "gone.toml", name="gone")
