"""Whether a product stands on what was painted under it."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.checks.painted_footing import contact_of, floating_check, footing_of
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed

SIDE = 200
TABLE = Surface(depression_deg=15, roughness=1, reflectance=0)
FLAT = Surface(depression_deg=89, roughness=1, reflectance=0)
Rgb = npt.NDArray[np.uint8]


def standing() -> Placed:
    """A box of 60 x 80 px whose foot is at row 130."""
    return Placed(
        rgb=np.full((80, 60, 3), 90, np.uint8),
        alpha=np.ones((80, 60), np.float32),
        left_px=70,
        top_px=50,
        frame_width_px=SIDE,
        frame_height_px=SIDE,
        enlargement=1.0,
    )


def room(*, table_from: int, shade: float = 0.0) -> Rgb:
    """A light wall, a dark table that begins at a row, and a shadow under the box."""
    scene = np.full((SIDE, SIDE, 3), 215, np.float32)
    scene[table_from:] = (120, 90, 70)
    scene[130:134, 66:134] *= 1 - shade
    return scene.astype(np.uint8)


def test_a_table_behind_the_foot_carries_it() -> None:
    footing = footing_of(room(table_from=100, shade=0.4), standing(), TABLE)
    assert footing.gap == 0
    assert footing.contact == pytest.approx(0.66, abs=0.12)
    assert floating_check(footing).outcome == "pass"


def test_a_table_that_begins_below_the_foot_does_not() -> None:
    footing = footing_of(room(table_from=165, shade=0.4), standing(), TABLE)
    assert footing.gap == pytest.approx(0.19, abs=0.05)
    check = floating_check(footing)
    assert check.outcome == "fail"
    assert "the surface begins 20% of the height below it" in check.value


def test_a_tables_front_edge_below_the_foot_is_none() -> None:
    scene = room(table_from=100, shade=0.4)
    scene[175:] = (40, 30, 30)
    assert footing_of(scene, standing(), TABLE).gap == 0


def test_without_a_shadow_there_is_no_contact() -> None:
    footing = footing_of(room(table_from=100), standing(), TABLE)
    assert footing.contact == pytest.approx(0, abs=0.01)
    assert floating_check(footing).value == "0% darker at its foot"


def test_what_lies_flat_has_its_contact_all_around() -> None:
    scene = np.full((SIDE, SIDE, 3), 180, np.uint8)
    scene[46:134, 66:134] = 120
    footing = footing_of(scene, standing(), FLAT)
    assert footing.gap == 0
    assert footing.contact is not None
    assert footing.contact > 0.3


def test_near_the_product_a_guard_hides_what_cannot_be_trusted() -> None:
    scene = room(table_from=100, shade=0.4)
    assert contact_of(scene, standing(), TABLE, guard_px=8) == pytest.approx(0, abs=0.01)


def test_where_there_is_no_room_nothing_is_said() -> None:
    low = Placed(
        rgb=np.zeros((200, 200, 3), np.uint8), alpha=np.ones((200, 200), np.float32), left_px=0,
        top_px=0, frame_width_px=200, frame_height_px=200, enlargement=1.0,
    )  # fmt: skip
    footing = footing_of(np.full((200, 200, 3), 9, np.uint8), low, TABLE)
    assert footing.contact is None
    assert floating_check(footing).value == "no shadow to be told from the scene"
