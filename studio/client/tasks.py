"""The client for asyncio: its work runs in two tasks of the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, SupportsFloat

from studio.client.choices import Choice, Choices
from studio.client.core import Core, Health
from studio.client.messages import (
    Call,
    Effect,
    HangUp,
    Hear,
    Heard,
    Listen,
    Plan,
    Request,
    Rest,
    Unreachable,
    Work,
)
from studio.client.options import Options
from studio.client.wire import MAX_ANSWER_BYTES, READ_BYTES, Origin, Wire, WireFault

_LOG = logging.getLogger(__name__)

_AGAIN_S: Final = 1.0
"""Wait before a plan that failed by a fault of ours is begun anew."""
_END_S: Final = 1.0
"""How long a task may take to end once its connection was cut; then it is cancelled."""


class AsyncClient:
    """`studio.client.Client` for programs that run on asyncio.

    ::

        async with AsyncClient("https://images.shop.example", key=KEY) as client:
            shown = client.show("shopper-7", {"country": "DE"}, ["mug", "shoe"])
            client.click(shown["mug"])

    Deciding and recording are plain functions: they never wait. Only starting, flushing and
    closing are awaited.

    Parameters
    ----------
        url, key, home, options : as of `studio.client.Client`

    Raises
    ------
        UrlInvalid, OptionsInvalid
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        home: Path | None = None,
        options: Options | None = None,
    ) -> None:
        self._waking = _LoopEvent()
        self._settled = _LoopEvent()
        self._core = Core(
            url,
            key=key,
            home=home,
            options=options or Options(),
            wake=self._waking.set,
            settled=self._settled.set,
        )
        self._workers: tuple[_Worker, ...] = ()

    async def start(self) -> Self:
        """Begin to follow the server, and wait for its first answer, `start_s` at most.

        A server that cannot be reached is no error: the client goes on trying.

        Raises
        ------
            KeyRefused, ServerUnsuitable
        """
        if not self._workers:
            core = self._core
            core.open()
            self._waking.bind()
            self._settled.bind()
            resting = _LoopEvent()
            resting.bind()
            self._workers = (
                _Worker("packshot-snapshot", core.follower.plan, core, resting),
                _Worker("packshot-events", core.delivery.plan, core, self._waking),
            )
            for worker in self._workers:
                worker.start()
        await self._settled.wait(self._core.options.start_s)
        try:
            self._core.check_start()
        except Exception:
            await self.aclose()
            raise
        return self

    def decide(
        self,
        unit: object,
        attributes: object,
        items: Iterable[str],
        *,
        defaults: Mapping[str, str] | None = None,
    ) -> Choices:
        """The images of items for one shopper, without recording anything; never raises."""
        return self._core.decide(unit, attributes, items, defaults=defaults)

    def show(
        self,
        unit: object,
        attributes: object,
        items: Iterable[str],
        *,
        defaults: Mapping[str, str] | None = None,
    ) -> Choices:
        """`decide`, and record that each image was seen: for items that are certainly shown."""
        choices = self._core.decide(unit, attributes, items, defaults=defaults)
        self._core.record_impressions(choices)
        return choices

    def impression(self, choice: Choice) -> str | None:
        """Record that the image was seen; the event's id, None where nothing is counted."""
        return self._core.record("impression", choice)

    def click(self, choice: Choice) -> str | None:
        """Record a click on the image; the event's id, None where nothing is counted."""
        return self._core.record("click", choice)

    def conversion(self, choice: Choice, *, value: SupportsFloat | None = None) -> str | None:
        """Record a purchase, of this much money; the event's id, None where nothing is counted."""
        return self._core.record("conversion", choice, value=value)

    @property
    def health(self) -> Health:
        """How the client is: age of its snapshot, events that wait or were lost."""
        return self._core.health

    async def flush(self, timeout_s: float = 5.0) -> bool:
        """Send what waits now; whether the server has taken all of it in time."""
        if not self._workers:
            return self._core.delivery.pending == 0
        told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def tell(sent: bool) -> None:  # noqa: FBT001 - the callback's one answer
            if not told.done():
                told.set_result(sent)

        self._core.delivery.when_sent(tell)
        self._waking.set()
        try:
            async with asyncio.timeout(timeout_s):
                return await told
        except TimeoutError:
            return False

    async def aclose(self) -> None:
        """Send the last events, or keep them on disk, and end; a second time does nothing."""
        workers, self._workers = self._workers, ()
        self._core.follower.close()
        self._core.delivery.close()
        await asyncio.gather(*(worker.end(self._core.options.close_s) for worker in workers))

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


class _LoopEvent:
    """An event of a loop that any thread may set, even before the loop is known."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    def bind(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    def set(self) -> None:
        if self._loop is None or threading.get_ident() == self._thread:
            self._event.set()
        else:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, timeout_s: float | None) -> None:
        """Wait until it is set, or until the time is over; then it is unset."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        self._event.clear()


class _Worker:
    """A task that performs a plan over connections of its own."""

    def __init__(self, name: str, plan: Callable[[], Plan], core: Core, waking: _LoopEvent) -> None:
        self._name = name
        self._plan = plan
        self._waking = waking
        self._line = Line(core.origin, core.headers)
        self._stream = Line(core.origin, core.headers)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def end(self, timeout_s: float) -> None:
        """Wait for the plan's end; cut its connections where it takes too long."""
        if self._task is None:
            return
        self._stream.cut()
        self._waking.set()
        await asyncio.wait({self._task}, timeout=timeout_s)
        if not self._task.done():
            # Not cancelled yet: a plan whose request was cut puts its events to disk.
            self._line.cut()
            self._waking.set()
            await asyncio.wait({self._task}, timeout=_END_S)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._perform_all(self._plan())
            except Exception:  # noqa: BLE001 - outermost loop of a task; the shop must not notice
                _LOG.exception("client_work_failed")
                await self._waking.wait(_AGAIN_S)
                continue
            finally:
                self._line.close()
                self._stream.close()
            return

    async def _perform_all(self, plan: Plan) -> None:
        heard: object = None
        with contextlib.suppress(StopIteration):
            while True:
                heard = await self._perform(plan.send(heard))

    async def _perform(self, effect: Effect) -> object:
        match effect:
            case Call(request, timeout_s):
                return await self._line.call(request, timeout_s)
            case Listen(request, timeout_s):
                return await self._stream.listen(request, timeout_s)
            case Hear(timeout_s):
                return await self._stream.hear(timeout_s)
            case HangUp():
                self._stream.close()
            case Rest(timeout_s):
                await self._waking.wait(timeout_s)
            case Work(work):
                return await asyncio.to_thread(work)
        return None


class Line:
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
