"""Pure white: a shadow may leave the product, a stray tint may not."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.checks.purity import purity_check

COVERED = np.zeros((100, 100), bool)
COVERED[30:70, 30:70] = True


def white() -> npt.NDArray[np.uint8]:
    raster = np.full((100, 100, 3), 255, np.uint8)
    raster[30:70, 30:70] = 90
    return raster


@pytest.mark.parametrize("shadow", [True, False])
def test_white_around_the_product_passes(*, shadow: bool) -> None:
    assert purity_check(COVERED, white(), shadow=shadow).outcome == "pass"


def test_a_shadow_passes_only_where_one_was_asked_for() -> None:
    raster = white()
    raster[70:80, 25:90] = 254
    assert purity_check(COVERED, raster, shadow=True).outcome == "pass"
    check = purity_check(COVERED, raster, shadow=False)
    assert (check.outcome, check.value) == ("fail", "650 pixels differ (7.74%)")


def test_a_shadow_cut_off_by_the_frame_fails() -> None:
    raster = white()
    raster[70:100, 40:60] = 230
    assert purity_check(COVERED, raster, shadow=True).outcome == "fail"


def test_a_stray_tint_fails_even_with_a_shadow() -> None:
    raster = white()
    raster[70:75, 30:70] = 200
    raster[10, 10, 2] = 254
    assert purity_check(COVERED, raster, shadow=True).value.startswith("1 pixels")


def test_a_product_that_fills_the_frame_passes() -> None:
    assert (
        purity_check(np.ones((9, 9), bool), white()[40:49, 40:49], shadow=False).outcome == "pass"
    )


@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_a_shadow_that_the_frame_cuts_off_is_no_shadow_on_any_side(side: str) -> None:
    covered = np.zeros((60, 60), bool)
    covered[20:40, 20:40] = True
    shadow = {"top": np.s_[:22, 25:30], "bottom": np.s_[38:, 25:30],
              "left": np.s_[25:30, :22], "right": np.s_[25:30, 38:]}[side]  # fmt: skip
    inside = np.s_[1:-1, 1:-1]
    cut, whole = (np.full((60, 60, 3), 255, np.uint8) for _ in range(2))
    cut[shadow] = 200
    whole[inside] = cut[inside]
    assert purity_check(covered, cut, shadow=True).outcome == "fail"
    assert purity_check(covered, whole, shadow=True).outcome == "pass"
