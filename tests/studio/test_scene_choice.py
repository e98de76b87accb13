"""A prompt leads to templates that the product fits and the brand allows."""

from pathlib import Path

import pytest

from pipelines import BrandLibrary, FontStore, RecipeInvalid, SceneParams, TemplateLibrary
from pipelines.errors import NoTemplateFits
from pipelines.library.search import TemplateSearch
from studio.services.scene_choice import choose
from tests.pipelines.making import write_template


@pytest.fixture
def search(tmp_path: Path) -> TemplateSearch:
    """Two plain templates, one of them seen from above."""
    root = tmp_path / "templates"
    write_template(root, "standing")
    record = write_template(root, "lying") / "template.toml"
    record.write_text(record.read_text().replace("pitch_deg = 12.0", "pitch_deg = 85.0"))
    return TemplateSearch(TemplateLibrary(root), file=tmp_path / "index")


@pytest.fixture
def brands(tmp_path: Path) -> BrandLibrary:
    return BrandLibrary(tmp_path / "brands", fonts=FontStore(tmp_path / "fonts"))


@pytest.mark.parametrize(
    ("prompt", "shot_from", "expected"),
    [
        ("plain paper", "auto", ["standing"]),
        ("plain paper", "side", ["standing"]),
        ("plain paper", "above", ["lying"]),
        ("plain paper, flat lay", "auto", ["lying", "standing"]),
        ("纯色 俯拍", "auto", ["lying"]),
    ],
)
def test_the_scene_is_seen_as_the_photo_was(
    search: TemplateSearch,
    brands: BrandLibrary,
    prompt: str,
    shot_from: str,
    expected: list[str],
) -> None:
    wanted = SceneParams(prompt=prompt, shot_from=shot_from, scale=0.5)  # type: ignore[arg-type]
    found, scenes = choose(search, wanted, brands, count=2)
    assert [one.template for one in scenes] == expected
    assert [match.template.name for match in found.matches] == expected
    assert all(one.scale == 0.5 and one.prompt == prompt for one in scenes)
    assert "no image was generated from your words" in scenes[0].template_choice


def test_only_what_the_brand_allows_is_taken(
    search: TemplateSearch, brands: BrandLibrary, tmp_path: Path
) -> None:
    kit = tmp_path / "brands" / "strict" / "brand.toml"
    kit.parent.mkdir(parents=True)
    kit.write_text('schema = 1\ntitle = "Strict"\n[templates]\nallowed = ["elsewhere"]\n')
    wanted = SceneParams(prompt="plain paper", brand="strict")
    with pytest.raises(NoTemplateFits):
        choose(search, wanted, brands)


def test_a_template_and_a_prompt_contradict_each_other(
    search: TemplateSearch, brands: BrandLibrary
) -> None:
    with pytest.raises(RecipeInvalid, match="not both"):
        choose(search, SceneParams(prompt="plain", template="standing"), brands)
