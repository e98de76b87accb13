"""Loaded models within a budget of bytes: loaded once, leased, evicted when least worth keeping."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gpu.errors import ModelCacheFull, ModelTooLarge
from gpu.hearing import hears, raise_if_asked_to_stop
from gpu.residents import ModelSpec, ModelT, Resident, Residents

_GLANCE_S = 0.2  # how often at most who waits looks whether a turn has come


class ModelCache:
    """Models that several workers share. Leased models are read-only and are never evicted.

    Parameters
    ----------
        budget_bytes : what all models may hold together, and what the hungriest of them takes
            to run, or what is reserved for runs: a device runs one model at a time
        patience_s : how long a lease waits for room that others use
        turn_s : once a model waited so long for room, those that take it are leased no further
        evicted : called after models were let go: gives their memory back to the device
        clock : seconds; measures loads and turns

    Safe to call from several threads. A worker that holds a lease and asks for another can wait
    for a worker that does the same; `patience_s` ends that with `ModelCacheFull`.
    """

    def __init__(
        self,
        *,
        budget_bytes: int,
        patience_s: float = 300.0,
        turn_s: float = 30.0,
        evicted: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget_bytes = budget_bytes
        self._patience_s = patience_s
        self._turn_s = turn_s
        self._evicted = evicted
        self._clock = clock
        self._residents = Residents()
        self._in_line: list[tuple[str, float]] = []
        self._expected: Counter[str] = Counter()
        self._reserved_bytes = 0
        self._changed = threading.Condition()
        self._mine = threading.local()

    @property
    def resident_bytes(self) -> int:
        """What the models in the cache hold together, those being loaded included."""
        with self._changed:
            return self._residents.resident_bytes

    @property
    def free_bytes(self) -> int:
        """What is left of the budget for runs."""
        with self._changed:
            return self._budget_bytes - self._residents.resident_bytes

    @property
    def keys(self) -> tuple[str, ...]:
        """The models in the cache, least recently used first."""
        with self._changed:
            return self._residents.keys

    @contextmanager
    def lease(self, spec: ModelSpec[ModelT]) -> Iterator[ModelT]:
        """The loaded model, for as long as the block runs.

        Raises
        ------
            ModelTooLarge: the model alone is above the budget
            ModelCacheFull: no room within `patience_s`
            JobCancelled: the thread's job was asked to stop while it waited
            and whatever `spec.load` raises; the next lease then tries again
        """
        entry = self._take(spec)
        self._mine.leases = self._leases_of_thread() + 1
        try:
            yield entry.model
        finally:
            self._mine.leases -= 1
            with self._changed:
                entry.leases -= 1
                self._changed.notify_all()

    @contextmanager
    def expect(self, *keys: str) -> Iterator[None]:
        """Say that this thread will lease these models inside the block, or has done so.

        Others let them stay for as long as their own turn has not come, though nobody has leased
        them at the moment: a job that prepares its picture is not overtaken by one that needs
        another model.
        """
        before: frozenset[str] = self._expected_by_thread()
        self._mine.expected = before | set(keys)
        with self._changed:
            self._expected.update(keys)
        try:
            yield
        finally:
            self._mine.expected = before
            with self._changed:
                self._expected.subtract(keys)
                self._changed.notify_all()

    @contextmanager
    def reserve(self, run_bytes: int, *, most: int) -> Iterator[int]:
        """Keep models from being loaded into the room of several runs at once.

        Gives how many there is room for now, from 1 to `most`; none is waited for, and for one
        the models themselves leave room.
        """
        with self._changed:
            left_bytes = self._budget_bytes - self._residents.resident_bytes - self._reserved_bytes
            runs = max(1, min(most, left_bytes // max(1, run_bytes)))
            self._reserved_bytes += runs * run_bytes
        try:
            yield runs
        finally:
            with self._changed:
                self._reserved_bytes -= runs * run_bytes
                self._changed.notify_all()

    def evict_idle(self) -> None:
        """Let go of every model that nobody has leased."""
        with self._changed:
            self._make_room(self._residents.idle(), until=lambda: False)
            self._changed.notify_all()

    def _take(self, spec: ModelSpec[ModelT]) -> Resident:
        if spec.least_bytes > self._budget_bytes:
            raise ModelTooLarge(
                key=spec.key, resident_bytes=spec.least_bytes, budget_bytes=self._budget_bytes
            )
        with self._changed:
            try:
                entry = self._wait_for_model_or_room(spec)
            finally:
                self._in_line = [one for one in self._in_line if one[0] != spec.key]
                self._changed.notify_all()
            if entry is not None:
                return entry
            entry = self._residents.add(spec)
        return self._load(spec, entry)

    def _wait_for_model_or_room(self, spec: ModelSpec[ModelT]) -> Resident | None:
        """The leased entry of a loaded model, or None once there is room to load it."""
        deadline_s = time.monotonic() + self._patience_s
        while True:
            entry = self._residents.get(spec.key)
            if entry is not None and not entry.loading and not self._another_has_its_turn(spec.key):
                entry.leases += 1
                self._residents.use(spec.key)
                return entry
            if entry is None:
                if self._make_room(self._idle_for(spec.key), until=lambda: self._fits(spec)):
                    return None
                if spec.key not in [key for key, _ in self._in_line]:
                    self._in_line.append((spec.key, self._clock()))
            remaining_s = deadline_s - time.monotonic()
            if remaining_s <= 0:
                in_use = self._residents.leased
                raise ModelCacheFull(key=spec.key, in_use=in_use, waited_s=self._patience_s)
            raise_if_asked_to_stop()
            glance_s = _GLANCE_S if hears() else max(self._turn_s, _GLANCE_S)
            self._changed.wait(min(remaining_s, glance_s))

    def _another_has_its_turn(self, key: str) -> bool:
        """Whether a model waited so long for room that this one must not be leased anew.

        A thread that holds a lease goes on: it gives room back only when it is done.
        """
        if not self._in_line or self._leases_of_thread():
            return False
        first = self._in_line[0][0]
        return first != key and self._has_its_turn(first)

    def _has_its_turn(self, key: str) -> bool:
        since_s = dict(self._in_line).get(key)
        return since_s is not None and self._clock() - since_s > self._turn_s

    def _expected_by_thread(self) -> frozenset[str]:
        expected: frozenset[str] = getattr(self._mine, "expected", frozenset())
        return expected

    def _idle_for(self, wanted: str) -> list[str]:
        """Models that may go for another, before its turn not those that other threads expect."""
        idle = self._residents.idle()
        if self._has_its_turn(wanted):
            return idle
        mine = self._expected_by_thread()
        return [key for key in idle if key in mine or not self._expected[key]]

    def _make_room(self, idle: Sequence[str], *, until: Callable[[], bool]) -> bool:
        """Let models go until it is enough; whether it is."""
        if self._residents.evict(idle, until=until):
            self._evicted()
        return until()

    def _fits(self, spec: ModelSpec[Any]) -> bool:
        running = max(self._residents.working_bytes_with(spec), self._reserved_bytes)
        needed = spec.resident_bytes + running
        return self._residents.resident_bytes + needed <= self._budget_bytes

    def _leases_of_thread(self) -> int:
        leases: int = getattr(self._mine, "leases", 0)
        return leases

    def _load(self, spec: ModelSpec[ModelT], entry: Resident) -> Resident:
        """Load outside the lock, so that models in use stay at hand meanwhile."""
        began_s = self._clock()
        try:
            entry.model = spec.load()
        except BaseException:
            with self._changed:
                self._residents.remove(spec.key)
                self._changed.notify_all()
            raise
        with self._changed:
            entry.load_s = self._clock() - began_s
            entry.loading = False
            self._residents.use(spec.key)
            self._changed.notify_all()
        return entry
