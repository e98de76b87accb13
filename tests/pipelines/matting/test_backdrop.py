"""What is behind a product is known from both of its sides."""

import numpy as np

from pipelines.matting.backdrop import Backdrop, look_behind
from pipelines.matting.lattice import Floats, Mask
from pipelines.matting.panes import gradient_of

PRODUCT: Mask = np.zeros((100, 120), bool)
PRODUCT[20:90, 40:80] = True


def _seen(picture: Floats) -> Backdrop:
    found = look_behind(picture, PRODUCT, gradient_of(picture))
    assert found is not None
    return found


def _room() -> Floats:
    """A green wall over an orange table, and a black product before both."""
    picture = np.zeros((100, 120, 3), np.float32)
    picture[:60], picture[60:] = (0.4, 0.7, 0.3), (0.9, 0.6, 0.3)
    picture[PRODUCT] = 0
    return picture


def test_the_tables_edge_goes_on_behind_the_product() -> None:
    behind = _seen(_room()).behind
    assert np.allclose(behind[30:57, 45:75], (0.4, 0.7, 0.3), atol=0.01)
    assert np.allclose(behind[63:85, 45:75], (0.9, 0.6, 0.3), atol=0.01)


def test_common_colours_are_the_backgrounds_alone() -> None:
    seen = _seen(_room())
    found = sorted(tuple(np.round(colour, 2).tolist()) for colour in seen.colours)
    assert np.allclose(found, [(0.4, 0.7, 0.3), (0.9, 0.6, 0.3)], atol=0.01)
    assert np.allclose(seen.brightest, (0.9, 0.6, 0.3), atol=0.01)


def test_between_dark_and_light_the_product_is_before_light() -> None:
    picture = _room()
    picture[:, :40] *= 0.2
    behind = _seen(picture).behind
    assert behind[30:57, 42:78].mean(axis=-1).min() > 0.75 * behind[40, 78].mean()


def test_cloth_is_busier_than_paper() -> None:
    rows, columns = np.indices((100, 120))
    pattern = (0.5 + 0.4 * np.sin(rows / 2) * np.sin(columns / 2)).astype(np.float32)
    assert _seen(np.repeat(pattern[..., None], 3, axis=-1)).busyness > 0.02
    assert _seen(_room()).busyness < 0.01


def test_nothing_is_known_of_what_is_nowhere_seen() -> None:
    whole = np.ones((100, 120), bool)
    assert look_behind(_room(), whole, gradient_of(_room())) is None
