"""Grain is measured where a picture is smooth, and put back where it was lost."""

import numpy as np
import pytest

from pipelines.imaging.grain import NO_GRAIN, Grain, measured_grain, regrained

SMOOTH = np.full((400, 400, 3), 128, np.uint8)
GONE = np.zeros((400, 400), np.float32)


def test_what_is_put_back_is_measured_again() -> None:
    grainy = regrained(SMOOTH, GONE, Grain(luma=1.5, chroma=0.8))
    found = measured_grain(grainy)
    assert found.luma == pytest.approx(1.5, rel=0.15)
    assert found.chroma == pytest.approx(0.8, rel=0.3)


def test_a_ramp_and_a_pattern_are_no_grain() -> None:
    ramp = np.repeat(np.linspace(40, 200, 400).astype(np.uint8)[None], 400, axis=0)
    assert measured_grain(np.dstack([ramp] * 3)).luma < 0.5
    half = regrained(SMOOTH, GONE, Grain(luma=1.5, chroma=0.3))
    half[:200] = (np.indices((200, 400)).sum(axis=0) // 2 % 2 * 90 + 80)[..., None]
    assert measured_grain(half).luma == pytest.approx(1.5, rel=0.3)


def test_only_what_was_lost_is_put_back() -> None:
    kept = GONE.copy()
    kept[:, 200:] = 1
    raster = regrained(SMOOTH, kept, Grain(luma=2, chroma=1))
    assert (raster[:, 200:] == 128).all()
    assert raster[:, :200].std() > 1


def test_the_same_picture_comes_out_twice() -> None:
    grain = Grain(luma=2, chroma=1)
    assert (regrained(SMOOTH, GONE, grain) == regrained(SMOOTH, GONE, grain)).all()
    assert regrained(SMOOTH, GONE, NO_GRAIN) is SMOOTH


@pytest.mark.parametrize("bad", [-0.1, 9.0, float("nan")])
def test_impossible_grain_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="levels"):
        Grain(luma=bad, chroma=0)
