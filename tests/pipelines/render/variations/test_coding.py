"""Layers survive being stored: light to a few per cent, depth to a tenth of a millimetre."""

import math

import numpy as np
import pytest

from pipelines.render.variations.coding import (
    carries,
    decode_light,
    encode_depth,
    encode_light,
    encode_normals,
    exposure_for,
)


def _light() -> np.ndarray:
    return np.random.default_rng(2).uniform(0.01, 6.0, (40, 50, 3)).astype(np.float32)


def test_light_comes_back_as_it_was() -> None:
    light = _light()
    assert decode_light(encode_light(light)) == pytest.approx(light, rel=0.05, abs=0.02)


def test_one_spark_does_not_darken_the_rest() -> None:
    light = _light()
    light[0, 0] = 4000.0
    assert encode_light(light).scale < 10


def test_darkness_stays_dark() -> None:
    assert decode_light(encode_light(np.zeros((4, 4, 3), dtype=np.float32))).max() == 0.0


def test_depth_keeps_tenths_of_a_millimetre_and_marks_what_is_not_there() -> None:
    depth_m = np.array([[0.0, 0.12345, 1.0, 30.0]], dtype=np.float32)
    assert encode_depth(depth_m).tolist() == [[0, 1234, 10000, 65535]]


def test_normals_point_where_they_pointed() -> None:
    normals = np.array([[[1, 0, 0], [0, -1, 0], [0, 0, 1]]], dtype=np.float32)
    assert encode_normals(normals).tolist() == [[[255, 128, 128], [128, 1, 128], [128, 128, 255]]]


@pytest.mark.parametrize("level", [0.02, 0.2, 3.0])
def test_exposure_brings_any_light_to_middle_grey(level: float) -> None:
    light = np.full((8, 8, 3), level, dtype=np.float32)
    assert level * 2 ** exposure_for(light) == pytest.approx(0.20, rel=1e-3)
    assert exposure_for(light, stops=0.5) == pytest.approx(exposure_for(light) + 0.5)


def test_exposure_never_digs_light_out_of_darkness() -> None:
    assert exposure_for(np.zeros((8, 8, 3), dtype=np.float32)) == 4.0


def test_a_surface_carries_on_its_top_and_not_on_its_side() -> None:
    pitch = math.radians(30)
    top, side = (0.0, math.cos(pitch), math.sin(pitch)), (0.0, -math.sin(pitch), math.cos(pitch))
    normals = np.array([[top, side, top]], dtype=np.float32)
    on_it = np.array([[True, True, False]])
    assert carries(on_it, normals, pitch_deg=30).tolist() == [[255, 0, 0]]
