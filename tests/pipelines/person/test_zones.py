from dataclasses import replace

import numpy as np
import pytest

from pipelines.person.zones import Zones
from tests.pipelines.person.bodies import hand_at, person_standing

SIZE = (300, 420)


def test_zones_lie_around_their_landmarks() -> None:
    person = person_standing(width=300, height=420, head=84)
    hand = hand_at(150, 308, palm=22)
    zones = Zones.of(replace(person, hands=(hand,)), SIZE, 1.0)
    assert person.face is not None
    x, y = np.round(person.face.centre).astype(int)
    assert zones.face[y, x]
    assert zones.head[y, x]
    assert not (zones.hair & zones.face).any()
    assert not (zones.neck & zones.torso).any()
    rows, columns = np.nonzero(zones.hands)
    assert columns.min() < hand.points[:, 0].min() < hand.points[:, 0].max() < columns.max()
    assert rows.min() < hand.points[:, 1].min() < hand.points[:, 1].max() < rows.max()


@pytest.mark.parametrize("zone", ["face", "head", "neck", "torso", "limbs"])
def test_zones_are_the_same_in_a_smaller_working_picture(zone: str) -> None:
    person = person_standing(width=300, height=420, head=84)
    whole = getattr(Zones.of(person, SIZE, 1.0), zone)
    half = getattr(Zones.of(person, (150, 210), 0.5), zone)
    assert 4 * half.sum() == pytest.approx(whole.sum(), rel=0.1)


def test_somebody_without_landmarks_has_no_zones() -> None:
    person = replace(
        person_standing(width=300, height=420, head=84), face=None, pose=None, hands=()
    )
    zones = Zones.of(person, SIZE, 1.0)
    assert not (zones.known | zones.neck | zones.torso | zones.limbs).any()
