"""The real networks on a label, and on nothing."""

import numpy as np
import pytest
from PIL import Image

from pipelines import WeightStore, model_card
from pipelines.errors import ModelCorrupt
from pipelines.reading.reader import OnnxTextReader
from tests.pipelines.checks.test_edge import SAMPLES


@pytest.fixture(scope="module")
def reader(weights: WeightStore) -> OnnxTextReader:
    """The pulled networks."""
    return OnnxTextReader(model_card("text-reader"), weights.paths("text-reader"))


def test_a_printed_label_is_read_letter_by_letter(reader: OnnxTextReader) -> None:
    with Image.open(SAMPLES / "amber-bottle" / "photo.webp") as photo:
        lines = reader.read(np.asarray(photo.convert("RGB")))
    assert [one.text for one in lines] == [
        "LORREL", "apothecary", "NIGHT SERUM", "fig seed + squalane", "50 ml / 1.7 fl oz",
    ]  # fmt: skip
    assert all(one.score > 0.9 for one in lines)


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (400, 400)])
def test_a_plain_picture_has_no_text(reader: OnnxTextReader, shape: tuple[int, int]) -> None:
    assert reader.read(np.full((*shape, 3), 200, np.uint8)) == []


def test_weights_without_an_alphabet_are_refused(weights: WeightStore) -> None:
    letters, finder = weights.paths("text-reader")
    with pytest.raises(ModelCorrupt, match="pull text-reader --force"):
        OnnxTextReader(model_card("text-reader"), [finder, letters])
