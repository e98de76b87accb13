"""How long periods have gone on, whatever was done to the clock meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from studio.db.periods import OpenPeriod


class PeriodAges:
    """Tells how old an open period is: by the clock, or by how long this process has known it.

    The two agree unless the clock was set. Set back, it says too little, and a period would end
    late, or never; the longer of the two is right then.

    Parameters
    ----------
        monotonic : seconds that nobody can set back
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: dict[tuple[str, int], float] = {}
        self._lock = threading.Lock()

    def look_at(self, periods: Iterable[OpenPeriod]) -> None:
        """Remember since when these are known, and forget all others."""
        now_s = self._monotonic()
        with self._lock:
            keys = [(period.test_id, period.number) for period in periods]
            self._seen = {key: self._seen.get(key, now_s) for key in keys}

    def age_s(self, test_id: str, number: int, *, started_s: float, now_s: float) -> float:
        """Seconds since the period began; negative where the clock says that it has not yet."""
        with self._lock:
            seen_s = self._seen.get((test_id, number))
        by_clock_s = now_s - started_s
        return by_clock_s if seen_s is None else max(by_clock_s, self._monotonic() - seen_s)
