"""A prompt or a picture leads to templates that the product fits and the brand allows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import (
    BrandLibrary,
    FontStore,
    RecipeInvalid,
    SceneParams,
    SwapParams,
    TemplateLibrary,
)
from pipelines.errors import NoTemplateFits
from pipelines.generate import BUILT_IN_PROFILES, ProfileRegistry
from pipelines.library.search import TemplateSearch
from studio.services.scene_choice import Sources, choose, choose_by_look, refuse_unless_shown
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
    chosen = choose(search, wanted, brands, count=2)
    assert [one.template for one in chosen.scenes] == expected
    assert all(one.scale == 0.5 and one.prompt == prompt for one in chosen.scenes)
    assert "no image was generated from your words" in chosen.scenes[0].template_choice
    assert chosen.remark.endswith("with --model one is painted")


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


PAPER = np.full((60, 60, 3), (200, 190, 180), np.uint8)


@pytest.fixture
def sources(search: TemplateSearch, brands: BrandLibrary, tmp_path: Path) -> Sources:
    return Sources(
        search=search,
        library=TemplateLibrary(tmp_path / "templates"),
        brands=brands,
        profiles=ProfileRegistry((BUILT_IN_PROFILES,)),
    )


@pytest.mark.parametrize(
    ("prompt", "shot_from", "expected"),
    [
        ("", "auto", ["standing"]),
        ("", "above", ["lying"]),
        ("plain paper, flat lay", "auto", ["lying", "standing"]),
    ],
)
def test_a_picture_leads_to_templates_that_words_and_camera_allow(
    sources: Sources, prompt: str, shot_from: str, expected: list[str]
) -> None:
    wanted = SceneParams(prompt=prompt, reference="ab" * 32, shot_from=shot_from)  # type: ignore[arg-type]
    chosen = choose_by_look(sources, wanted, picture=PAPER, count=2)
    assert [one.template for one in chosen.scenes] == expected
    told = chosen.scenes[0].template_choice
    assert "the reference" in told
    assert "flux2-klein, qwen-image-edit" in told
    assert ("'plain paper, flat lay' and" in told) == bool(prompt)


def test_a_picture_beside_a_template_is_for_a_model(sources: Sources) -> None:
    wanted = SceneParams(reference="ab" * 32, template="standing")
    with pytest.raises(RecipeInvalid, match="not both, unless a model paints"):
        choose_by_look(sources, wanted, picture=PAPER)


def test_a_model_that_looks_at_no_pictures_is_refused_with_those_that_do(sources: Sources) -> None:
    blind = SceneParams(reference="shop/mood.jpg", model="sdxl-inpaint")
    with pytest.raises(RecipeInvalid, match=r"'mood.jpg'.*flux2-klein, qwen-image-edit"):
        refuse_unless_shown(sources.profiles, blind)
    refuse_unless_shown(sources.profiles, SceneParams(reference="x", model="flux2-klein"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"reference": "shop/anna.jpg", "i_have_consent": True}, "reference = 'anna.jpg'"),
        (
            {
                "person": "anna",
                "persona": "a woman of forty",
                "reference": "ab" * 32,
                "i_have_consent": True,
            },
            "person = 'anna'",
        ),
    ],
)
def test_a_face_for_a_model_that_looks_at_none_is_refused_by_the_name_that_was_given(
    sources: Sources, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(RecipeInvalid, match="describe the person in words") as refused:
        refuse_unless_shown(sources.profiles, SwapParams(model="sdxl-inpaint", **given))
    assert str(refused.value).startswith(told)
    assert "flux2-klein, qwen-image-edit" in str(refused.value)
    refuse_unless_shown(sources.profiles, SwapParams(model="flux2-klein", **given))
