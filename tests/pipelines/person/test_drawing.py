import numpy as np

from pipelines.person.drawing import draw_pose
from tests.pipelines.person.bodies import pose_standing


def test_a_pose_is_drawn_in_the_colours_that_control_nets_know() -> None:
    pose = pose_standing(100, 60, head=40)
    drawn = draw_pose(pose, (400, 640), zoom=2, corner=(0, 0))
    assert drawn.shape == (640, 400, 3)
    assert tuple(drawn[120, 200]) == (255, 0, 0)  # the nose
    neck = tuple(drawn[round(2 * (60 + 0.9 * 40)), 200])
    assert neck == (255, 85, 0)
    assert (drawn.max(axis=2) > 0).mean() < 0.2


def test_what_is_not_seen_is_not_drawn() -> None:
    pose = pose_standing(100, 60, head=40)
    hidden = type(pose)(points=pose.points, seen=np.zeros(33, np.float32), score=1)
    assert not draw_pose(hidden, (400, 640), zoom=2, corner=(0, 0)).any()


def test_the_drawing_moves_with_its_corner() -> None:
    pose = pose_standing(100, 60, head=40)
    here = draw_pose(pose, (400, 400), zoom=1, corner=(0, 0))
    there = draw_pose(pose, (400, 400), zoom=1, corner=(30, 10))
    assert np.array_equal(here[:300, :300], there[10:310, 30:330])
