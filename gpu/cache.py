"""Loaded models within a budget of bytes: loaded once, leased, evicted when least recently used."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from gpu.errors import ModelCacheFull, ModelTooLarge

ModelT = TypeVar("ModelT")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec(Generic[ModelT]):
    """A model by name: how it is loaded and how many bytes it then holds."""

    key: str
    load: Callable[[], ModelT]
    resident_bytes: int

    def __post_init__(self) -> None:
        if self.resident_bytes < 0:
            raise ValueError(f"model {self.key} cannot hold {self.resident_bytes} bytes")


@dataclass(slots=True)
class _Entry:
    """A model in the cache; `model` is unset while `loading`."""

    resident_bytes: int
    leases: int = 0
    loading: bool = True
    model: Any = field(default=None)


class ModelCache:
    """Models that several workers share. Leased models are read-only and are never evicted.

    Parameters
    ----------
        budget_bytes : what all models may hold together
        patience_s : how long a lease waits for room that others use

    Safe to call from several threads. A worker that holds a lease and asks for another can wait
    for a worker that does the same; `patience_s` ends that with `ModelCacheFull`.
    """

    def __init__(self, *, budget_bytes: int, patience_s: float = 300.0) -> None:
        self._budget_bytes = budget_bytes
        self._patience_s = patience_s
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._changed = threading.Condition()

    @property
    def resident_bytes(self) -> int:
        """What the models in the cache hold together, those being loaded included."""
        with self._changed:
            return self._resident_bytes()

    @property
    def keys(self) -> tuple[str, ...]:
        """The models in the cache, least recently used first."""
        with self._changed:
            return tuple(self._entries)

    @contextmanager
    def lease(self, spec: ModelSpec[ModelT]) -> Iterator[ModelT]:
        """The loaded model, for as long as the block runs.

        Raises
        ------
            ModelTooLarge: the model alone is above the budget
            ModelCacheFull: no room within `patience_s`
            and whatever `spec.load` raises; the next lease then tries again
        """
        entry = self._take(spec)
        try:
            yield entry.model
        finally:
            with self._changed:
                entry.leases -= 1
                self._changed.notify_all()

    def evict_idle(self) -> None:
        """Let go of every model that nobody has leased."""
        with self._changed:
            self._evict(needed_bytes=self._budget_bytes + 1)
            self._changed.notify_all()

    def _take(self, spec: ModelSpec[ModelT]) -> _Entry:
        if spec.resident_bytes > self._budget_bytes:
            raise ModelTooLarge(
                key=spec.key,
                resident_bytes=spec.resident_bytes,
                budget_bytes=self._budget_bytes,
            )
        with self._changed:
            entry = self._wait_for_model_or_room(spec)
            if entry is not None:
                return entry
            entry = self._entries[spec.key] = _Entry(resident_bytes=spec.resident_bytes, leases=1)
        return self._load(spec, entry)

    def _wait_for_model_or_room(self, spec: ModelSpec[ModelT]) -> _Entry | None:
        """The leased entry of a loaded model, or None once there is room to load it."""
        deadline_s = time.monotonic() + self._patience_s
        while True:
            entry = self._entries.get(spec.key)
            if entry is not None and not entry.loading:
                entry.leases += 1
                self._entries.move_to_end(spec.key)
                return entry
            if entry is None and self._evict(needed_bytes=spec.resident_bytes):
                return None
            remaining_s = deadline_s - time.monotonic()
            if remaining_s <= 0 or not self._changed.wait(remaining_s):
                in_use = tuple(key for key, each in self._entries.items() if each.leases)
                raise ModelCacheFull(key=spec.key, in_use=in_use, waited_s=self._patience_s)

    def _load(self, spec: ModelSpec[ModelT], entry: _Entry) -> _Entry:
        """Load outside the lock, so that models in use stay at hand meanwhile."""
        try:
            entry.model = spec.load()
        except BaseException:
            with self._changed:
                del self._entries[spec.key]
                self._changed.notify_all()
            raise
        with self._changed:
            entry.loading = False
            self._changed.notify_all()
        return entry

    def _evict(self, *, needed_bytes: int) -> bool:
        """Drop idle models, oldest use first, until the bytes fit; whether they do."""
        for key in [key for key, entry in self._entries.items() if entry.leases == 0]:
            if self._resident_bytes() + needed_bytes <= self._budget_bytes:
                break
            del self._entries[key]
        return self._resident_bytes() + needed_bytes <= self._budget_bytes

    def _resident_bytes(self) -> int:
        return sum(entry.resident_bytes for entry in self._entries.values())
