"""A surface is judged as a whole: clear, tinted or solid."""

import numpy as np
import pytest

from pipelines.matting.backdrop import look_behind
from pipelines.matting.lattice import Floats, Mask
from pipelines.matting.panes import REFLECTED, Pane, gradient_of, panes, ramp

WALL = np.array([0.7, 0.65, 0.6], np.float32)
INSIDE: Mask = np.zeros((160, 160), bool)
INSIDE[30:130, 40:120] = True


def _judged(*parts: tuple[tuple[slice, slice], Floats]) -> list[Pane]:
    """Surfaces of a product of ``parts`` before an even wall, the first one below the others."""
    picture = np.broadcast_to(WALL, (160, 160, 3)).copy()
    for where, colour in parts:
        picture[where] = colour
    gradient = gradient_of(picture)
    backdrop = look_behind(picture, INSIDE, gradient)
    assert backdrop is not None
    return panes(picture, INSIDE, gradient, backdrop)


BODY = np.s_[30:130, 40:120]


@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (0.9, 0.8, 0.85)])
def test_clear_glass_has_the_walls_colour_less_its_tint(tint: tuple[float, ...]) -> None:
    ratio = np.array(tint, np.float32)
    (pane,) = _judged((BODY, WALL * ratio))
    assert pane.clear
    assert np.allclose(pane.tint, ratio, atol=0.02)
    assert pane.alpha == pytest.approx(1 - (1 - REFLECTED) * (ratio**2.2).mean(), abs=0.02)


@pytest.mark.parametrize(
    "colour", [(0.2, 0.18, 0.17), (0.85, 0.3, 0.25), (0.9, 0.9, 0.9), (0.3, 0.4, 0.9)]
)
def test_dark_bright_and_coloured_surfaces_are_solid(colour: tuple[float, ...]) -> None:
    (pane,) = _judged((BODY, np.array(colour, np.float32)))
    assert not pane.clear


def test_a_label_is_solid_and_air_above_a_liquid_is_not() -> None:
    liquid = WALL * np.float32(0.8)
    label, air = np.s_[75:110, 60:100], np.s_[30:52, 40:120]
    found = _judged((BODY, liquid), (label, WALL), (air, WALL))
    clear = {
        name: pane.clear
        for pane in found
        for name, spot in (("liquid", (120, 50)), ("label", (90, 80)), ("air", (40, 80)))
        if pane.area[spot]
    }
    assert clear == {"liquid": True, "label": False, "air": True}


def test_a_ramp_is_smooth_and_ends() -> None:
    values = ramp(np.array([0.0, 0.2, 0.5, 0.8, 1.0], np.float32), 0.2, 0.8)
    assert values.tolist() == pytest.approx([0, 0, 0.5, 1, 1])
