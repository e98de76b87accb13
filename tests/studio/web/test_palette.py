"""Variants' colours can be told apart by colour-blind eyes and seen on white."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.web.palette import VARIANT_COLOURS, variant_colours

Floats = NDArray[np.float64]

# Machado, Oliveira and Fernandes 2009, severity 1, linear RGB.
SIGHTS: dict[str, list[list[float]]] = {
    "full": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "deuteranopic": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopic": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopic": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def linear(colour: str) -> Floats:
    coded = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.asarray(np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4))


def lab(rgb_linear: Floats) -> Floats:
    xyz = TO_XYZ @ np.clip(rgb_linear, 0.0, 1.0) / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_colours_differ_to_any_eye(sight: str) -> None:
    seen = [lab(np.array(SIGHTS[sight]) @ linear(colour)) for colour in VARIANT_COLOURS]
    nearest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
    assert nearest >= 20.0


@pytest.mark.parametrize("colour", VARIANT_COLOURS)
def test_each_colour_is_seen_on_white(colour: str) -> None:
    assert 1.05 / (float(LUMINANCE @ linear(colour)) + 0.05) >= 3.0


def test_a_variant_has_the_colour_of_its_place_and_many_repeat() -> None:
    colours = variant_colours([f"v{i}" for i in range(10)])
    assert colours["v0"] == colours["v8"] == VARIANT_COLOURS[0]
    assert len(set(colours.values())) == len(VARIANT_COLOURS)
