"""Pictures made smaller: means of what is covered, and nothing of what alpha hides."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.imaging.shrinking import shrunk

Rgba = npt.NDArray[np.uint8]


def _means(rgba: Rgba, by: int) -> npt.NDArray[np.float64]:
    """What each square of pixels comes to: colours weighted by alpha, and mean alpha."""
    height, width = (side // by for side in rgba.shape[:2])
    cells = rgba.reshape(height, by, width, by, 4).astype(float)
    alpha = cells[..., 3:]
    total = alpha.sum(axis=(1, 3))
    colours = (cells[..., :3] * alpha).sum(axis=(1, 3)) / np.maximum(total, 1)
    return np.concatenate([colours, total / by**2], axis=-1)


def _product(height: int, width: int) -> Rgba:
    """Blocks of noise: nothing, partly and wholly covered, with colours under what is not."""
    random = np.random.default_rng(4)
    rgba = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
    blocks = random.integers(0, 3, (height // 4, width // 4)).repeat(4, 0).repeat(4, 1)
    rgba[blocks == 0, 3] = 0
    rgba[blocks == 1, 3] = 255
    rgba[(blocks == 2) & (rgba[..., 3] < 100), 3] = 100
    return rgba


def _assert_near(small: Rgba, wanted: npt.NDArray[np.float64], *, levels: float) -> None:
    seen = wanted[..., 3] > 60
    assert 0.3 < seen.mean() < 1
    assert np.abs(small - wanted)[seen].max() <= levels


@pytest.mark.parametrize(("longest_px", "by"), [(32, 2), (16, 4)])
def test_halves_are_means_weighted_by_alpha(longest_px: int, by: int) -> None:
    rgba = _product(48, 64)
    small = shrunk(rgba, longest_px)
    assert small.shape == (48 // by, 64 // by, 4)
    _assert_near(small, _means(rgba, by), levels=4)


def test_what_has_no_alpha_is_shrunk_alike() -> None:
    rgb = np.random.default_rng(8).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    whole = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    assert np.array_equal(shrunk(rgb, 20), shrunk(whole, 20)[..., :3])


def test_other_shares_are_means_too() -> None:
    rgba = np.repeat(np.repeat(_product(24, 32), 2, axis=0), 2, axis=1)
    small = shrunk(rgba, 48)  # two thirds: each pixel covers one and a half
    assert small.shape == (36, 48, 4)
    assert abs(float(small[..., 3].mean()) - float(rgba[..., 3].mean())) < 1


def test_an_odd_last_row_and_column_are_left_out() -> None:
    rgba = _product(48, 64)
    odd = np.full((49, 65, 4), 255, np.uint8)
    odd[:48, :64] = rgba
    assert np.array_equal(shrunk(odd, 32), shrunk(rgba, 32))


def test_no_colour_that_alpha_hides_gets_out() -> None:
    rgba = np.zeros((40, 40, 4), np.uint8)
    rgba[..., :3] = (255, 0, 255)
    rgba[:19, :] = (10, 120, 30, 255)
    small = shrunk(rgba, 20)
    assert tuple(small[9, 5]) == (10, 120, 30, 128)
    assert not small[11:].any()


def test_what_is_small_already_stays_as_it_is() -> None:
    rgba = _product(24, 32)
    assert shrunk(rgba, 32) is rgba
    before = rgba.copy()
    shrunk(rgba, 16)
    assert np.array_equal(rgba, before)
