"""Finders, judges and painters of swaps whose answers are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import Interrupted
from pipelines.generate import Ability, Ask, ControlKind, Profile
from pipelines.person import Face, Person
from tests.pipelines.painting.painters import PROFILE
from tests.pipelines.person.drawn import HAIR, SKIN, WALL

Rgb = npt.NDArray[np.uint8]

DARK_SKIN, BLOND = (132, 86, 62), (206, 176, 110)
INPAINT: frozenset[Ability] = PROFILE.abilities
POSES: frozenset[ControlKind] = frozenset({"pose"})


def profile(**changes: object) -> Profile:
    """An inpainting model whose buckets hold the drawn person."""
    return replace(PROFILE, name="acting", buckets=((304, 424), (424, 304)), **changes)  # type: ignore[arg-type]


def is_skin(colour: npt.NDArray[np.generic]) -> bool:
    """Whether a colour is one of the two skins that are drawn here."""
    tones = np.array([SKIN, DARK_SKIN], np.float32)
    return bool((np.abs(tones - colour.astype(np.float32)).max(axis=1) < 30).any())


@dataclass
class ActingFinder:
    """Finds the drawn person again, with a face only where there is skin."""

    person: Person | None
    others: int = 0
    key: str = "finder@1"

    def find(self, rgb: Rgb) -> Person | None:
        if self.person is None or self.person.pose is None:
            return self.person
        x, y = np.round(self.person.pose.points[0]).astype(int)
        if self.person.face is None or rgb.shape[:2] != self.person.silhouette.shape:
            return replace(self.person, face=None, silhouette=np.zeros(rgb.shape[:2], np.float32))
        patch = rgb[max(0, y - 3) : y + 4, x - 3 : x + 4].reshape(-1, 3).mean(axis=0)
        twin = is_skin(rgb[y, 75:90].mean(axis=0))
        face = self.person.face if is_skin(patch) else None
        return replace(self.person, face=face, others=self.others + twin)


@dataclass
class ActingJudge:
    """Tells faces apart by the colour of their middle."""

    key: str = "judge@1"
    asked: int = 0

    def distance(self, one: tuple[Rgb, Face], other: tuple[Rgb, Face]) -> float:
        self.asked += 1
        tones = []
        for rgb, face in (one, other):
            x, y = np.round(face.centre).astype(int)
            tones.append(rgb[y - 3 : y + 4, x - 3 : x + 4].reshape(-1, 3).mean(axis=0))
        return float(np.abs(tones[0] - tones[1]).max() / 60)


@dataclass
class Actor:
    """A painter that answers each ask with a function of it."""

    answer: Callable[[Ask], Rgb]
    profile: Profile = field(default_factory=profile)
    asked: list[Ask] = field(default_factory=list)

    def paint(self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]) -> list[Rgb]:
        if cancelled():
            raise Interrupted("between two steps")
        self.asked += asks
        return [self.answer(one) for one in asks]


def another_person(ask: Ask) -> Rgb:
    """Dark skin for fair, blond hair for brown, where it may; the rest as an autoencoder does."""
    new = ask.picture.astype(np.float32)
    for old, fresh in ((SKIN, DARK_SKIN), (HAIR, BLOND)):
        same = np.abs(ask.picture.astype(np.float32) - old).max(axis=2) < 45
        new[same & (ask.mask > 0.5)] = fresh
    grain = np.random.default_rng(ask.seed).normal(0, 2.5, new.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(new, (0, 0), 0.5) + grain, 0, 255), np.uint8)


def the_same_person(ask: Ask) -> Rgb:
    grain = np.random.default_rng(ask.seed).normal(0, 2.5, ask.picture.shape)
    return np.asarray(np.clip(ask.picture + grain, 0, 255), np.uint8)


def nobody(ask: Ask) -> Rgb:
    painted = another_person(ask)
    for tone in (DARK_SKIN, BLOND):
        painted[np.abs(painted.astype(np.int16) - tone).max(axis=2) < 40] = WALL
    return painted


def over_the_garment(ask: Ask) -> Rgb:
    painted = another_person(ask)
    rows = np.arange(painted.shape[0])[:, None] // 8 % 2
    stripes = np.where(rows[..., None] > 0, (220, 40, 40), (240, 230, 60))
    return np.where((ask.mask < 0.5)[..., None], stripes, painted).astype(np.uint8)


def with_a_twin(ask: Ask) -> Rgb:
    painted = another_person(ask)
    painted[50:110, 66:98] = DARK_SKIN
    return painted


def black(ask: Ask) -> Rgb:
    return np.zeros_like(ask.picture)


def too_small(ask: Ask) -> Rgb:
    return ask.picture[:-8]


def shifted(ask: Ask) -> Rgb:
    return np.roll(another_person(ask), 12, axis=1)
