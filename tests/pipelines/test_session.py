"""A spoilt file of weights is told in one line: which file, what is wrong, how to fetch it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import ModelCard, load_matter, model_card
from pipelines.errors import CheckpointUnusable, ModelCorrupt
from pipelines.matting.named import matting_model
from pipelines.person import DlibFaceJudge, LitePersonFinder
from pipelines.reading.reader import OnnxTextReader
from pipelines.safety import OpenNsfw

SPOILT = {"empty": b"", "zeros": bytes(4096), "page": b"<html>404 not found</html>" * 40}


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("text-reader", OnnxTextReader),
        ("safety", OpenNsfw),
        ("person", LitePersonFinder),
        ("face-identity", DlibFaceJudge),
    ],
)
def test_a_spoilt_file_is_named_with_the_command_that_mends_it(
    tmp_path: Path,
    name: str,
    load: Callable[[ModelCard, list[Path]], Any],
    content: bytes,
    capfd: pytest.CaptureFixture[str],
) -> None:
    card = model_card(name)
    files = [tmp_path / one.file for one in card.files]
    for file in files:
        file.write_bytes(content)
    with pytest.raises(ModelCorrupt) as told:
        load(card, files)
    assert str(told.value) == (
        f"model '{name}': {files[0]} is spoilt: no network can be read from it; "
        f"run `packshot models pull {name} --force`"
    )
    assert capfd.readouterr() == ("", "")


def test_a_spoilt_file_that_rembg_fetched_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "silueta.onnx").write_bytes(SPOILT["page"])
    card = matting_model("silueta", tmp_path)
    with pytest.raises(CheckpointUnusable, match="delete the file, and rembg fetches it anew") as t:
        load_matter(card, tmp_path / card.file)
    assert str(tmp_path / "silueta.onnx") in str(t.value)
    assert "\n" not in str(t.value)
