from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipelines.checks.swapped import (
    alone_check,
    face_gone_check,
    hands_check,
    new_face_check,
    pose_check,
)
from pipelines.person import Hand
from tests.pipelines.person.acting import ActingJudge
from tests.pipelines.person.bodies import face_at, hand_at, person_standing

BEFORE = person_standing(width=300, height=420)
FACE = face_at(60, 60, height=60)


def picture(seed: int) -> npt.NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    return np.kron(coarse, np.ones((10, 10, 1), np.uint8))


def test_without_a_judge_the_same_pixels_are_the_same_face() -> None:
    before = picture(1), FACE
    assert face_gone_check(before, (picture(1), FACE), None).outcome == "fail"
    gone = face_gone_check(before, (picture(2), FACE), None)
    assert gone.outcome == "pass"
    assert "face-identity" in gone.value


def test_a_judge_is_asked_only_where_there_is_a_face() -> None:
    judge = ActingJudge()
    before = picture(1), FACE
    assert face_gone_check(before, (picture(1), FACE), judge).outcome == "fail"
    assert judge.asked == 1
    assert face_gone_check(before, (picture(2), None), judge).outcome == "pass"
    assert judge.asked == 1


def test_a_new_face_stands_where_the_old_one_did() -> None:
    assert BEFORE.face is not None
    assert new_face_check(BEFORE.face, BEFORE).outcome == "pass"
    assert new_face_check(BEFORE.face, None).outcome == "fail"
    astray = replace(BEFORE, face=face_at(20, 400, height=40))
    assert new_face_check(BEFORE.face, astray).outcome == "fail"


def test_one_person_is_painted_and_no_company() -> None:
    assert alone_check(BEFORE).outcome == "pass"
    assert alone_check(replace(BEFORE, others=1)).outcome == "fail"
    assert alone_check(None).outcome == "fail"


def test_hands_are_counted_and_their_fingers_measured() -> None:
    hand = hand_at(50, 300, palm=20)
    odd = hand.points.copy()
    odd[12] += (0, -150)
    crooked = Hand(points=odd, score=1, side="left")
    two = replace(BEFORE, hands=(hand, hand_at(250, 300, palm=20)))
    assert hands_check(two, two).outcome == "pass"
    assert hands_check(two, replace(BEFORE, hands=(hand,))).outcome == "fail"
    assert hands_check(two, replace(BEFORE, hands=(hand, crooked))).outcome == "fail"
    assert hands_check(BEFORE, replace(BEFORE, hands=(hand, hand, hand))).outcome == "fail"
    assert hands_check(BEFORE, BEFORE).outcome == "note"


def test_nobody_has_to_paint_a_third_hand_again() -> None:
    hand = hand_at(50, 300, palm=20)
    three = replace(BEFORE, hands=(hand, hand, hand))
    two = hands_check(three, replace(BEFORE, hands=(hand, hand)))
    assert two.outcome == "pass"
    assert "3 before" in two.value
    assert hands_check(three, replace(BEFORE, hands=(hand,))).outcome == "fail"
    assert hands_check(three, three).outcome == "fail"


def test_a_pose_may_move_a_little() -> None:
    assert BEFORE.pose is not None
    assert pose_check(BEFORE, BEFORE).outcome == "pass"
    for share, outcome in ((0.2, "pass"), (1.0, "fail")):
        points = BEFORE.pose.points + np.float32(share * BEFORE.scale_px)
        moved = replace(BEFORE, pose=replace(BEFORE.pose, points=points.astype(np.float32)))
        # Along both axes: the joints move by the square root of two of it.
        assert pose_check(BEFORE, moved).outcome == outcome
    assert pose_check(BEFORE, None).outcome == "fail"
    assert pose_check(replace(BEFORE, pose=None), BEFORE).outcome == "note"
    hidden = replace(BEFORE.pose, seen=np.zeros(33, np.float32))
    unclear = replace(BEFORE, pose=hidden)
    assert pose_check(unclear, BEFORE).outcome == "note"
    assert pose_check(BEFORE, unclear).outcome == "fail"
