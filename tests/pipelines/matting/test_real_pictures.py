"""The real model on real pictures: the product is found, and where none is, none is found."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import Matter, WeightStore, load_matter, model_card
from pipelines.imaging.decode import decode
from pipelines.matting.edge import free_edges
from pipelines.matting.quick import find_product

SAMPLES = sorted((Path(__file__).parents[3] / "studio" / "samples").glob("*/"))


@pytest.fixture(scope="module")
def matter(weights: WeightStore) -> Matter:
    return load_matter(model_card("u2netp"), weights.path("u2netp"))


@pytest.mark.parametrize(
    "empty",
    [
        np.full((300, 300, 3), 255, np.uint8),
        np.random.default_rng(0).integers(90, 130, (300, 300, 3)).astype(np.uint8),
    ],
    ids=["blank", "noise"],
)
def test_nothing_is_found_where_nothing_is(matter: Matter, empty: np.ndarray) -> None:
    assert find_product(empty, [matter]) is None


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda path: path.name)
def test_sample_products_are_found_exactly(matter: Matter, folder: Path) -> None:
    photo = decode((folder / "photo.webp").read_bytes(), name="photo")
    with Image.open(folder / "cutout.webp") as image:
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
    consensus = find_product(photo.rgb, [matter])
    assert consensus is not None
    found = free_edges(photo.rgb, consensus).alpha > 0.5
    clear_glass = ((alpha > 8) & (alpha < 247)).mean() > 0.05
    if clear_glass:  # the silhouette is found, what shines through it is not told apart
        opaque = alpha >= 247
        assert (found & opaque).sum() / opaque.sum() > 0.97
        assert (found & (alpha == 0)).mean() < 0.2
    else:
        truth = alpha > 127
        assert (found & truth).sum() / (found | truth).sum() > 0.95
