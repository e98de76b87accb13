"""Models by name: ours, rembg's under either name, and rembg's own weights from a folder."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipelines import ModelMissing, WeightStore, load_matter, model_card
from pipelines.errors import ModelUnknown
from pipelines.matting.named import matting_model
from pipelines.matting.rembg_models import rembg_names
from pipelines.matting.rembg_session import RembgMatter


def test_ours_are_known_by_either_name(tmp_path: Path) -> None:
    assert matting_model("isnet", tmp_path) == model_card("isnet")
    assert matting_model("isnet-general-use", tmp_path) == model_card("isnet")


def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown, match="did you mean 'silueta'"):
        matting_model("siluetta", tmp_path)
    with pytest.raises(ModelUnknown):
        matting_model("minilm", tmp_path)  # ours, but not for matting


def test_models_that_are_no_plain_matting_models_are_not_offered() -> None:
    assert "birefnet-general" in rembg_names()
    assert not {"sam", "bria-rmbg", "u2net_custom", "atlascloud"} & rembg_names()


def test_weights_that_lie_in_the_folder_are_used_without_a_network(
    weights: WeightStore, tmp_path: Path
) -> None:
    shutil.copy(weights.path("u2netp"), tmp_path / "silueta.onnx")
    card = matting_model("silueta", tmp_path)
    assert (card.file, card.revision) == ("silueta.onnx", model_card("u2netp").revision)
    matter = load_matter(card, tmp_path / card.file)
    assert isinstance(matter, RembgMatter)
    assert matter.card.input_px == 320  # what the file says, not what was assumed
    picture = np.full((200, 200, 3), 230, np.uint8)
    picture[60:140, 60:140] = (180, 30, 40)
    probability = matter.probability(picture)
    assert probability.shape == (320, 320)
    assert probability[160, 160] > 0.9
    assert probability[10, 10] < 0.1


def test_weights_that_cannot_be_fetched_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr("pooch.retrieve", refused)
    with pytest.raises(ModelMissing, match="no network"):
        matting_model("silueta", tmp_path)
