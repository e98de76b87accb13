"""What a request leaves open is filled in, and what brand or channel forbid is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import SceneParams, WhiteParams, preset
from pipelines.brands import Brand, BrandLibrary, label_of, settle
from pipelines.errors import BrandForbids, GlyphsMissing, TextForbidden
from pipelines.lettering import FontStore
from tests.pipelines.brands.kits import write_kit


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BrandLibrary:
    """A library with one kit; its font is Latin, and there is no other."""
    monkeypatch.setattr("pipelines.brands.library.system_faces", lambda: ())
    library = BrandLibrary(tmp_path / "brands", fonts=FontStore(tmp_path / "fonts"))
    library.add(write_kit(tmp_path, '[templates]\nallowed = ["podium"]\n[label]\nlanguage = "en"'))
    return library


def test_revisions_of_brand_and_fonts_enter_the_request(library: BrandLibrary) -> None:
    plain = settle(WhiteParams(), library, rules=None)
    assert plain == WhiteParams()
    branded = settle(WhiteParams(brand="acorn", badge="NEW"), library, rules=None)
    assert branded.brand_revision == library.get("acorn").revision
    assert branded.text_fonts


def test_a_template_that_the_brand_does_not_allow_is_refused_with_the_list(
    library: BrandLibrary,
) -> None:
    asked = SceneParams(template="desk", brand="acorn")
    with pytest.raises(BrandForbids, match="allows podium"):
        settle(asked, library, rules=None, template="desk")
    settle(replace(asked, template="podium"), library, rules=None, template="podium")


@pytest.mark.parametrize(
    "words", [{"headline": "Sale"}, {"points": "Light|Warm"}, {"badge": "NEW"}, {"label": "en"}]
)
def test_channels_without_text_refuse_what_is_asked_for(
    library: BrandLibrary, words: dict[str, str]
) -> None:
    asked = WhiteParams(brand="acorn", spec="amazon-main", **words)  # type: ignore[arg-type]
    with pytest.raises(TextForbidden, match=f"{next(iter(words))}.*amazon-main"):
        settle(asked, library, rules=preset("amazon-main"))
    settle(replace(asked, spec="etsy"), library, rules=preset("etsy"))


def test_channels_without_text_silence_what_only_the_brand_wants(library: BrandLibrary) -> None:
    asked = WhiteParams(brand="acorn", spec="amazon-main")
    assert settle(asked, library, rules=preset("amazon-main")).text_fonts == ""
    assert label_of(asked, library.get("acorn"), preset("amazon-main")) == ""
    assert label_of(asked, library.get("acorn"), None) == "AI generated"


def test_the_request_decides_about_the_label_before_the_brand() -> None:
    labelled = Brand(label="zh")
    assert label_of(WhiteParams(), labelled, None) == "AI生成"
    assert label_of(WhiteParams(label="none"), labelled, None) == ""
    assert label_of(WhiteParams(label="en"), labelled, None) == "AI generated"
    assert label_of(WhiteParams(), Brand(), None) == ""


def test_characters_without_a_glyph_are_refused_before_any_work(library: BrandLibrary) -> None:
    with pytest.raises(GlyphsMissing, match="限"):
        settle(WhiteParams(brand="acorn", badge="限时"), library, rules=None)
