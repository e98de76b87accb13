"""Lines out of a body that comes in pieces, in constant memory."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import Final

MAX_LINE_BYTES: Final = 64 * 2**10
"""Longest line that is read whole; of a longer one only so much is kept, which is no JSON."""


class LineBuffer:
    r"""Puts pieces together and parts them into lines.

    >>> buffer = LineBuffer()
    >>> buffer.feed(b"one\ntw"), buffer.feed(b"o\nthree"), buffer.rest()
    ([b'one'], [b'two'], [b'three'])
    """

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that a piece completes."""
        lines = (self._begun + piece).split(b"\n")
        # What is beyond the limit is dropped as it comes: a body without a line end stays small.
        # The one byte more tells, when the end comes, that the line was longer.
        self._begun = lines.pop()[: MAX_LINE_BYTES + 1]
        return [line[:MAX_LINE_BYTES] for line in lines]

    def rest(self) -> list[bytes]:
        """The last line, where no line end follows it."""
        return [self._begun[:MAX_LINE_BYTES]] if self._begun else []


async def grouped_lines(pieces: AsyncIterable[bytes], *, most: int) -> AsyncIterator[list[bytes]]:
    """The lines of a body, at most so many at a time."""
    buffer, waiting = LineBuffer(), list[bytes]()
    async for piece in pieces:
        waiting += buffer.feed(piece)
        while len(waiting) >= most:
            yield waiting[:most]
            waiting = waiting[most:]
    waiting += buffer.rest()
    if waiting:
        yield waiting
