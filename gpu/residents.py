"""Which models are held, what they take, and which of them goes first; for one thread at a time.

What a model is worth is the time that its return would take, for each byte it holds, on top of
what was worth least when room was last needed (GreedyDual-Size; Cao and Irani 1997, "Cost-aware
WWW proxy caching algorithms"). Among models that load at once, the least recently used goes first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

ModelT = TypeVar("ModelT")

_GB = 1e9
_LOAD_STEP_S = 0.1  # load times are compared in steps of this: below it they are noise


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec(Generic[ModelT]):
    """A model by name: how it is loaded, how many bytes it then holds, and what a run takes."""

    key: str
    load: Callable[[], ModelT]
    resident_bytes: int
    working_bytes: int = 0

    def __post_init__(self) -> None:
        for held in (self.resident_bytes, self.working_bytes):
            if held < 0:
                raise ValueError(f"model {self.key} cannot hold {held} bytes")

    @property
    def least_bytes(self) -> int:
        """What it needs to run at all."""
        return self.resident_bytes + self.working_bytes


@dataclass(slots=True)
class Resident:
    """A model that is held; `model` is unset while `loading`."""

    resident_bytes: int
    working_bytes: int
    leases: int = 0
    loading: bool = True
    load_s: float = 0.0
    worth: float = 0.0
    model: Any = field(default=None)

    @property
    def load_s_per_gb(self) -> float:
        """What its return would cost, for the room that it takes."""
        steps = round(self.load_s / _LOAD_STEP_S) * _LOAD_STEP_S
        return steps / max(self.resident_bytes / _GB, 1e-9)


class Residents:
    """Models by name, the least recently used first."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Resident] = OrderedDict()
        self._least_worth = 0.0

    @property
    def keys(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._held)

    @property
    def leased(self) -> tuple[str, ...]:
        """Names of those in use."""
        return tuple(key for key, each in self._held.items() if each.leases)

    @property
    def resident_bytes(self) -> int:
        """What they hold together, those being loaded included."""
        return sum(each.resident_bytes for each in self._held.values())

    def working_bytes_with(self, spec: ModelSpec[Any]) -> int:
        """What the hungriest would take to run, once this one is held too."""
        hungriest = max((each.working_bytes for each in self._held.values()), default=0)
        return max(spec.working_bytes, hungriest)

    def get(self, key: str) -> Resident | None:
        """The model of this name, if it is held."""
        return self._held.get(key)

    def add(self, spec: ModelSpec[Any]) -> Resident:
        """Hold room for a model that is now being loaded, by whom it is leased."""
        added = self._held[spec.key] = Resident(
            resident_bytes=spec.resident_bytes, working_bytes=spec.working_bytes, leases=1
        )
        return added

    def remove(self, key: str) -> None:
        """Forget a model that could not be loaded."""
        del self._held[key]

    def use(self, key: str) -> None:
        """Note that a model is used now."""
        used = self._held[key]
        used.worth = self._least_worth + used.load_s_per_gb
        self._held.move_to_end(key)

    def idle(self) -> list[str]:
        """Models that nobody has leased, those worth least first."""
        idle = [key for key, each in self._held.items() if each.leases == 0]
        return sorted(idle, key=lambda key: self._held[key].worth)

    def evict(self, idle: Iterable[str], *, until: Callable[[], bool]) -> bool:
        """Let go of models in their order until it is enough; whether any went."""
        gone = False
        for key in idle:
            if until():
                break
            evicted = self._held.pop(key)
            evicted.model = None  # who just gave its lease back may still refer to it
            self._least_worth = max(self._least_worth, evicted.worth)
            gone = True
        return gone
