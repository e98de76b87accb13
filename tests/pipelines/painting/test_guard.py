"""The guard band: the mask spares the product, and nothing of the band is shown afterwards."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipelines.painting import bled_area, inpaint_mask, kept_area, without_product

ALPHA = arrays.arrays(np.float32, (24, 32), elements=st.sampled_from([0.0, 0.01, 0.4, 1.0]))


@given(ALPHA)
def test_no_visible_pixel_of_the_product_is_ever_painted(alpha: npt.NDArray[np.float32]) -> None:
    mask = inpaint_mask(alpha)
    assert set(np.unique(mask)) <= {0.0, 1.0}
    assert (mask[alpha > 0.1] == 0).all()
    assert (kept_area(alpha) == (mask == 0)).all()
    assert (bled_area(alpha) | ~kept_area(alpha)).all()


@given(ALPHA, st.integers(0, 2**31))
def test_what_lies_outside_is_left_and_inside_comes_from_outside(
    alpha: npt.NDArray[np.float32], seed: int
) -> None:
    painted = np.random.default_rng(seed).integers(0, 200, (24, 32, 3)).astype(np.uint8)
    hidden = kept_area(alpha)
    painted[hidden] = 255
    cleaned = without_product(painted, hidden)
    assert (cleaned[~hidden] == painted[~hidden]).all()
    assert hidden.all() or (cleaned < 255).all()


def test_texture_goes_on_behind_the_product() -> None:
    stripes = np.zeros((60, 60, 3), np.uint8)
    stripes[::2] = 180
    alpha = np.zeros((60, 60), np.float32)
    alpha[20:40, 20:40] = 1
    hidden = bled_area(alpha)
    painted = np.where(hidden[..., None], 0, stripes).astype(np.uint8)
    cleaned = without_product(painted, hidden)
    beside = cleaned[22:38, 17:20]
    assert beside.std() > 80
    assert (cleaned[30, :26] == stripes[30, :26]).mean() > 0.9
