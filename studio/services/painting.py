"""Painting for many workers at once: their single pictures meet on the device."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

import gpu
from pipelines.errors import Interrupted, OutOfMemory
from pipelines.generate import Ask, Generator, Profile, batches, remarks, where

Picture: TypeAlias = npt.NDArray[np.uint8]
BATCH_SIZES = (1, 2, 4, 8, 16, 32)
"""Few, because code is compiled for each."""
_TURN_S, _PATIENCE_S = 600.0, 4 * 3600.0
"""How long a model waits for room before others must make it, and at most. Long enough for what is
under way: two dozen pictures of the slowest model, which takes some 20 s for each on one card."""
_LINGER_S = 0.1
"""How long the first picture waits for others; a hundredth of what a batch takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A device by torch's name, the cache of its memory, and who meets there.

    Attributes
    ----------
    most_pictures
        In one batch; 1 on a processor, which one picture fills.
    budget_bytes
        What models may hold there together, and take to run.
    label
        The device by its maker's name.
    """

    device: str
    models: gpu.ModelCache
    batcher: gpu.Batcher[Ask, Picture]
    most_pictures: int = 1
    budget_bytes: int = 0
    label: str = ""

    def is_tight(self, needed_bytes: int) -> bool:
        """Whether a card has no room for so many bytes; a processor's memory is all one."""
        return self.device != "cpu" and needed_bytes > self.budget_bytes


def room(
    *,
    device: str,
    budget_bytes: int,
    most_pictures: int,
    emptied: Callable[[], None],
    label: str = "",
) -> Room:
    """Make a device's room.

    Parameters
    ----------
    budget_bytes
        What models may hold there together, and take to run.
    most_pictures
        In one batch on a card.
    emptied
        Gives memory that models let go of back to the device.
    """
    models = gpu.ModelCache(
        budget_bytes=budget_bytes, patience_s=_PATIENCE_S, turn_s=_TURN_S, evicted=emptied
    )
    on_card = device != "cpu"
    most = most_pictures if on_card else 1
    batcher: gpu.Batcher[Ask, Picture] = gpu.Batcher(
        limit=most,
        sizes=BATCH_SIZES,
        too_large=(OutOfMemory,),
        relieve=models.evict_idle,
        linger_s=_LINGER_S if on_card else 0.0,
        # A processor that paints has nothing left for others to work on.
        aside=gpu.aside if on_card else nullcontext,
    )
    return Room(
        device=device,
        models=models,
        batcher=batcher,
        most_pictures=most,
        budget_bytes=budget_bytes,
        label=label,
    )


class MeetingGenerator:
    """A leased model whose pictures are painted together with those of other workers.

    Parameters
    ----------
    key
        Names the loaded model: pictures of the same one, of one size and of equally many steps,
        may be painted together.
    picture_bytes
        What one picture takes while it is painted.
    """

    def __init__(
        self, generator: Generator, *, key: str, room: Room, picture_bytes: int | None = None
    ) -> None:
        self._leased: Generator | None = generator
        self._profile = generator.profile
        profile_says = self._profile.working_bytes
        self._picture_bytes = profile_says if picture_bytes is None else picture_bytes
        self._key = key
        self._room = room

    @property
    def profile(self) -> Profile:
        """What it is."""
        return self._profile

    @property
    def generator(self) -> Generator:
        """The leased model.

        Raises
        ------
        RuntimeError : the lease is over
        """
        if self._leased is None:
            raise RuntimeError(f"{self._profile.name} is no longer leased; lease it again")
        return self._leased

    def end(self) -> None:
        """Let go of the model as its lease ends: a finished job keeps none in memory."""
        self._leased = None

    @property
    def where(self) -> str:
        """Where it runs."""
        return where(self.generator)

    def remarks(self, ask: Ask) -> tuple[str, ...]:
        """What of an ask it cannot do."""
        return remarks(self.generator, ask)

    def paint(self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]) -> list[Picture]:
        """Paint every ask, with those of others where there are some.

        Raises
        ------
        Interrupted : `cancelled` said so before all were painted
        OutOfMemory : the device cannot hold even one picture
        and what the model raises for one of them
        """
        together: dict[Hashable, list[int]] = {}
        for index, ask in enumerate(asks):
            together.setdefault(self._kin(ask), []).append(index)
        painted: dict[int, Picture] = {}
        for kin, members in together.items():
            some = [asks[index] for index in members]
            most = self._limit() if batches(self.generator, some[0]) else 1
            made = self._together(some, kin, cancelled, limit=most)
            painted.update(zip(members, made, strict=True))
        return [painted[index] for index in range(len(asks))]

    def _together(
        self, asks: list[Ask], kin: Hashable, cancelled: Callable[[], bool], *, limit: int
    ) -> list[Picture]:
        try:
            return self._room.batcher.submit_all(
                asks,
                key=(self._key, kin),
                work=self._paint,
                limit=limit,
                cancelled=cancelled,
            )
        except gpu.JobCancelled as stopped:
            raise Interrupted from stopped

    def _paint(self, asks: Sequence[Ask], abandoned: Callable[[], bool]) -> list[Picture]:
        """Paint a batch, in parts where models were loaded into its room since it was asked for."""
        painted: list[Picture] = []
        while rest := asks[len(painted) :]:
            with self._room.models.reserve(self._picture_bytes, most=len(rest)) as fitting:
                count = max(size for size in BATCH_SIZES if size <= fitting)
                painted += self.generator.paint(rest[:count], cancelled=abandoned)
        return painted

    def _kin(self, ask: Ask) -> Hashable:
        """What pictures must have in common to be painted by one call."""
        profile = self.profile
        return (
            ask.size_px,
            batches(self.generator, ask),
            profile.steps if ask.steps is None else ask.steps,
            profile.guidance_scale if ask.guidance_scale is None else ask.guidance_scale,
            ask.strength,
            tuple(sorted(ask.control)),
            tuple(one.shape for one in ask.references),
        )

    def _limit(self) -> int:
        """Pictures that the device has memory for now, as far as can be reckoned."""
        fitting = self._room.models.free_bytes // max(1, self._picture_bytes)
        return max(1, min(self._room.most_pictures, fitting))
