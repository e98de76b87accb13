"""The edge is solved where the product is, and comes out as if all of the picture were."""

import numpy as np
import pytest

from pipelines.matting import edge
from pipelines.matting.consensus import look
from pipelines.matting.edge import free_edges
from tests.pipelines.making import ColourMatter, product_photo


def test_what_is_solved_around_the_product_is_what_is_solved_in_the_whole_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grain = np.random.default_rng(1).integers(0, 6, (1300, 1400, 1), np.uint8)
    photo = product_photo(size=(1400, 1300)) + grain
    found = look(photo, [ColourMatter()])
    assert found is not None
    assert max(found.picture.shape) < max(photo.shape)
    near = free_edges(photo, found)
    monkeypatch.setattr(edge, "_SOLVED_BEYOND_PX", max(photo.shape))
    whole = free_edges(photo, found)
    assert ((near.alpha > 0) & (near.alpha < 1)).any()
    assert np.array_equal(near.alpha, whole.alpha)
    assert np.array_equal(near.rgb, whole.rgb)
