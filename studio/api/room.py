"""How much of requests' bodies may be in memory at once."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from typing import Final

from studio.services.errors import EventsBusy

_RETRY_AFTER_S: Final = 1.0


class Room:
    """A number of bytes that bodies share; who finds no room is to come again.

    To be used from the server's loop alone.
    """

    def __init__(self, *, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.held_bytes = 0

    @contextmanager
    def holding(self) -> Iterator[Hold]:
        """Give back, at the end of the block, what was taken in it."""
        hold = Hold(self)
        try:
            yield hold
        finally:
            self.held_bytes -= hold.held_bytes

    def take(self, count: int) -> None:
        """Take room.

        Raises
        ------
            EventsBusy: there is not so much; nothing was taken
        """
        if self.held_bytes + count > self._most_bytes:
            raise EventsBusy(retry_after_s=_RETRY_AFTER_S)
        self.held_bytes += count


class Hold:
    """What one request takes of a room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held_bytes = 0

    async def read(self, pieces: AsyncIterable[bytes]) -> bytes:
        """The whole of a body.

        Raises
        ------
            EventsBusy
        """
        body = bytearray()
        async for piece in pieces:
            self._room.take(len(piece))
            self.held_bytes += len(piece)
            body += piece
        return bytes(body)
