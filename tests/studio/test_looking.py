"""Looks of several workers at a model on a card come together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest

import pipelines
from pipelines.errors import OutOfMemory
from studio.services.looking import MeetingMatter, looks, meeting

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


_LONG_S = 60.0
"""Longer than six threads need to meet; nobody waits once they have."""


class Card:
    """A model that tells how bright a picture is, and how many it saw at a time."""

    quick = None

    def __init__(self, *, most_pictures: int = 6, room: int = 6) -> None:
        self.card = pipelines.model_card("u2netp")
        self.device = "a card"
        self.most_pictures = most_pictures
        self.seen: list[int] = []
        self._room = room

    def probability(self, rgb: Rgb) -> Floats:
        return self.probabilities([rgb])[0]

    def probabilities(self, pictures: Sequence[Rgb]) -> list[Floats]:
        self.seen.append(len(pictures))
        if len(pictures) > self._room:
            raise OutOfMemory(name="card", device=self.device, pictures=len(pictures))
        return [np.full((2, 2), one.mean() / 255, np.float32) for one in pictures]


def _told(matter: pipelines.Matter, count: int) -> list[float]:
    """What each of `count` workers is told of its own picture."""

    def look(number: int) -> float:
        return float(matter.probability(np.full((4, 4, 3), number * 10, np.uint8))[0, 0])

    with ThreadPoolExecutor(count) as workers:
        return list(workers.map(look, range(count)))


def test_a_model_on_a_processor_is_left_as_it_is() -> None:
    card = Card(most_pictures=1)
    assert meeting(card, key="x", together=looks()) is card


@pytest.mark.parametrize(("room", "seen"), [(6, [6]), (3, [6, 3, 3])])
def test_each_worker_is_told_of_its_own_picture(room: int, seen: list[int]) -> None:
    card = Card(room=room)
    matter = meeting(card, key="x", together=looks(linger_s=_LONG_S))
    assert isinstance(matter, MeetingMatter)
    assert (matter.card, matter.device) == (card.card, card.device)
    assert _told(matter, 6) == pytest.approx([number * 10 / 255 for number in range(6)])
    assert card.seen == seen
