"""The client for ordinary programs: its work runs in two threads."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

from studio.client import messages
from studio.client.core import Core
from studio.client.face import Face
from studio.client.line import Line
from studio.client.messages import Effect, Plan, Unreachable
from studio.client.options import Options

_LOG = logging.getLogger(__name__)

_AGAIN_S: Final = 1.0
"""Wait before a plan that failed by a fault of ours is begun anew."""
_END_S: Final = 1.0
"""How long a thread may take to end once its connection was cut."""

T = TypeVar("T")


class Client(Face):
    """Decides which images to show, by itself, and reports what shoppers do.

    ::

        with Client("https://images.shop.example", key=KEY, home=Path("/var/lib/shop")) as client:
            shown = client.show("shopper-7", {"country": "DE"}, ["mug", "shoe"])
            shown["mug"].image                       # to the page
            client.click(shown["mug"])
            client.conversion(shown["mug"], value=19.90)

    Deciding needs no network: the tests lie in memory and follow the server's. Events leave in the
    background. After `start` nothing is raised: without a server the last known tests go on, and
    without those every item gets its default image; `health` says how things are. A process that is
    killed loses what it recorded less than `flush_s` before; while the server is away, less than
    `spill_after_s`, or `request_s` where it takes requests and never answers. `flush` and `close`
    leave nothing behind; without a `home`, `close` tries for `close_s` and drops the rest.

    Parameters
    ----------
        url     : of the server, https://host[:port][/path]
        key     : with the scopes decide and events; None for a server that runs open
        home    : folder that keeps the snapshot and unsent events between runs; several
                  processes may share it. None: nothing survives the process
        options : how to wait, batch and give up

    Raises
    ------
        UrlInvalid, OptionsInvalid

    Examples
    --------
    Without a server, and without a snapshot from an earlier run, defaults are shown:

    >>> client = Client("http://127.0.0.1:9")
    >>> choices = client.decide("shopper-7", {}, ["mug"], defaults={"mug": "/img/mug.jpg"})
    >>> choices["mug"].image, choices["mug"].reason
    ('/img/mug.jpg', 'unknown_item')
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        home: Path | None = None,
        options: Options | None = None,
    ) -> None:
        self._waking = threading.Event()
        self._settled = threading.Event()
        core = Core(
            url,
            key=key,
            home=home,
            options=options or Options(),
            wake=self._wake,
            settled=self._settled.set,
        )
        super().__init__(core)
        self._workers: tuple[_Worker, ...] = ()

    def start(self) -> Self:
        """Begin to follow the server, and wait for its first answer, `start_s` at most.

        A server that cannot be reached is no error: the client goes on trying.

        Raises
        ------
            KeyRefused, ServerUnsuitable
        """
        if not self._workers:
            self._begin()
            atexit.register(self.close)
            if hasattr(os, "register_at_fork"):  # where processes fork at all
                os.register_at_fork(after_in_child=_weakly(self._restart))
        self._settled.wait(self._core.options.start_s)
        try:
            self._core.check_start()
        except Exception:
            self.close()
            raise
        return self

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Send what waits now; whether the server has taken all of it in time."""
        told, outcome = threading.Event(), [False]

        def tell(sent: bool) -> None:  # noqa: FBT001 - the callback's one answer
            outcome[0] = sent
            told.set()

        if not self._workers:
            return self._core.delivery.pending == 0
        self._core.delivery.when_sent(tell)
        self._wake()
        return told.wait(timeout_s) and outcome[0]

    def close(self) -> None:
        """Send the last events, or keep them on disk, and end; a second time does nothing.

        Where a client was started, this also happens when the program ends.
        """
        workers, self._workers = self._workers, ()
        if not workers:
            return
        atexit.unregister(self.close)
        self._core.follower.close()
        self._core.delivery.close()
        until_s = time.monotonic() + self._core.options.close_s
        for worker in workers:
            worker.hurry()
        for worker in workers:
            worker.end(until_s)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _wake(self) -> None:
        # Not the event's own method: a forked process has another event.
        self._waking.set()

    def _begin(self) -> None:
        core = self._core
        core.open()
        delivering = _Worker("packshot-events", core.delivery.plan, core, self._waking)
        following = _Worker("packshot-snapshot", core.follower.plan, core, threading.Event())
        # In the order in which they are waited for at the end: events matter more.
        self._workers = (delivering, following)
        for worker in self._workers:
            worker.start()

    def _restart(self) -> None:
        """In a forked process: its own threads and connections; the parent sends what waited."""
        if self._workers:
            self._waking = threading.Event()
            self._core.forked()
            self._begin()


class _Worker:
    """A thread that performs a plan over a connection of its own."""

    def __init__(
        self, name: str, plan: Callable[[], Plan], core: Core, waking: threading.Event
    ) -> None:
        self._plan = plan
        self._waking = waking
        self._line = Line(core.origin, core.headers)
        self._stream = Line(core.origin, core.headers)
        self._cut = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hurry(self) -> None:
        """Let the plan see that it is to end."""
        self._waking.set()
        self._stream.cut()

    def end(self, until_s: float) -> None:
        """Wait for the plan's end; cut its connections where it takes too long."""
        self._thread.join(max(until_s - time.monotonic(), 0.0))
        if self._thread.is_alive():
            self._cut = True
            self._line.cut()
            self._waking.set()
            self._thread.join(_END_S)

    def _run(self) -> None:
        while True:
            try:
                self._perform_all(self._plan())
            except Exception:  # noqa: BLE001 - outermost loop of a thread; the shop must not notice
                _LOG.exception("client_work_failed")
                self._waking.wait(_AGAIN_S)
                continue
            finally:
                self._line.close()
                self._stream.close()
            return

    def _perform_all(self, plan: Plan) -> None:
        heard: object = None
        with contextlib.suppress(StopIteration):
            while True:
                heard = self._perform(plan.send(heard))

    def _perform(self, effect: Effect) -> object:
        match effect:
            case messages.Call(request, timeout_s):
                return Unreachable("closing") if self._cut else self._line.call(request, timeout_s)
            case messages.Listen(request, timeout_s):
                return self._stream.listen(request, timeout_s)
            case messages.Hear(timeout_s):
                return self._stream.hear(timeout_s)
            case messages.HangUp():
                self._stream.close()
            case messages.Rest(timeout_s):
                self._waking.wait(timeout_s)
                self._waking.clear()
            case messages.Work(work):
                return work()
        return None


def _weakly(method: Callable[[], T]) -> Callable[[], None]:
    """The method of an object that this does not keep alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        if (alive := reference()) is not None:
            alive()

    return call
