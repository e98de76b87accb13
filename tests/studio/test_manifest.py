"""Rows of manifests: seeds are read strictly, and only where something is drawn by chance."""

import json
from pathlib import Path

import pytest

from studio.services.manifest import read_manifest
from tests.pipelines.making import as_bytes, product_photo
from tests.studio.commanding import Commands


@pytest.mark.parametrize("seed", ["abc", "-1", "1.5", "", "true", str(2**63)])
def test_a_seed_is_a_whole_number_within_its_limits(tmp_path: Path, seed: str) -> None:
    path = tmp_path / "list.jsonl"
    rows = [{"source": "a.png", "kind": "edit", "instruction": "x", "seed": seed},
            {"source": "a.png", "kind": "edit", "instruction": "x", "seed": 2**63 - 1},
            {"source": "a.png", "kind": "edit", "instruction": "x", "seed": "7"},
            {"source": "a.png", "kind": "edit", "instruction": "x", "seed": True},
            {"source": "a.png", "kind": "edit", "instruction": "x"}]  # fmt: skip
    path.write_text("\n".join(json.dumps(row) for row in rows))
    wrong, most, text, flag, without = read_manifest(path)
    limit = "must be a whole number from 0 to 2^63 - 1"
    assert wrong.problem == f"seed = {seed!r}: {limit}"
    assert flag.problem == f"seed = True: {limit}"
    assert (most.seed, text.seed, without.seed) == (2**63 - 1, 7, 0)
    assert [one.problem for one in (most, text, without)] == [""] * 3


def test_a_row_without_chance_takes_no_seed(packshot: Commands, tmp_path: Path) -> None:
    (tmp_path / "box.png").write_bytes(as_bytes(product_photo()))
    (tmp_path / "list.csv").write_text("source,kind,seed\nbox.png,white,5\n")
    said = packshot("batch", "run", tmp_path / "list.csv", "--out", tmp_path / "out")
    assert said.code == 1
    assert "seed = 5: is for what a model paints" in said.err
    assert not list((tmp_path / "out").glob("box*"))
