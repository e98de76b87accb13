import numpy as np

from pipelines.person.body import HIPS, SHOULDERS, Hand
from tests.pipelines.person.bodies import face_at, hand_at, person_standing, pose_standing


def test_a_face_is_measured_along_its_own_axis() -> None:
    face = face_at(100, 80, height=60)
    assert abs(face.height_px - 60) < 1e-3
    assert np.allclose(face.up, (0, -1))
    assert np.allclose(face.centre, (100, 80), atol=3)


def test_a_pose_knows_whether_it_is_seen_from_behind() -> None:
    front = pose_standing(200, 100, head=60)
    assert not front.from_behind
    mirrored = front.points * (-1, 1)
    assert type(front)(points=mirrored.astype(np.float32), seen=front.seen, score=1).from_behind
    assert front.middle(HIPS)[1] > front.middle(SHOULDERS)[1]


def test_a_hand_with_a_finger_as_long_as_an_arm_is_not_plausible() -> None:
    hand = hand_at(50, 50, palm=20)
    assert hand.plausible
    odd = hand.points.copy()
    odd[8] += (0, -200)
    assert not Hand(points=odd, score=1, side="left").plausible
    assert not Hand(points=np.zeros((21, 2), np.float32), score=1, side="left").plausible


def test_a_persons_scale_comes_from_the_face_or_from_the_shoulders() -> None:
    person = person_standing(width=400, height=700)
    without = type(person)(face=None, pose=person.pose, hands=(), silhouette=person.silhouette)
    assert 0.7 < person.scale_px / without.scale_px < 1.4
    alone = type(person)(face=None, pose=None, hands=(), silhouette=person.silhouette)
    assert alone.scale_px > 0
