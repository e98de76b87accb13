"""Looks of several workers at their pictures, run together on a card."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

import gpu
import pipelines
from pipelines.errors import OutOfMemory

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Looks: TypeAlias = "gpu.Batcher[Rgb, Floats]"

_LINGER_S = 0.02
"""A look takes about three times as long: whoever is nearly there gets a place."""


@runtime_checkable
class ManyAtOnce(pipelines.Matter, Protocol):
    """A model that may see several pictures together."""

    @property
    def most_pictures(self) -> int:
        """How many it gains from; 1 for none."""
        ...

    def probabilities(self, pictures: Sequence[Rgb]) -> list[Floats]:
        """Probability of product for each."""
        ...


@runtime_checkable
class Preparable(Protocol):
    """A model that can do beforehand what its first picture would wait for."""

    def prepare(self) -> None:
        """Do it; safe to call from several threads, and again."""
        ...


def looks(*, linger_s: float = _LINGER_S) -> Looks:
    """Where workers meet: one batch runs at a time, halved where the card cannot hold it."""
    return gpu.Batcher(linger_s=linger_s, too_large=(OutOfMemory,), aside=gpu.aside)


def meeting(matter: pipelines.Matter, *, key: str, together: Looks) -> pipelines.Matter:
    """Let a leased model's looks meet those of other workers, where it gains from that.

    Parameters
    ----------
    key
        Names the loaded model.
    """
    if isinstance(matter, ManyAtOnce) and matter.most_pictures > 1:
        return MeetingMatter(matter, key=key, together=together)
    return matter


class MeetingMatter:
    """A leased model whose pictures are seen together with those of other workers."""

    quick = None

    def __init__(self, matter: ManyAtOnce, *, key: str, together: Looks) -> None:
        self._matter, self._key, self._together = matter, key, together

    @property
    def card(self) -> pipelines.ModelCard:
        """What the model is."""
        return self._matter.card

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._matter.device

    def probability(self, rgb: Rgb) -> Floats:
        """Probability of product at the model's own resolution, float32 in [0, 1].

        Raises
        ------
        OutOfMemory : the card cannot hold even this one
        """
        return self._together.submit(
            rgb,
            key=self._key,
            work=lambda pictures, _: self._matter.probabilities(pictures),
            limit=self._matter.most_pictures,
        )
