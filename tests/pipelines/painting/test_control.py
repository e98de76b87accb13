"""Control maps: the product stands in the scene where it will be seen."""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.errors import RecipeInvalid
from pipelines.generate import ControlKind, Profile
from pipelines.painting import Shape, control_kind, control_maps
from tests.pipelines.painting.painters import PROFILE, WITH_CONTROL


def able(*kinds: ControlKind) -> Profile:
    return replace(PROFILE, abilities=WITH_CONTROL, controls=frozenset(kinds))


def shape() -> Shape:
    """A floor that comes nearer downwards, before a wall, and a product on it."""
    rows = np.linspace(300, 60, 64, dtype=np.float32)
    distance = np.repeat(np.minimum(rows, 200)[:, None], 64, axis=1)
    alpha = np.zeros((64, 64), np.float32)
    alpha[20:50, 24:40] = 1
    picture = np.full((64, 64, 3), 200, np.uint8)
    picture[alpha > 0.5] = 20
    return Shape(picture=picture, alpha=alpha, distance_cm=distance, product_cm=100, focal_px=100)


def test_the_best_map_that_a_model_can_is_taken() -> None:
    assert control_kind("auto", able("normal", "canny")) == "canny"
    assert control_kind("auto", able("depth", "canny")) == "depth"
    assert control_kind("auto", PROFILE) is None
    assert control_kind("none", able("depth")) is None
    assert control_kind("normal", able("depth", "normal")) == "normal"
    with pytest.raises(RecipeInvalid, match="model 'known' takes canny"):
        control_kind("depth", able("canny"))
    with pytest.raises(RecipeInvalid, match="takes no control map"):
        control_kind("depth", PROFILE)


def test_depth_shows_near_bright_and_the_product_as_a_figure() -> None:
    depth = control_maps("depth", shape())["depth"]
    assert depth.shape == (64, 64, 3)
    assert (depth.min(), depth.max()) == (0, 255)
    assert depth[63, 0, 0] == 255
    assert depth[5, 5, 0] == 0
    product = depth[20:50, 24:40, 0]
    assert product[:20].std() < 1
    assert product[5, 5] > depth[25, 5, 0]


def test_what_hides_the_product_stays_before_it() -> None:
    near = replace(shape(), product_cm=500)
    far = replace(shape(), alpha=np.zeros((64, 64), np.float32))
    assert (control_maps("depth", near)["depth"] == control_maps("depth", far)["depth"]).all()


def test_normals_point_up_on_the_floor_and_at_the_camera_on_wall_and_product() -> None:
    normals = control_maps("normal", shape())["normal"].astype(int)
    up, towards = (127, 255), (127, 127, 255)
    assert abs(normals[5, 5] - towards).max() <= 2
    assert abs(normals[30, 30] - towards).max() <= 2
    assert normals[58, 5, 1] > 200
    assert abs(normals[58, 5, 0] - up[0]) < 40


def test_edges_are_the_pictures() -> None:
    edges = control_maps("canny", shape())["canny"][..., 0]
    assert edges[30, 22:26].max() == 255
    assert edges[30, 30] == 0
    assert control_maps(None, shape()) == {}
