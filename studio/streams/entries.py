"""What lies in a stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one append wrote.

    Parameters
    ----------
        id      : the server's, in the order of writing, such as 1750000000000-0
        payload : the writer's bytes
        events  : how many events they hold
    """

    id: str
    payload: bytes
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is not in the database yet.

    Parameters
    ----------
        entries  : how many
        oldest_s : when the first of them was written, by the server's clock; None where none waits
    """

    entries: int = 0
    oldest_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits.

    Parameters
    ----------
        entries : written and not yet in the database
        held    : of these, given to a counter that has not acknowledged them
        added   : ever written to this stream; falls only when the server lost the stream
    """

    entries: int
    held: int
    added: int
