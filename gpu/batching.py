"""Single calls from many threads, run together: a device does eight at once as soon as three."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Generic

from gpu.calls import Call, ItemT, ResultT, WaitingCalls, Work
from gpu.errors import JobCancelled

_LOG = logging.getLogger(__name__)
_GLANCE_S = 0.2  # how often a waiting caller asks whether it is still wanted


class Batcher(Generic[ItemT, ResultT]):
    """Runs one batch at a time, for one device. Safe to call from several threads.

    There is no thread of its own: of the callers that wait, one leads and runs what has come
    together, its own item among the first.

    Parameters
    ----------
        limit : the cost of one batch at most; an item that costs more runs alone
        sizes : how many items a batch may have, where not any number: code that is compiled for
            each size should meet few
        linger_s : how long the first caller waits for others; none once a batch is full
        too_large : errors which say that a batch is too large. It is then run in halves, and the
            key's batches stay that small from then on.
        relieve : called after such an error, before the next try: lets go of what is not needed
        aside : entered by a caller while it waits, so that another may take its place
    """

    def __init__(
        self,
        *,
        limit: float = 8.0,
        sizes: Sequence[int] = (),
        linger_s: float = 0.1,
        too_large: tuple[type[Exception], ...] = (),
        relieve: Callable[[], None] = lambda: None,
        aside: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        if limit <= 0 or linger_s < 0:
            raise ValueError("limit is positive and linger_s is 0 or more")
        if sizes and 1 not in sizes:
            raise ValueError("a batch of one item must be among the sizes")
        self._limit = limit
        self._too_large = too_large
        self._relieve = relieve
        self._aside = aside
        self._waiting: WaitingCalls[ItemT, ResultT] = WaitingCalls(sizes=sizes, linger_s=linger_s)
        self._led = False
        self._changed = threading.Condition()

    def submit(
        self,
        item: ItemT,
        *,
        key: Hashable,
        work: Work[ItemT, ResultT],
        cost: float = 1.0,
        limit: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ResultT:
        """Run one item, as `submit_all` does."""
        (result,) = self.submit_all(
            [item], key=key, work=work, cost=cost, limit=limit, cancelled=cancelled
        )
        return result

    def submit_all(
        self,
        items: Sequence[ItemT],
        *,
        key: Hashable,
        work: Work[ItemT, ResultT],
        cost: float = 1.0,
        limit: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[ResultT]:
        """Run the items, with others of their key where there are some, and wait for all results.

        Each item costs `cost`; `limit` is what a batch of this key may cost, where that differs
        from the batcher's own.

        Raises
        ------
            JobCancelled: `cancelled` said so before an item was run
            and what `work` raises for one item alone: where a batch fails, each is tried by itself
        """
        calls = [
            Call(
                item=item,
                key=key,
                work=work,
                cost=cost,
                limit=self._limit if limit is None else limit,
                cancelled=cancelled,
                since_s=time.monotonic(),
            )
            for item in items
        ]
        with self._changed:
            self._waiting.extend(calls)
            self._changed.notify_all()
        with self._aside():
            for call in calls:
                self._see_through(call)
        for error in (call.error for call in calls):
            if error is not None:
                raise error
        return [call.result for call in calls]

    def _see_through(self, call: Call[ItemT, ResultT]) -> None:
        while self._must_lead(call):
            try:
                while not call.over:
                    self._run(self._next_batch())
            finally:
                with self._changed:
                    self._led = False
                    self._changed.notify_all()

    def _must_lead(self, call: Call[ItemT, ResultT]) -> bool:
        """Wait until the call is over, or until nobody leads: then this caller does."""
        with self._changed:
            while not call.over:
                if not self._led:
                    self._led = True
                    return True
                self._drop_cancelled()
                if not call.over:
                    self._changed.wait(_GLANCE_S)
            return False

    def _next_batch(self) -> list[Call[ItemT, ResultT]]:
        """Take what shall run next; empty where every waiting caller has left."""
        with self._changed:
            while True:
                self._drop_cancelled()
                if not self._waiting:
                    return []
                batch, patience_s = self._waiting.take(time.monotonic())
                if batch:
                    return batch
                self._changed.wait(min(patience_s, _GLANCE_S))

    def _drop_cancelled(self) -> None:
        if self._waiting.drop_cancelled():
            self._changed.notify_all()

    def _run(self, batch: list[Call[ItemT, ResultT]]) -> None:
        """See a batch through, in parts where it must be; every call of it is over then."""
        parts = [batch] if batch else []
        try:
            while parts:
                parts = [*self._try(parts[0]), *parts[1:]]
                with self._changed:
                    self._changed.notify_all()
        except BaseException as error:
            for call in batch:
                if not call.over:
                    call.end(error=error)
            raise

    def _try(self, batch: list[Call[ItemT, ResultT]]) -> list[list[Call[ItemT, ResultT]]]:
        """Run a batch once; returns what of it must be run again, in which parts."""
        error = self._attempt(batch)
        if error is None:
            return []
        # What a failed call still holds on the device hangs on the frames of its error.
        traceback.clear_frames(error.__traceback__)
        too_large = isinstance(error, self._too_large)
        if too_large:
            self._relieve()
        if len(batch) > 1 and all(call.cancelled() for call in batch):
            for call in batch:
                call.end(error=JobCancelled())
            return []
        if len(batch) == 1:
            if too_large:
                error = self._attempt(batch)  # once more, now that there is more room
            if error is not None:
                batch[0].end(error=error)
            return []
        _LOG.warning(
            "batch_divided",
            extra={"key": str(batch[0].key), "items": len(batch), "why": repr(error)},
        )
        return self._halves(batch) if too_large else [[call] for call in batch]

    def _attempt(self, batch: list[Call[ItemT, ResultT]]) -> Exception | None:
        try:
            results = batch[0].work(
                [call.item for call in batch], lambda: all(call.cancelled() for call in batch)
            )
            if len(results) != len(batch):
                raise ValueError(f"{len(batch)} items gave {len(results)} results")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001 - given to the callers, each its own
            return error
        for call, result in zip(batch, results, strict=True):
            call.end(result=result)
        return None

    def _halves(self, batch: list[Call[ItemT, ResultT]]) -> list[list[Call[ItemT, ResultT]]]:
        """Divide a batch that was too large, and lower what its key may cost."""
        halves = [batch[: (len(batch) + 1) // 2], batch[(len(batch) + 1) // 2 :]]
        largest = max(sum(call.cost for call in half) for half in halves)
        with self._changed:
            self._waiting.lower(batch[0].key, largest)
        return halves
