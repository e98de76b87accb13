"""The published test vectors: what the engine computes now, and what another language makes of them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import abtest.vectors
from abtest.vectors import vectors
from abtest.vectors.form import written

FILE = Path(abtest.vectors.__file__).with_name("assignment.json")
SECOND = Path(__file__).with_name("assignment.mjs")


def test_the_published_vectors_are_what_the_engine_computes() -> None:
    """A change here reassigns every live test's shoppers: the file is a promise."""
    assert FILE.read_text(encoding="utf-8") == written(vectors())


def test_the_vectors_cover_each_slot_both_holdout_answers_and_many_buckets() -> None:
    found = vectors()
    assert {entry["slot"] for entry in found["choices"]} >= {0, 1, 2, 3, 4, 19}
    assert {entry["held"] for entry in found["holdouts"]} == {True, False}
    assert len({entry["bucket"] for entry in found["layers"]}) > 9


def test_an_implementation_in_another_language_agrees(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to run the second implementation")
    run = subprocess.run([node, SECOND, FILE], capture_output=True, text=True, check=True)
    told = json.loads(run.stdout)
    expected = {name: len(entries) for name, entries in vectors().items()}
    assert {name: answer["agree"] for name, answer in told.items()} == expected
    assert not any(answer["differ"] for answer in told.values())
    # A wrong vector must be noticed, or the agreement above says nothing.
    spoilt = vectors()
    spoilt["choices"][0]["slot"] = 7
    (tmp_path / "spoilt.json").write_text(written(spoilt), encoding="utf-8")
    run = subprocess.run(
        [node, SECOND, tmp_path / "spoilt.json"], capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout)["choices"]["differ"] == [spoilt["choices"][0]]
