"""The client for asyncio: its work runs in two tasks of the running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from studio.client import messages
from studio.client.async_line import AsyncLine
from studio.client.core import Core
from studio.client.face import Face
from studio.client.messages import Effect, Plan
from studio.client.options import Options

_LOG = logging.getLogger(__name__)

_AGAIN_S: Final = 1.0
"""Wait before a plan that failed by a fault of ours is begun anew."""
_END_S: Final = 1.0
"""How long a task may take to end once its connection was cut; then it is cancelled."""


class AsyncClient(Face):
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
        core = Core(
            url,
            key=key,
            home=home,
            options=options or Options(),
            wake=self._waking.set,
            settled=self._settled.set,
        )
        super().__init__(core)
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
        self._line = AsyncLine(core.origin, core.headers)
        self._stream = AsyncLine(core.origin, core.headers)
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
            case messages.Call(request, timeout_s):
                return await self._line.call(request, timeout_s)
            case messages.Listen(request, timeout_s):
                return await self._stream.listen(request, timeout_s)
            case messages.Hear(timeout_s):
                return await self._stream.hear(timeout_s)
            case messages.HangUp():
                self._stream.close()
            case messages.Rest(timeout_s):
                await self._waking.wait(timeout_s)
            case messages.Work(work):
                return await asyncio.to_thread(work)
        return None
