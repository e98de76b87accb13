from pathlib import Path

import numpy as np
import pytest

from pipelines import WeightStore
from pipelines.errors import ExtraMissing, ModelCorrupt
from pipelines.person import network as module
from pipelines.person.network import Network
from tests.pipelines.making import MODELS


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(b"no network")
    with pytest.raises(ModelCorrupt, match="person"):
        Network(tmp_path / "bad.tflite", name="person")


def test_without_the_library_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=r"packshot\[person\]"):
        Network(tmp_path / "any.tflite", name="person")


def test_a_network_answers_in_its_own_shapes() -> None:
    store = WeightStore(MODELS)
    if not store.has("person"):
        pytest.skip("model person is not here; run `packshot models pull person`")
    faces = Network(store.paths("person")[2], name="person")
    boxes, scores = faces.answer(np.zeros((faces.input_px, faces.input_px, 3), np.float32))
    assert boxes.shape == (2304, 16)
    assert scores.shape == (2304, 1)
