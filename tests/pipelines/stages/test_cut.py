"""What a report says of how sure a cutout is, and what it does not say."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from pipelines.matting.consensus import Matter
from pipelines.produce import produce
from pipelines.report import Check
from tests.pipelines.making import ColourMatter, TinyStudio, as_bytes, product_photo, recipe_for

FILLED = product_photo(size=(900, 780))[180:-180, 280:-280]
"""A product without room around it: a second look would see the same once more."""


def certainty(studio: TinyStudio, data: bytes) -> list[Check]:
    found = produce(recipe_for("cutout", data), data, name="box.png", studio=studio).report
    return [one for one in found.checks if one.name in {"cutout certainty", "outline unsure"}]


class Guessing(ColourMatter):
    """A model that calls the left half of whatever it is shown product."""

    def probability(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        guess = np.zeros((64, 64), np.float32)
        guess[2:-2, 2:34] = 1
        return guess


class GuessingStudio(TinyStudio):
    @contextmanager
    def matters(self, names: Sequence[str]) -> Iterator[Sequence[Matter]]:
        yield [Guessing() for _ in names]


def test_a_single_look_is_confirmed_by_the_mirror_image(studio: TinyStudio) -> None:
    overall, outline = certainty(studio, as_bytes(FILLED))
    assert (overall.outcome, outline.outcome) == ("pass", "pass")
    assert "mirror image" in overall.value


def test_a_model_that_only_guesses_a_picture_that_is_filled_fails(studio: TinyStudio) -> None:
    overall, outline = certainty(GuessingStudio(studio.library), as_bytes(FILLED))
    assert (overall.outcome, outline.outcome) == ("fail", "fail")
    assert float(overall.value.split(",")[0]) < 0.5
    assert "--quality best" in overall.fix


def test_two_looks_are_judged_by_how_much_they_agree(studio: TinyStudio) -> None:
    overall, outline = certainty(studio, as_bytes(product_photo(size=(900, 780))))
    assert (overall.outcome, outline.outcome) == ("pass", "pass")
    assert float(overall.value) > 0.97


def test_the_report_says_how_fine_the_model_saw_the_product(studio: TinyStudio) -> None:
    data = as_bytes(product_photo(size=(3000, 2600)))
    found = produce(recipe_for("cutout", data), data, name="box.png", studio=studio).report
    (fineness,) = (one for one in found.checks if one.name == "outline fineness")
    assert fineness.outcome == "note"
    assert "one of the model's pixels is" in fineness.value
    assert "--quality best" in fineness.value
