"""The index holds whole lines only, and a run goes on where the last one stopped."""

import json
from pathlib import Path

import pytest

from pipelines.render.variations.index import INDEX_FILE, append, entry, finished, folder_of
from pipelines.render.variations.recipe import draw


def _write(root: Path, *numbers: int, seed: int = 1) -> None:
    for number in numbers:
        append(root, entry(draw(seed, number), measured={"exposure_stops": 0.5}))


def test_a_new_folder_has_nothing_finished(tmp_path: Path) -> None:
    assert finished(tmp_path, seed=1, size_px=256) == set()


def test_what_was_appended_is_finished(tmp_path: Path) -> None:
    _write(tmp_path, 0, 1, 4)
    assert finished(tmp_path, seed=1, size_px=256) == {0, 1, 4}


def test_a_line_that_was_cut_off_is_dropped(tmp_path: Path) -> None:
    _write(tmp_path, 0, 1)
    path = tmp_path / INDEX_FILE
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    assert finished(tmp_path, seed=1, size_px=256) == {0}
    _write(tmp_path, 1)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(("seed", "size_px"), [(2, 256), (1, 128)])
def test_another_seed_or_size_is_refused(tmp_path: Path, seed: int, size_px: int) -> None:
    _write(tmp_path, 0)
    with pytest.raises(ValueError, match="holds sets of seed 1 at 256 px"):
        finished(tmp_path, seed=seed, size_px=size_px)


def test_a_line_tells_all_that_a_training_run_needs(tmp_path: Path) -> None:
    _write(tmp_path, 2)
    line = json.loads((tmp_path / INDEX_FILE).read_text(encoding="utf-8"))
    assert line["folder"] == "shard-0000/000002"
    assert set(line["files"]) == {"picture", "depth", "normals", "key", "ambient", "surface"}
    assert line["en"].startswith("Empty product set")
    assert line["zh"].startswith("空的产品布景")
    assert line["exposure_stops"] == 0.5
    assert line["parameters"]["camera"]["pitch_deg"] == draw(1, 2).camera.pitch_deg
    assert line["parameters"]["key"]["kind"] in ("sun", "softbox")


def test_folders_hold_a_thousand_sets_each() -> None:
    assert folder_of(999).as_posix() == "shard-0000/000999"
    assert folder_of(1000).as_posix() == "shard-0001/001000"
