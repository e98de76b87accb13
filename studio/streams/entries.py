"""What lies in a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

KEY: Final = "packshot:events"
_PAYLOAD, _EVENTS = b"d", b"n"


def key_of(tenant: str) -> str:
    """The key of a tenant's stream; empty: of the installation's own.

    Examples
    --------
    >>> key_of(""), key_of("acme")
    ('packshot:events', 'packshot:of:acme:events')
    """
    return f"packshot:of:{tenant}:events" if tenant else KEY


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


def fields_of(payload: bytes, events: int) -> dict[bytes, bytes | int]:
    """An entry as the server keeps it."""
    return {_PAYLOAD: payload, _EVENTS: events}


def entries_of(found: Sequence[tuple[bytes, Mapping[bytes, bytes] | None]]) -> list[Entry]:
    """Entries that the server gave; one that was deleted while it was held comes without fields."""
    return [
        Entry(id=name.decode(), payload=fields[_PAYLOAD], events=int(fields.get(_EVENTS, b"0")))
        for name, fields in found
        if fields
    ]


def unreadable_of(entry: Entry, *, why: str) -> dict[bytes, bytes | str]:
    """An entry that is kept for a person to look at."""
    return {_PAYLOAD: entry.payload, b"id": entry.id, b"why": why}
