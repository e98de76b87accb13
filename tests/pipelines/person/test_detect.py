import numpy as np
import numpy.typing as npt
import pytest

from pipelines.person.detect import FACES, NEAR_FACES, PALMS, POSES, Layout, detect, sigmoid
from pipelines.person.window import whole

RGB = np.zeros((128, 256, 3), np.uint8)
TINY = Layout(grids=((2, 1),), low=0.0)


class Says:
    """A network that answers what it was told to."""

    input_px = 100

    def __init__(self, boxes: list[list[float]], logits: list[float]) -> None:
        self.boxes, self.logits = boxes, logits

    def answer(self, picture: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        return [np.array(self.boxes, np.float32), np.array(self.logits, np.float32)[:, None]]


@pytest.mark.parametrize(
    ("layout", "anchors"), [(FACES, 2304), (NEAR_FACES, 896), (POSES, 2254), (PALMS, 2016)]
)
def test_there_are_as_many_anchors_as_the_networks_answer(layout: Layout, anchors: int) -> None:
    assert layout.anchors().shape == (anchors, 2)
    assert 0 < layout.anchors().min() < layout.anchors().max() < 1


def test_anchors_run_along_rows_first() -> None:
    assert TINY.anchors().tolist() == [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]


def test_an_answer_is_read_from_its_anchor() -> None:
    """Box middle and size, then key points, in network pixels from the anchor."""
    nothing = [0.0] * 6
    network = Says([nothing, [5.0, -5.0, 20.0, 10.0, 10.0, 0.0], nothing, nothing], [-9, 9, -9, -9])
    (found,) = detect(network, TINY, RGB, whole(RGB))  # type: ignore[arg-type]
    # The window is 256 px wide; the picture lies in the middle half of its height.
    assert found.box == pytest.approx((0.7 * 256, 0.15 * 256 - 64, 0.9 * 256, 0.25 * 256 - 64))
    assert found.points[0].tolist() == pytest.approx([0.85 * 256, 0.25 * 256 - 64])
    assert found.score > 0.99


def test_overlapping_answers_are_averaged_and_distant_ones_kept() -> None:
    boxes = [[0.0, 0, 20, 20, 0, 0], [-46.0, 0, 20, 20, 0, 0], [0.0, 0, 20, 20, 0, 0], [0.0] * 6]
    network = Says(boxes, [2, 2, 1, -9])
    found = detect(network, TINY, RGB, whole(RGB))  # type: ignore[arg-type]
    assert len(found) == 2
    assert found[0].middle[0] == pytest.approx(0.27 * 256, abs=0.02 * 256)


def test_nothing_is_found_where_nothing_is_likely() -> None:
    network = Says([[0.0] * 6] * 4, [-1, -2, -3, -4])
    assert detect(network, TINY, RGB, whole(RGB)) == []  # type: ignore[arg-type]


def test_likelihoods_of_extreme_logits_do_not_overflow() -> None:
    assert sigmoid(np.array([-1e9, 0, 1e9], np.float32)).tolist() == pytest.approx([0, 0.5, 1])
