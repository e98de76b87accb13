"""The safety model sees what it was trained on, and finds nothing in photos of products."""

import numpy as np
import pytest
from PIL import Image

from pipelines import WeightStore, model_card
from pipelines.checks.decency import LIMIT, safety_check
from pipelines.safety import OpenNsfw
from tests.pipelines.checks.test_edge import SAMPLES
from tests.pipelines.making import Rgb


class Fixed:
    """Gives every picture the same score."""

    key = "fixed@1"

    def __init__(self, score: float) -> None:
        self._score = score

    def score(self, rgb: Rgb) -> float:
        return self._score


@pytest.mark.parametrize(
    ("score", "outcome", "doubt"),
    [(0.01, "pass", False), (0.5, "pass", True), (0.95, "fail", False)],
)
def test_the_authors_own_thresholds_judge(score: float, outcome: str, *, doubt: bool) -> None:
    check = safety_check(np.zeros((8, 8, 4), np.uint8), Fixed(score))
    assert check.outcome == outcome
    assert ("have a look" in check.value) is doubt
    assert bool(check.fix) is (score > LIMIT)


def test_photos_of_products_score_low(weights: WeightStore) -> None:
    judge = OpenNsfw(model_card("safety"), weights.paths("safety"))
    for photo in sorted(SAMPLES.glob("*/photo.webp")):
        with Image.open(photo) as image:
            assert judge.score(np.asarray(image.convert("RGB"))) < 0.05, photo


def test_a_size_and_shape_of_any_kind_is_taken(weights: WeightStore) -> None:
    judge = OpenNsfw(model_card("safety"), weights.paths("safety"))
    for shape in ((1, 1), (9, 700)):
        assert 0 <= judge.score(np.full((*shape, 3), 127, np.uint8)) <= 1
