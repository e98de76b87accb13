"""Text: what could be read must stay readable, and none may stand beside the product."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines import preset
from pipelines.checks.text import View, overlaid_text_check, text_check
from pipelines.reading.lines import Line

Rgb = npt.NDArray[np.uint8]
ALPHA = np.zeros((100, 100), np.float32)
ALPHA[20:80, 20:80] = 1


class Told:
    """Reads what a test says; the picture's first pixel chooses which."""

    key = "told@1"

    def __init__(self, *readings: Sequence[Line]) -> None:
        self._readings = readings

    def read(self, rgb: Rgb) -> Sequence[Line]:
        return self._readings[int(rgb[0, 0, 0])]


def line(text: str, *, at: tuple[int, int] = (40, 40), score: float = 0.95) -> Line:
    left, top = at
    corners = [[left, top], [left + 15, top], [left + 15, top + 8], [left, top + 8]]
    return Line(text=text, score=score, corners=np.array(corners, np.float32))


def view(number: int) -> View:
    return View(rgb=np.full((100, 100, 3), number, np.uint8), alpha=ALPHA)


def test_a_label_that_is_read_again_passes_and_a_lost_one_fails() -> None:
    label = [line("LORREL"), line("NIGHT SERUM", at=(40, 60))]
    reader = Told(label, label, label[:1])
    kept = text_check(view(0), view(1), reader)
    assert (kept.outcome, kept.value) == (
        "pass",
        "100% of “LORREL / NIGHT SERUM” can still be read",
    )
    lost = text_check(view(0), view(2), reader)
    assert lost.outcome == "fail"
    assert lost.value.startswith("38% of")


def test_text_behind_the_product_and_guesses_are_not_the_products() -> None:
    reader = Told([line("SALE", at=(0, 0)), line("lll", score=0.6), line("x")], [])
    assert text_check(view(0), view(1), reader).outcome == "note"


def test_text_beside_the_product_fails_where_the_channel_forbids_it() -> None:
    reader = Told([line("LORREL"), line("NEW", at=(2, 2))], [line("LORREL")])
    raster = view(0).rgb
    check = overlaid_text_check(raster, ALPHA, preset("amazon-main"), reader)
    assert (check.outcome, check.value) == ("fail", "“NEW”")
    assert overlaid_text_check(raster, ALPHA, preset("shopify"), reader).outcome == "note"
    assert overlaid_text_check(raster, ALPHA, None, reader).value == "“NEW”"
    assert overlaid_text_check(view(1).rgb, ALPHA, preset("amazon-main"), reader).outcome == "pass"
