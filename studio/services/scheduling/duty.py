"""One piece of recurring work, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.db.engine import DatabaseFault

MOST_BACKOFF_S = 600.0
"""A duty that fails is tried again after this time at the latest, or after its own interval."""
MOST_AWAY_S = 15.0
"""One that found no database, after this time: an outage ends for all of them at once, and nothing
is to be late for having failed in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Work that is done again and again, never twice at the same time.

    Parameters
    ----------
        name    : for logs and counters, in words joined by hyphens
        every_s : seconds from one beginning to the next, at least a tenth of a second
        run     : the work; whatever it raises is logged, counted, and tried again later
        outside : it waits for machines of others, which may be slow on purpose
    """

    name: str
    every_s: float
    run: Callable[[], object]
    outside: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a duty has a name")
        if self.every_s < 0.1:
            raise ValueError(f"{self.name}: every {self.every_s} s is too often")

    def backoff_s(self, failures: int, fault: Exception | None = None) -> float:
        """How long to wait after so many failures in a row, the last one by this fault.

        >>> duty = Duty(name="count", every_s=2.0, run=print)
        >>> [duty.backoff_s(failures) for failures in (1, 2, 20)]
        [4.0, 8.0, 600.0]
        >>> [duty.backoff_s(failures, DatabaseFault()) for failures in (1, 2, 20)]
        [4.0, 8.0, 15.0]
        """
        if isinstance(fault, DatabaseFault):
            return min(self.every_s * 2.0 ** min(failures, 20), MOST_AWAY_S)
        return max(self.every_s, min(self.every_s * 2.0 ** min(failures, 20), MOST_BACKOFF_S))
