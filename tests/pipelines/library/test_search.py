"""Prompts find the scenes that a person would choose, and nonsense finds none."""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pipelines import BUILT_IN, TemplateLibrary, WeightStore
from pipelines.errors import NoTemplateFits, RecipeInvalid
from pipelines.library.search import Sentences, TemplateSearch
from pipelines.sentence import MiniLm
from tests.pipelines.making import write_template

MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
PROMPTS = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text(encoding="utf-8"))


class Alike:
    """A sentence model of one thought: whatever holds the word lies near whatever holds it."""

    key = "alike@1"

    def __init__(self, word: str) -> None:
        self._word = word
        self.read: list[str] = []

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.read += texts
        return np.array([[1, 0] if self._word in text else [0, 1] for text in texts], np.float32)


@pytest.fixture
def table(tmp_path: Path) -> TemplateLibrary:
    write_template(tmp_path / "templates", "table")
    return TemplateLibrary(tmp_path / "templates")


def sentence_model() -> Sentences | None:
    store = WeightStore(MODELS)
    if not store.has("minilm"):
        pytest.skip("model minilm is not here; run `packshot models pull minilm`")
    weights, vocabulary = store.paths("minilm")
    return MiniLm(key="minilm", weights=weights, vocabulary=vocabulary)


@pytest.mark.parametrize("model", [None, pytest.param("minilm", marks=pytest.mark.slow)])
def test_the_right_scene_is_among_the_first_three(tmp_path: Path, model: str | None) -> None:
    sentences = None if model is None else sentence_model()
    search = TemplateSearch(
        TemplateLibrary(BUILT_IN), file=tmp_path / "index", sentences=lambda: sentences
    )
    there = set(TemplateLibrary(BUILT_IN).names())
    asked = [one for one in PROMPTS["prompt"] if there.intersection(one["fits"])]
    assert sum(one["text"].isascii() for one in asked) >= 20
    assert sum(not one["text"].isascii() for one in asked) >= 20
    missed = [one["text"] for one in asked if not _hit(search, one)]
    assert len(missed) <= 0.1 * len(asked), missed
    for text in PROMPTS["unrelated"]["texts"]:
        with pytest.raises(NoTemplateFits):
            search.find(text)


def _hit(search: TemplateSearch, one: dict[str, Any]) -> bool:
    try:
        found = search.find(one["text"], count=3)
    except NoTemplateFits:
        return False
    return any(match.template.name in one["fits"] for match in found.matches)


def test_the_answer_says_why_and_that_nothing_was_generated(
    table: TemplateLibrary, tmp_path: Path
) -> None:
    found = TemplateSearch(table, file=tmp_path / "index").find("plain paper, mauvish")
    assert [match.template.name for match in found.matches] == ["table"]
    assert set(found.matches[0].why) == {"plain", "paper"}
    assert found.unknown == ("mauvish",)
    assert found.by == "tags"
    assert "no image was generated from your words" in found.remark
    assert "not understood: mauvish" in found.remark


def test_nothing_that_fits_is_told_with_the_nearest(table: TemplateLibrary, tmp_path: Path) -> None:
    search = TemplateSearch(table, file=tmp_path / "index")
    with pytest.raises(NoTemplateFits, match="not understood: submarine") as caught:
        search.find("submarine")
    assert caught.value.nearest == ()
    with pytest.raises(NoTemplateFits, match="the nearest are table"):
        search.find("paper submarine engine room at the bottom of the atlantic")


def test_what_is_excluded_counts_against(tmp_path: Path) -> None:
    for name in ("red", "green"):
        folder = write_template(tmp_path / "templates", name)
        record = folder / "template.toml"
        record.write_text(record.read_text().replace('["plain"]', f'["plain", "{name}"]'))
    search = TemplateSearch(TemplateLibrary(tmp_path / "templates"), file=tmp_path / "index")
    found = search.find("plain, not red", count=2)
    assert found.matches[0].template.name == "green"


def test_a_filter_leaves_out_what_cannot_be_used(table: TemplateLibrary, tmp_path: Path) -> None:
    search = TemplateSearch(table, file=tmp_path / "index")
    with pytest.raises(NoTemplateFits, match="cannot hold this product"):
        search.find("plain paper", accepts=lambda template: template.camera.pitch_deg > 60)


def test_a_sentence_model_finds_what_no_tag_says(table: TemplateLibrary, tmp_path: Path) -> None:
    model = Alike("Plain")
    search = TemplateSearch(table, file=tmp_path / "index", sentences=lambda: model)
    found = search.find("Plainsong")
    assert [match.template.name for match in found.matches] == ["table"]
    assert found.by == "sentence similarity"
    assert found.matches[0].why == ("alike in meaning, cosine 1.00",)
    read = len(model.read)
    search.find("Plainsong")
    assert len(model.read) == read + 1, "a template's sentences are read once"
    with pytest.raises(NoTemplateFits):
        search.find("submarine")


@pytest.mark.parametrize(
    ("prompt", "count", "field"),
    [("", 1, "prompt"), ("  ", 1, "prompt"), ("x" * 2000, 1, "prompt"), ("wood", 0, "count"),
     ("wood", 51, "count")],
)  # fmt: skip
def test_impossible_questions_are_refused(
    table: TemplateLibrary, tmp_path: Path, prompt: str, count: int, field: str
) -> None:
    with pytest.raises(RecipeInvalid) as caught:
        TemplateSearch(table, file=tmp_path / "index").find(prompt, count=count)
    assert caught.value.field == field
