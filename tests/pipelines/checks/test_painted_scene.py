"""The product in the finished picture: how much of it there is, and which words stand beside it."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines import ModelCard, model_card
from pipelines.checks.painted_scene import grown_checks, grown_product, invented_text_check
from pipelines.matting.consensus import QuickMatter
from pipelines.reading.lines import Line

SIDE = 240
Rgb = npt.NDArray[np.uint8]
PRODUCT, LEATHER = (30, 80, 60), (150, 95, 60)


class Dark:
    """Finds whatever is darker than a light wall."""

    card: ModelCard = model_card("u2netp")
    device = "arithmetic"
    quick: QuickMatter | None = None

    def probability(self, rgb: Rgb) -> npt.NDArray[np.float32]:
        small = cv2.resize(rgb, (320, 320), interpolation=cv2.INTER_AREA)
        return np.asarray(np.clip((190 - small.min(axis=2).astype(float)) / 40, 0, 1), np.float32)


def scene() -> tuple[Rgb, npt.NDArray[np.float32]]:
    raster = np.full((SIDE, SIDE, 3), 225, np.uint8)
    alpha = np.zeros((SIDE, SIDE), np.float32)
    alpha[90:190, 90:140] = 1
    raster[alpha > 0] = PRODUCT
    return raster, alpha


def bare(raster: Rgb, alpha: npt.NDArray[np.float32]) -> Rgb:
    """The scene without the product."""
    return np.where(alpha[..., None] > 0, 225, raster).astype(np.uint8)


def outcomes(raster: Rgb, alpha: npt.NDArray[np.float32]) -> dict[str, str]:
    grown = grown_product(raster, bare(raster, alpha), alpha, [Dark()])
    return {check.name: check.outcome for check in grown_checks(grown)}


def test_a_product_alone_is_found_as_it_is() -> None:
    raster, alpha = scene()
    grown = grown_product(raster, bare(raster, alpha), alpha, [Dark()])
    assert grown is not None
    assert (grown.extended, grown.doubles) == (0, 0)
    assert grown.overlap > 0.9


def test_a_continuation_in_its_own_colours_extends_it() -> None:
    raster, alpha = scene()
    raster[90:190, 138:160] = PRODUCT
    assert outcomes(raster, alpha)["product extended"] == "fail"


def test_what_it_stands_on_is_no_part_of_it() -> None:
    raster, alpha = scene()
    raster[190:220, 60:180] = LEATHER
    told = outcomes(raster, alpha)
    assert (told["product extended"], told["product duplicated"]) == ("pass", "pass")


@pytest.mark.parametrize("scale", [0.6, 1.0])
def test_another_like_it_is_a_double(scale: float) -> None:
    raster, alpha = scene()
    height, width = int(100 * scale), int(50 * scale)
    raster[60 : 60 + height, 20 : 20 + width] = PRODUCT
    told = outcomes(raster, alpha)
    assert (told["product extended"], told["product duplicated"]) == ("pass", "fail")


class OneThing(Dark):
    """Sees only the largest thing that stands out."""

    def probability(self, rgb: Rgb) -> npt.NDArray[np.float32]:
        likely = super().probability(rgb)
        _, labels, stats, _ = cv2.connectedComponentsWithStats((likely > 0.5).astype(np.uint8))
        largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if len(stats) > 1 else -1
        return np.where(labels == largest, likely, 0).astype(np.float32)


def test_a_double_that_the_product_outshines_is_found_without_it() -> None:
    raster, alpha = scene()
    raster[60:120, 20:50] = PRODUCT
    grown = grown_product(raster, bare(raster, alpha), alpha, [OneThing()])
    assert grown is not None
    assert grown.doubles == 1


@pytest.mark.parametrize(
    ("size", "colour"), [((50, 100), LEATHER), ((60, 12), PRODUCT), ((12, 14), PRODUCT)]
)
def test_other_things_are_no_doubles(size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    raster, alpha = scene()
    raster[40 : 40 + size[1], 10 : 10 + size[0]] = colour
    assert outcomes(raster, alpha)["product duplicated"] == "pass"


def test_where_nothing_stands_out_nothing_is_judged() -> None:
    raster, alpha = np.full((SIDE, SIDE, 3), 225, np.uint8), scene()[1]
    (check,) = grown_checks(grown_product(raster, bare(raster, alpha), alpha, [Dark()]))
    assert (check.name, check.outcome) == ("product found again", "note")


class Reads:
    """Reads what it was told to, in the picture's upper left."""

    key = "reads@1"

    def __init__(self, *texts: str, score: float = 0.95) -> None:
        self.texts, self.score = texts, score

    def read(self, rgb: Rgb) -> list[Line]:
        corners = np.array([[5, 5], [60, 5], [60, 20], [5, 20]], np.float32)
        return [Line(text=text, score=self.score, corners=corners) for text in self.texts]


@pytest.mark.parametrize(
    ("reader", "asked", "outcome"),
    [
        (Reads("SUMMER SALE"), "on a beach", "fail"),
        (Reads("Summer Sale"), "a sign that says 'summer sale'", "pass"),
        (Reads("SUMMER SALE", score=0.6), "on a beach", "pass"),
        (Reads("ab"), "on a beach", "pass"),
        (Reads(), "on a beach", "pass"),
    ],
)
def test_words_that_nobody_asked_for_are_invented(reader: Reads, asked: str, outcome: str) -> None:
    raster, alpha = scene()
    assert invented_text_check(raster, alpha, reader, asked=asked).outcome == outcome


def test_words_on_the_product_are_its_own() -> None:
    raster, _ = scene()
    alpha = np.ones((SIDE, SIDE), np.float32)
    assert invented_text_check(raster, alpha, Reads("LABEL"), asked="").outcome == "pass"
