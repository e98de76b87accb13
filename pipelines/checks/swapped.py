"""What became of the person in a swap: the old face gone, a new one there, hands and pose."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.person import ANOTHER_PERSON, Face, FaceJudge, Person
from pipelines.person.body import ANKLES, ELBOWS, HIPS, KNEES, SHOULDERS, WRISTS
from pipelines.report import Check, judged, noted

Rgb = npt.NDArray[np.uint8]

_ANOTHER_SEED = "try another --seed, or another --model"
_SAME_PIXELS = 0.75
_SEEN = 0.6
"""Likelihood from which a joint is compared: hidden ones are guesses on both sides."""
_MOST_MOVED = 0.45
"""Of a head, on average: the networks themselves differ by 0.1 between two photos of one pose."""
_FACE_SHIFT = 1.2
"""Of a face's height: how far the new face may lie from the old one's place."""
_MOST_HANDS = 2
_PATCH_PX = 48


def face_gone_check(
    before: tuple[Rgb, Face], after: tuple[Rgb, Face | None], judge: FaceJudge | None
) -> Check:
    """Judge whether the old person can still be recognised."""
    rgb, face = after
    if judge is None or face is None:
        return _pixels_gone(before, rgb, why="" if judge is not None else _NO_JUDGE)
    distance = judge.distance(before, (rgb, face))
    return judged(
        "old face gone",
        passed=distance >= ANOTHER_PERSON,
        value=f"face distance {distance:.2f}",
        limit=f"at least {ANOTHER_PERSON:g}: another person",
        fix=_ANOTHER_SEED,
    )


_NO_JUDGE = "; by its pixels only: packshot models pull face-identity compares faces"


def _pixels_gone(before: tuple[Rgb, Face], after: Rgb, *, why: str) -> Check:
    old, face = before
    low = np.maximum(face.outline.min(axis=0).astype(int), 0)
    high = np.maximum(face.outline.max(axis=0).astype(int), low + 2)
    window = np.s_[low[1] : high[1], low[0] : high[0]]
    first, second = (_patch(one[window]) for one in (old, after))
    alike = float(np.corrcoef(first, second)[0, 1]) if min(first.std(), second.std()) > 1 else 0.0
    return judged(
        "old face gone",
        passed=alike < _SAME_PIXELS,
        value=f"its place correlates by {alike:.2f} with the photo{why}",
        limit=f"below {_SAME_PIXELS:g}",
        fix=_ANOTHER_SEED,
    )


def _patch(rgb: Rgb) -> npt.NDArray[np.float64]:
    grey = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_PATCH_PX, _PATCH_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64).ravel()


def new_face_check(before: Face, after: Person | None) -> Check:
    """Judge whether there is a face where one was."""
    face = after.face if after is not None else None
    away = _FACE_SHIFT * 2
    if face is not None:
        away = float(np.linalg.norm(face.centre - before.centre)) / before.height_px
    value = "no face is found" if face is None else f"a face, {away:.2f} of its height away"
    return judged(
        "new face",
        passed=face is not None and away <= _FACE_SHIFT,
        value=value,
        limit="one where the old one was",
        fix=_ANOTHER_SEED,
    )


def alone_check(after: Person | None) -> Check:
    """Judge whether there is one person again: the painter may add somebody, or paint nobody."""
    number = 0 if after is None else after.others + 1
    return judged(
        "one person",
        passed=number == 1,
        value=f"{number} found",
        limit="one",
        fix=_ANOTHER_SEED,
    )


def hands_check(before: Person, after: Person | None) -> Check:
    """Judge the hands: as many as before, each with a hand's proportions."""
    found = () if after is None else after.hands
    odd = sum(not one.plausible for one in found)
    # More were somebody else's, or no hands: nobody is asked to paint them again.
    expected = min(len(before.hands), _MOST_HANDS)
    if not found and not expected:
        return noted("hands", "none are found, before or after")
    return judged(
        "hands",
        passed=odd == 0 and expected <= len(found) <= _MOST_HANDS,
        value=f"{len(found)} found, {odd} of them misshapen; {len(before.hands)} before",
        limit=f"as many as before, at most {_MOST_HANDS}, each with a hand's proportions",
        fix=_ANOTHER_SEED,
    )


def pose_check(before: Person, after: Person | None) -> Check:
    """Judge whether the new person stands as the old one did, so that the garment fits."""
    if before.pose is None:
        return noted("pose", "not compared: the photo shows none")
    if after is None or after.pose is None:
        return judged("pose", passed=False, value="none is found", limit="the old one's",
                      fix=_ANOTHER_SEED)  # fmt: skip
    pairs = (SHOULDERS, ELBOWS, WRISTS, HIPS, KNEES, ANKLES)
    joints = [joint for pair in pairs for joint in pair]
    known = before.pose.seen[joints] >= _SEEN
    if not known.any():
        return noted("pose", "not compared: the photo shows no joint clearly")
    both = known & (after.pose.seen[joints] >= _SEEN)
    if not both.any():
        return judged("pose", passed=False, value="none of the photo's joints is seen",
                      limit="the old one's", fix=_ANOTHER_SEED)  # fmt: skip
    apart = np.linalg.norm(before.pose.points - after.pose.points, axis=1)[joints][both]
    moved = float(apart.mean()) / before.scale_px
    return judged(
        "pose",
        passed=moved <= _MOST_MOVED,
        value=f"joints moved by {moved:.2f} of a head on average",
        limit=f"at most {_MOST_MOVED:g}",
        fix=_ANOTHER_SEED,
    )
