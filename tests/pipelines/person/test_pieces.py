import numpy as np
import numpy.typing as npt
import pytest

from pipelines.person.garment import part
from pipelines.person.pieces import Piece, piece_of
from tests.pipelines.person.bodies import pose_standing
from tests.pipelines.person.drawn import drawn_person

POSE = pose_standing(100, 30, head=30)
WAIST_ROW = 30 + round(3.2 * 30)


def dressed(
    upper: tuple[int, int, int], lower: tuple[int, int, int], hem: int = WAIST_ROW
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """A body of 80 px in width, in two colours that meet at the hem."""
    rgb = np.full((260, 200, 3), 200, np.uint8)
    worn = np.zeros((260, 200), bool)
    worn[55:250, 60:140] = True
    rgb[worn] = lower
    rgb[55:hem, 60:140] = upper
    noise = np.random.default_rng(2).integers(-4, 5, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8), worn


@pytest.mark.parametrize("hem", [WAIST_ROW - 14, WAIST_ROW, WAIST_ROW + 18])
def test_a_shirt_ends_where_its_colour_ends(hem: int) -> None:
    """Tucked in, at the waist, or worn over the trousers."""
    rgb, worn = dressed((180, 40, 50), (40, 50, 90), hem)
    upper = piece_of(rgb, worn, POSE, "upper", zoom=1)
    lower = piece_of(rgb, worn, POSE, "lower", zoom=1)
    assert np.array_equal(upper | lower, worn)
    assert not (upper & lower).any()
    truth = worn.copy()
    truth[hem:] = False
    assert (upper & truth).sum() / (upper | truth).sum() > 0.97


def test_a_dress_is_all_upper() -> None:
    rgb, worn = dressed((180, 40, 50), (180, 40, 50))
    assert np.array_equal(piece_of(rgb, worn, POSE, "upper", zoom=1), worn)
    assert not piece_of(rgb, worn, POSE, "lower", zoom=1).any()


@pytest.mark.parametrize("piece", ["all", "upper", "lower"])
def test_nothing_is_told_without_a_pose(piece: Piece) -> None:
    rgb, worn = dressed((180, 40, 50), (40, 50, 90))
    assert np.array_equal(piece_of(rgb, worn, None, piece, zoom=1), worn)
    assert np.array_equal(piece_of(rgb, worn, POSE, "all", zoom=1), worn)


def test_what_is_not_sold_counts_as_person() -> None:
    drawn = drawn_person()
    rgb = drawn.rgb.copy()
    trousers = drawn.garment > 0.5
    trousers[:345] = False
    rgb[trousers] = (120, 100, 60)
    found = part(rgb, drawn.figure, drawn.person, piece="upper")
    assert found.person[380:, 120:180].mean() > 0.95
    assert found.garment[220:320, 120:180].min() == 1


def test_an_outline_of_blended_colour_is_no_part_of_the_shirt() -> None:
    rgb, worn = dressed((180, 40, 50), (40, 50, 90))
    rgb[WAIST_ROW : WAIST_ROW + 30, 60:62] = (170, 42, 54)
    upper = piece_of(rgb, worn, POSE, "upper", zoom=1)
    assert not upper[WAIST_ROW + 6 : WAIST_ROW + 28, 60:62].any()
