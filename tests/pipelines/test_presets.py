"""Presets: built in and of one's own; a wrong file is told by line, key and fix."""

import os
from pathlib import Path

import pytest

from pipelines import BUILT_IN_PRESETS, PresetRegistry, presets
from pipelines.errors import PresetInvalid, PresetNotFound, RecipeInvalid
from pipelines.produce import produce
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for

OWN = """
# ours
[shop]
title = "Our shop"
exact_size = [600, 800]
formats = ["webp", "jpeg"]
forbidden = ["text"]

[shop-square]
based_on = "shop"
exact_size = [700, 700]

[etsy]
based_on = "etsy"
fill = { min = 0.6, target = 0.7 }
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "presets.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_built_in_presets_say_where_their_numbers_come_from() -> None:
    found = presets()
    assert len(found) >= 11
    for one in found.values():
        assert one.source
        assert one.read_on
        assert one.status in {"page read", "secondary", "unverified"}
        assert one.least_side_px <= one.side_px


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("amazon-main", False), ("taobao-white", False), ("ebay", False), ("etsy", True), ("taobao-main", True)],
)  # fmt: skip
def test_what_may_not_be_on_the_image_is_data(name: str, allowed: bool) -> None:
    assert presets()[name].text_allowed is allowed


def test_ones_own_come_first_and_build_on_others(own: Path) -> None:
    registry = PresetRegistry((own, BUILT_IN_PRESETS))
    shop = registry.get("shop")
    assert (shop.title, shop.exact_size, shop.status) == ("Our shop", (600, 800), "own")
    assert not shop.text_allowed
    square = registry.get("shop-square")
    assert (square.exact_size, square.formats) == ((700, 700), shop.formats)
    etsy = registry.get("etsy")
    assert etsy.fill_target == 0.7
    assert etsy.shortest_side == presets()["etsy"].shortest_side
    assert len(registry.all()) == len(presets()) + 2


def test_a_revision_changes_with_the_rules_and_with_nothing_else(own: Path) -> None:
    registry = PresetRegistry((own, BUILT_IN_PRESETS))
    before = registry.get("shop").revision
    own.write_text(OWN.replace("Our shop", "The shop"), encoding="utf-8")
    os.utime(own, ns=(1, 1))
    assert registry.get("shop").title == "The shop", "an edited file is read again"
    assert registry.get("shop").revision == before
    own.write_text(OWN.replace("600, 800", "600, 801"), encoding="utf-8")
    os.utime(own, ns=(2, 2))
    assert registry.get("shop").revision != before


def test_without_a_file_of_ones_own_the_built_in_ones_are_there(tmp_path: Path) -> None:
    registry = PresetRegistry((tmp_path / "none.toml", BUILT_IN_PRESETS))
    assert registry.all() == presets()
    with pytest.raises(PresetNotFound, match="did you mean 'walmart-main'"):
        registry.get("walmart")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[a]\ntitle = "x"\nformat = ["jpeg"]\n', r"line 3: preset 'a': format: no such key, did you mean 'formats'"),
        ('[b]\ntitle = "x"\n[a]\nmax_bytes = "5 MB"\n', r"line 4: preset 'a': max_bytes: must be a whole number, not '5 MB'"),
        ("[a]\nexact_size = [800]\n", r"line 2: .*must be \[width, height\] in px"),
        ("[a]\nexact_size = [800, 9000]\n", r"line 2: .*64 to 8000 px"),
        ("[a]\n\n[a.longest_side]\nmin = 5\nat_least = 3\n", r"line 3: preset 'a': longest_side: must be a table such as"),
        ("[a]\nfill = { min = 0.9, max = 0.8 }\n", r"preset 'a'.*smallest value is above the largest"),
        ('[a]\nformats = ["jpeg", "bmp"]\n', r"line 2: preset 'a': formats: formats must be some of jpeg, png"),
        ("[a]\nformats = []\n", r"formats must be some of"),
        ('[a]\nforbidden = ["sale"]\n', r"line 2: .*forbidden must be some of text, logo"),
        ("[a]\nshadow_allowed = 0\n", r"line 2: .*must be true or false"),
        ('[a]\nbackground = "grey"\n', r'line 2: .*must be "white"'),
        ('[a]\nbased_on = "amazon"\n', r"line 2: .*did you mean 'amazon-main'"),
        ('["Big Shop"]\ntitle = "x"\n', r"small letters, digits and dashes"),
        ('a = "x"\n', r"line 1: preset 'a': must be a table: write \[a\]"),
        ("[a]\ntitle = \n", r"line 2: is no TOML"),
        ("[a]\nmin_bytes = 9\nmax_bytes = 5\n", r"min_bytes is above max_bytes"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_by_line_key_and_fix(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "presets.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PresetInvalid, match=words) as told:
        PresetRegistry((path, BUILT_IN_PRESETS)).all()
    assert str(told.value).startswith("presets.toml")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "presets.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PresetInvalid, match="not UTF-8"):
        PresetRegistry((path,)).all()


def test_a_recipe_made_for_rules_that_have_changed_is_refused(studio: TinyStudio) -> None:
    data = as_bytes(product_photo())
    good = recipe_for("white", data, spec="ebay", spec_revision=presets()["ebay"].revision)
    assert produce(good, data, name="a", studio=studio).width_px >= 500
    stale = recipe_for("white", data, spec="ebay", spec_revision="0" * 12)
    with pytest.raises(RecipeInvalid, match="edited since"):
        produce(stale, data, name="a", studio=studio)
