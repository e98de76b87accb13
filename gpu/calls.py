"""Single calls that wait for a device, and which of them go together; for one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from gpu.errors import JobCancelled

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

Work: TypeAlias = Callable[[Sequence[ItemT], Callable[[], bool]], Sequence[ResultT]]
"""Runs items together, in order; the callable says whether nobody waits for them any more."""


@dataclass(slots=True, kw_only=True, eq=False)
class Call(Generic[ItemT, ResultT]):
    """One caller's item and, once it is over, its result or error."""

    item: ItemT
    key: Hashable
    work: Work[ItemT, ResultT]
    cost: float
    limit: float
    cancelled: Callable[[], bool]
    since_s: float
    result: Any = None
    error: BaseException | None = None
    over: bool = False

    def end(self, *, result: ResultT | None = None, error: BaseException | None = None) -> None:
        """Give the caller its result, or its error."""
        self.result, self.error, self.over = result, error, True


class WaitingCalls(Generic[ItemT, ResultT]):
    """Calls in the order in which they came.

    Parameters
    ----------
        sizes    : how many items a batch may have; empty for any number
        linger_s : how long a call waits for others of its key
    """

    def __init__(self, *, sizes: Sequence[int], linger_s: float) -> None:
        self._sizes = tuple(sizes)
        self._linger_s = linger_s
        self._calls: list[Call[ItemT, ResultT]] = []
        self._lowered: dict[Hashable, float] = {}

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._calls)

    def extend(self, calls: Iterable[Call[ItemT, ResultT]]) -> None:
        """Let calls wait."""
        self._calls.extend(calls)

    def drop_cancelled(self) -> bool:
        """End the calls whose callers have left; whether there were any."""
        left = [call for call in self._calls if call.cancelled()]
        for call in left:
            self._calls.remove(call)
            call.end(error=JobCancelled())
        return bool(left)

    def lower(self, key: Hashable, cost: float) -> None:
        """Let the batches of a key cost no more than this from now on."""
        self._lowered[key] = min(cost, self._lowered.get(key, cost))

    def take(self, now_s: float) -> tuple[list[Call[ItemT, ResultT]], float]:
        """What shall run next: what waited too long already, else whatever is full.

        Where nothing shall, for how many seconds the oldest call still waits for others.
        """
        patience_s = self._calls[0].since_s + self._linger_s - now_s
        batch, full = self._gather(self._calls[0].key)
        if not full and patience_s > 0:
            batch, full = self._any_full() or (batch, False)
        if not full and patience_s > 0:
            return [], patience_s
        for call in batch:
            self._calls.remove(call)
        return batch, 0.0

    def _any_full(self) -> tuple[list[Call[ItemT, ResultT]], bool] | None:
        for key in dict.fromkeys(call.key for call in self._calls):
            batch, full = self._gather(key)
            if full:
                return batch, True
        return None

    def _gather(self, key: Hashable) -> tuple[list[Call[ItemT, ResultT]], bool]:
        """The oldest calls of a key that fit into one batch, and whether no more would."""
        mine = [call for call in self._calls if call.key == key]
        limit = min(mine[0].limit, self._lowered.get(key, mine[0].limit))
        batch, cost = mine[:1], mine[0].cost
        for call in mine[1:]:
            if cost + call.cost > limit:
                return self._of_a_size(batch), True
            batch.append(call)
            cost += call.cost
        return self._of_a_size(batch), cost + min(call.cost for call in mine) > limit

    def _of_a_size(self, batch: list[Call[ItemT, ResultT]]) -> list[Call[ItemT, ResultT]]:
        fitting = [size for size in self._sizes if size <= len(batch)]
        return batch[: max(fitting)] if fitting else batch
