"""The index is what a reader trusts while the set is still being made."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.render.products.matting_set.index import (
    INDEX_FILE,
    Entry,
    read_index,
    write_index,
)


def _entry(**changes: Any) -> Entry:
    fields: dict[str, Any] = {
        "name": "mug-white--sweep",
        "product": "mug-white",
        "room": "sweep",
        "opaque": True,
        "traits": ("holes", "white on white"),
        "photo": "mug-white--sweep_photo.png",
        "cutout": "mug-white--sweep_cutout.png",
    }
    return Entry(**(fields | changes))


def test_what_is_written_reads_back_in_order(tmp_path: Path) -> None:
    first, second = _entry(), _entry(name="a--cloth", room="cloth", opaque=False, traits=())
    write_index(tmp_path, [first, second])
    assert read_index(tmp_path) == (second, first)


def test_a_folder_without_an_index_has_no_pictures(tmp_path: Path) -> None:
    assert read_index(tmp_path) == ()


def test_writing_leaves_nothing_but_the_index(tmp_path: Path) -> None:
    write_index(tmp_path, [_entry()])
    write_index(tmp_path, [_entry(), _entry(name="other")])
    assert [path.name for path in tmp_path.iterdir()] == [INDEX_FILE]
    assert len(read_index(tmp_path)) == 2


@pytest.mark.parametrize(
    "record",
    [
        [],
        {"schema": 99, "pictures": []},
        {"schema": 1},
        {"schema": 1, "pictures": [{"name": "half"}]},
        {"schema": 1, "pictures": [{"name": "half", "traits": [], "colour": "red"}]},
    ],
)
def test_another_kind_of_file_is_refused(tmp_path: Path, record: object) -> None:
    (tmp_path / INDEX_FILE).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ValueError, match=INDEX_FILE):
        read_index(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"room": "cellar"},
        {"traits": ("shiny",)},
        {"traits": ("white on white", "holes")},
        {"traits": ("holes", "holes")},
        {"photo": "../elsewhere.png"},
        {"cutout": "deep/cutout.png"},
    ],
)
def test_an_impossible_entry_cannot_exist(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"room|traits|plain file name"):
        _entry(**changes)
