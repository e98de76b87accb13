"""Whether a failed attempt is tried again: a decision is a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gpu.errors import TransientError


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Try again, not before `delay_s` seconds have passed."""

    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """The failure stands; `why` says whether the error or the number of attempts decided."""

    why: str


Decision: TypeAlias = Retry | GiveUp


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Tries again what may pass, with growing delays; everything else fails at once.

    `transient` holds the errors that another attempt may not meet. A bad input is not among
    them: it fails the same way every time.
    """

    max_attempts: int = 3
    first_delay_s: float = 1.0
    max_delay_s: float = 60.0
    transient: tuple[type[BaseException], ...] = (TransientError, ConnectionError, TimeoutError)

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("at least one attempt is needed")
        if not 0 <= self.first_delay_s <= self.max_delay_s:
            raise ValueError("delays are 0 or more, and the first is not above the longest")

    def decide(self, error: BaseException, *, attempts: int) -> Decision:
        """What to do after attempt number `attempts` (from 1) met this error.

        >>> RetryPolicy().decide(TimeoutError(), attempts=2)
        Retry(delay_s=2.0)
        """
        if not isinstance(error, self.transient):
            return GiveUp(why="the same attempt would fail again")
        if attempts >= self.max_attempts:
            return GiveUp(why=f"{attempts} attempts failed")
        delay_s: float = self.first_delay_s * 2.0 ** (attempts - 1)
        return Retry(delay_s=min(delay_s, self.max_delay_s))
