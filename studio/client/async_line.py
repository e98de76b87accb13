"""A connection to the server for a task."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Mapping

from studio.client.messages import Heard, Request, Unreachable
from studio.client.wire import MAX_ANSWER_BYTES, READ_BYTES, Origin, Wire, WireFault


class AsyncLine:
    """A connection to the server, kept open between calls."""

    def __init__(self, origin: Origin, headers: Mapping[str, str]) -> None:
        self._origin = origin
        self._headers = headers
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._wire = Wire(origin, headers)
        self._first = b""
        self._limit: asyncio.Timeout | None = None
        self._cut = False

    async def call(self, request: Request, timeout_s: float) -> Heard:
        """Send a request and wait for the whole answer."""
        reused = self._ends is not None
        until_s = _now_s() + timeout_s
        heard = await self._heard(lambda: self._exchange(request), until_s)
        if reused and isinstance(heard, Unreachable) and self._wire.status == 0:
            # The server had closed a connection that lay idle. What we send may be sent twice.
            heard = await self._heard(lambda: self._exchange(request), until_s)
        return heard

    async def listen(self, request: Request, timeout_s: float) -> Heard:
        """Send a request and wait for the answer's head; `hear` gives the body."""
        return await self._heard(lambda: self._head(request), _now_s() + timeout_s)

    async def hear(self, timeout_s: float) -> bytes | None:
        """The stream's next bytes; None if none came in time, b"" once it has ended."""
        if self._first:
            chunk, self._first = self._first, b""
            return chunk
        try:
            async with asyncio.timeout(timeout_s):
                while not self._wire.ended:
                    if chunk := await self._receive():
                        return chunk
        except TimeoutError:
            return None
        except (OSError, WireFault):
            pass
        return b""

    def cut(self) -> None:
        """Let who waits for an answer or connects stop at once, and all later calls."""
        self._cut = True
        if self._limit is not None:
            with contextlib.suppress(RuntimeError):  # its time was over just now
                self._limit.reschedule(_now_s())
        self.close()

    def close(self) -> None:
        """Close the connection."""
        ends, self._ends = self._ends, None
        if ends is not None:
            ends[1].close()

    async def _heard(self, exchange: Callable[[], Awaitable[Heard]], until_s: float) -> Heard:
        if self._cut:
            return Unreachable("closing")
        try:
            async with asyncio.timeout_at(until_s) as self._limit:
                return await exchange()
        except (OSError, WireFault) as fault:
            self.close()
            why = "timed out" if isinstance(fault, TimeoutError) else str(fault)
            return Unreachable(why or type(fault).__name__)
        finally:
            self._limit = None

    async def _head(self, request: Request) -> Heard:
        await self._send(request)
        self._first = b""
        while not self._wire.status:
            self._first += await self._receive()
        return self._wire.answer(b"")

    async def _exchange(self, request: Request) -> Heard:
        await self._send(request)
        body = bytearray()
        while not self._wire.ended:
            body += await self._receive()
            if len(body) > MAX_ANSWER_BYTES:
                raise WireFault(f"the answer is above {MAX_ANSWER_BYTES:,} bytes")
        answer = self._wire.answer(bytes(body))
        if not self._wire.recycle():
            self.close()
        return answer

    async def _send(self, request: Request) -> None:
        if self._ends is None:
            self._wire = Wire(self._origin, self._headers)
            origin = self._origin
            secure = ssl.create_default_context() if origin.secure else None
            self._ends = await asyncio.open_connection(origin.host, origin.port, ssl=secure)
        _, writer = self._ends
        writer.write(self._wire.begin(request))
        await writer.drain()

    async def _receive(self) -> bytes:
        if self._ends is None:
            raise WireFault("the connection was closed")
        return self._wire.feed(await self._ends[0].read(READ_BYTES))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
