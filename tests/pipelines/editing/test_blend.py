"""The product lock of edits: opaque pixels and untouched ones keep their bytes, whatever comes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.editing.blend import Lock, blend
from pipelines.imaging.cutout import OPAQUE

SIZES = st.tuples(st.integers(4, 40), st.integers(4, 40))


@given(size=SIZES, seed=st.integers(0, 10_000), guard=st.floats(0.2, 9), soft=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_locked_product_and_what_is_not_taken_keep_their_bytes(
    size: tuple[int, int], seed: int, guard: float, soft: bool
) -> None:
    random = np.random.default_rng(seed)
    before, painted, own = random.integers(0, 256, (3, *size, 3), np.uint8)
    taken = random.choice([0, 0.3, 1], size).astype(np.float32)
    alpha = random.choice([0, 0.4, 1] if soft else [0, 1], size).astype(np.float32)
    lock = Lock(alpha=alpha, colour=own)
    result, share = blend(before, painted, taken, lock=lock, guard_px=guard)
    assert (result == before)[share == 0].all()
    assert result.shape == before.shape
    assert (result == before)[alpha >= OPAQUE].all()
    assert (blend(before, painted, taken * 0, lock=lock, guard_px=guard)[0] == before).all()
    free, _ = blend(before, painted, taken, lock=None, guard_px=guard)
    assert (free == before)[taken == 0].all()
    assert (free == painted)[taken == 1].all()


def test_the_soft_outline_shows_the_new_background_and_nothing_of_the_models_own_product() -> None:
    before = np.full((40, 60, 3), 200, np.uint8)
    alpha = np.zeros((40, 60), np.float32)
    alpha[:, 30:] = 1
    alpha[:, 29] = 0.5
    own = np.full_like(before, 40)
    before[:, 30:], before[:, 29] = 40, 120
    painted = np.full_like(before, 100)
    painted[:, 27:] = (255, 0, 0)
    taken = np.ones((40, 60), np.float32)
    result, _ = blend(before, painted, taken, lock=Lock(alpha=alpha, colour=own), guard_px=4)
    assert (result[:, :29] == 100).all()
    assert (result[:, 29] == 70).all()
    assert (result[:, 30:] == 40).all()
