"""The finest model draws the outline; another is heard where the picture's colours agree with it."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.consensus import Consensus, look
from pipelines.matting.finest import outlined
from tests.pipelines.making import ColourMatter, product_photo

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
SIDE = 160


class Seeing(ColourMatter):
    """Sees the product a little too large, and looks with a number of input pixels."""

    def __init__(self, *, input_px: int, too_large_px: int = 0) -> None:
        self.card = replace(ColourMatter.card, input_px=input_px)
        self._window = np.ones((2 * too_large_px + 1, 2 * too_large_px + 1), np.uint8)

    def probability(self, rgb: Rgb) -> Floats:
        return np.asarray(cv2.dilate(super().probability(rgb), self._window), dtype=np.float32)


def _disc(radius: float) -> Floats:
    rows, columns = np.indices((SIDE, SIDE)) - SIDE // 2
    return np.asarray(np.clip(radius - np.hypot(rows, columns) + 0.5, 0, 1), dtype=np.float32)


def _picture(product: Floats) -> Rgb:
    rgb = product[..., None] * np.array([60, 40, 90]) + (1 - product[..., None]) * 205
    grain = np.random.default_rng(3).integers(0, 9, rgb.shape)
    return np.asarray(rgb + grain, dtype=np.uint8)


def _area_px(consensus: Consensus, part: Floats) -> float:
    scale = consensus.crop.width_px / part.shape[1]
    return float((part > 0.5).sum() * scale**2)


def test_an_edge_is_where_the_finest_looks_have_it() -> None:
    coarse, fine = _disc(53), _disc(50)
    looks, vote = np.stack([coarse, fine, coarse, fine]), (coarse + fine) / np.float32(2)
    result = outlined(_picture(fine), looks, [320, 1024, 320, 1024], vote, model_px=3.2)
    assert np.array_equal(result, fine)


def test_a_part_that_only_a_coarse_look_has_is_restored_by_its_colours() -> None:
    whole = _disc(50)
    fine = whole.copy()
    fine[:, SIDE // 2 :] = 0
    result = outlined(_picture(whole), np.stack([whole, fine]), [320, 1024], whole, model_px=3.2)
    assert np.array_equal(result > 0.5, whole > 0.5)


def test_a_part_that_a_coarse_look_made_up_stays_out() -> None:
    true = _disc(40)
    made_up = true.copy()
    made_up[10:60, 10:60] = 1
    looks, vote = np.stack([made_up, made_up, true]), made_up
    result = outlined(_picture(true), looks, [320, 320, 1024], vote, model_px=3.2)
    assert np.array_equal(result, true)


def test_looks_of_one_size_leave_what_they_say_together() -> None:
    vote = _disc(50)
    looks = np.stack([_disc(46), _disc(54)])
    assert outlined(_picture(vote), looks, [320, 320], vote, model_px=3.2) is vote


def test_a_consensus_takes_its_outline_from_the_finest_of_its_models() -> None:
    photo = product_photo(size=(900, 780))
    fine, coarse = Seeing(input_px=1024), Seeing(input_px=320, too_large_px=1)
    alone, found = look(photo, [fine]), look(photo, [coarse, coarse, fine])
    assert alone is not None
    assert found is not None
    wanted_px, outlined_px = _area_px(alone, alone.outline), _area_px(found, found.outline)
    assert abs(outlined_px - wanted_px) < 0.005 * wanted_px
    assert _area_px(found, found.probability) > 1.015 * wanted_px
