"""The index follows the folders, and a library is not read again for each question."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import pipelines.library.search.index as module
from pipelines import Template, TemplateLibrary
from pipelines.errors import IndexUnusable
from pipelines.library.search.index import TemplateIndex
from pipelines.library.search.lexicon import Lexicon, lexicon
from tests.pipelines.making import write_template


class CountingLibrary(TemplateLibrary):
    """Says how often a template was loaded."""

    loads = 0

    def get(self, name: str) -> Template:
        self.loads += 1
        return super().get(name)


@pytest.fixture
def library(tmp_path: Path) -> CountingLibrary:
    for name in ("one", "two", "three"):
        retag(write_template(tmp_path / "templates", name), f'"{name}", "plain"')
    return CountingLibrary(tmp_path / "templates")


@pytest.fixture
def index(library: CountingLibrary, tmp_path: Path) -> TemplateIndex:
    opened = TemplateIndex(tmp_path / "cache" / "index.sqlite", library, lexicon())
    opened.refresh()
    return opened


def retag(folder: Path, tags: str) -> None:
    record = folder / "template.toml"
    lines = record.read_text().splitlines()
    record.write_text(
        "\n".join(f"tags = [{tags}]" if line.startswith("tags") else line for line in lines)
    )


def found(index: TemplateIndex, prompt: str) -> list[str]:
    slots = lexicon().slots(prompt, literals=index.literals())
    return list(index.best(slots, limit=10))


def test_a_template_is_found_by_a_tag(index: TemplateIndex) -> None:
    assert found(index, "three") == ["three"]
    assert sorted(found(index, "plain")) == ["one", "three", "two"]
    assert found(index, "purple") == []


def test_unchanged_folders_are_not_read_again(
    index: TemplateIndex, library: CountingLibrary
) -> None:
    assert library.loads == 3
    index.refresh()
    assert library.loads == 3


def test_an_edit_an_addition_and_a_removal_are_taken_in(
    index: TemplateIndex, library: CountingLibrary, tmp_path: Path
) -> None:
    retag(tmp_path / "templates" / "one", '"velvet"')
    shutil.rmtree(tmp_path / "templates" / "two")
    write_template(tmp_path / "templates", "four")
    index.refresh()
    assert library.loads == 3 + 2
    assert found(index, "velvet") == ["one"]
    assert sorted(found(index, "plain")) == ["four", "one", "three"]  # "plain" is their style


def test_a_large_library_is_looked_at_by_its_root_and_its_hits(
    index: TemplateIndex,
    library: CountingLibrary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LOOK_AT_EACH", 2)
    monkeypatch.setattr(library, "stamps", lambda: pytest.fail("the folders were walked"))
    retag(tmp_path / "templates" / "one", '"velvet"')
    index.refresh()
    assert index.is_current("three")
    assert not index.is_current("one")
    assert index.is_current("one")
    assert found(index, "velvet") == ["one"]


def test_a_broken_folder_hides_no_other(index: TemplateIndex, tmp_path: Path) -> None:
    (tmp_path / "templates" / "one" / "template.toml").write_text("no TOML [")
    index.refresh()
    assert sorted(found(index, "plain")) == ["three", "two"]


def test_a_damaged_file_is_made_anew(index: TemplateIndex, tmp_path: Path) -> None:
    (tmp_path / "cache" / "index.sqlite").write_bytes(b"no database at all, but long enough" * 99)
    index.refresh()
    assert found(index, "three") == ["three"]


def test_another_dictionary_makes_it_anew(
    index: TemplateIndex, library: CountingLibrary, tmp_path: Path
) -> None:
    words = {"material": {"oak": {"en": "three", "zh": "三"}},
             "stop": {"en": "the", "zh": "的"}, "not": {"en": "no", "zh": "不"}}  # fmt: skip
    other = Lexicon(words, revision="other")
    again = TemplateIndex(tmp_path / "cache" / "index.sqlite", library, other)
    again.refresh()
    assert list(again.best(other.slots("三"), limit=5)) == ["three"]


def test_what_a_sentence_model_made_is_kept_until_the_record_changes(
    index: TemplateIndex, tmp_path: Path
) -> None:
    assert set(index.unread(["one", "two"], "m@1")) == {"one", "two"}
    kept = np.arange(6, dtype=np.float32).reshape(2, 3)
    index.keep_vectors({"one": kept}, "m@1")
    np.testing.assert_array_equal(index.vectors(["one", "two"], "m@1")["one"], kept)
    assert set(index.unread(["one", "two"], "m@1")) == {"two"}
    assert set(index.unread(["one"], "m@2")) == {"one"}
    retag(tmp_path / "templates" / "one", '"velvet"')
    index.refresh()
    assert index.vectors(["one"], "m@1") == {}


def test_a_place_that_cannot_be_written_is_told(library: CountingLibrary, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IndexUnusable, match="delete it"):
        TemplateIndex(tmp_path / "folder", library, lexicon()).refresh()
