"""What keys that were made with a rate may still ask for."""

from __future__ import annotations

from collections.abc import Callable

from studio.services.key_rights import Key


class Allowances:
    """What is left of the rates of keys, in this process alone.

    Parameters
    ----------
        clock : seconds that only grow
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left: dict[tuple[str, float], _Allowance] = {}

    def wait_s(self, key: Key) -> float:
        """Spend one request of a key's rate; seconds until there is one, 0 where it was spent."""
        if key.per_s is None:
            return 0.0
        now_s = self._clock()
        rate = (key.id, key.per_s)
        if rate not in self._left:
            self._left[rate] = _Allowance(per_s=key.per_s, now_s=now_s)
        return self._left[rate].take(now_s)


class _Allowance:
    """What is left of one key's rate: a bucket that holds what one second allows."""

    def __init__(self, *, per_s: float, now_s: float) -> None:
        self._per_s = per_s
        self._most = max(per_s, 1.0)
        self._left = self._most
        self._at_s = now_s

    def take(self, now_s: float) -> float:
        """Spend one request; seconds to wait where none is left, else 0."""
        self._left = min(self._left + (now_s - self._at_s) * self._per_s, self._most)
        self._at_s = now_s
        if self._left < 1.0:
            return (1.0 - self._left) / self._per_s
        self._left -= 1.0
        return 0.0
