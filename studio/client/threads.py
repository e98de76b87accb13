"""The client for ordinary programs: its work runs in two threads."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self, SupportsFloat, TypeVar

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
"""How long a thread may take to end once its connection was cut."""

T = TypeVar("T")


class Client:
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
        self._core = Core(
            url,
            key=key,
            home=home,
            options=options or Options(),
            wake=self._wake,
            settled=self._settled.set,
        )
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

    def decide(
        self,
        unit: object,
        attributes: object,
        items: Iterable[str],
        *,
        defaults: Mapping[str, str] | None = None,
    ) -> Choices:
        """The images of items for one shopper, without recording anything; never raises.

        Parameters
        ----------
            unit       : your stable id of the shopper or visit
            attributes : what is known of the shopper, a dict of JSON values
            items      : ids of products
            defaults   : item to its image, shown where the server knows none
        """
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
            case Call(request, timeout_s):
                return Unreachable("closing") if self._cut else self._line.call(request, timeout_s)
            case Listen(request, timeout_s):
                return self._stream.listen(request, timeout_s)
            case Hear(timeout_s):
                return self._stream.hear(timeout_s)
            case HangUp():
                self._stream.close()
            case Rest(timeout_s):
                self._waking.wait(timeout_s)
                self._waking.clear()
            case Work(work):
                return work()
        return None


class Line:
    """A connection to the server, kept open between calls."""

    def __init__(self, origin: Origin, headers: Mapping[str, str]) -> None:
        self._origin = origin
        self._headers = headers
        self._socket: socket.socket | None = None
        self._wire = Wire(origin, headers)
        self._first = b""

    def call(self, request: Request, timeout_s: float) -> Heard:
        """Send a request and wait for the whole answer."""
        until_s = time.monotonic() + timeout_s
        reused = self._socket is not None
        heard = self._heard(lambda: self._exchange(request, until_s))
        if reused and isinstance(heard, Unreachable) and self._wire.status == 0:
            # The server had closed a connection that lay idle. What we send may be sent twice.
            heard = self._heard(lambda: self._exchange(request, until_s))
        return heard

    def listen(self, request: Request, timeout_s: float) -> Heard:
        """Send a request and wait for the answer's head; `hear` gives the body."""
        until_s = time.monotonic() + timeout_s

        def head() -> Heard:
            self._send(request, until_s)
            self._first = b""
            while not self._wire.status:
                self._first += self._receive(until_s)
            return self._wire.answer(b"")

        return self._heard(head)

    def hear(self, timeout_s: float) -> bytes | None:
        """The stream's next bytes; None if none came in time, b"" once it has ended."""
        if self._first:
            chunk, self._first = self._first, b""
            return chunk
        until_s = time.monotonic() + timeout_s
        try:
            while not self._wire.ended:
                if chunk := self._receive(until_s):
                    return chunk
        except TimeoutError:
            return None
        except (OSError, WireFault):
            pass
        return b""

    def cut(self) -> None:
        """Let whoever waits on the connection stop at once; from another thread."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        held, self._socket = self._socket, None
        if held is not None:
            with contextlib.suppress(OSError):
                held.close()

    def _heard(self, exchange: Callable[[], Heard]) -> Heard:
        try:
            return exchange()
        except (OSError, WireFault) as fault:
            self.close()
            why = "timed out" if isinstance(fault, TimeoutError) else str(fault)
            return Unreachable(why or type(fault).__name__)

    def _exchange(self, request: Request, until_s: float) -> Heard:
        self._send(request, until_s)
        body = bytearray()
        while not self._wire.ended:
            body += self._receive(until_s)
            if len(body) > MAX_ANSWER_BYTES:
                raise WireFault(f"the answer is above {MAX_ANSWER_BYTES:,} bytes")
        answer = self._wire.answer(bytes(body))
        if not self._wire.recycle():
            self.close()
        return answer

    def _send(self, request: Request, until_s: float) -> None:
        if self._socket is None:
            self._wire = Wire(self._origin, self._headers)
            self._socket = self._connect(until_s)
        data = self._wire.begin(request)
        self._socket.settimeout(_left_s(until_s))
        self._socket.sendall(data)

    def _receive(self, until_s: float) -> bytes:
        if self._socket is None:
            raise WireFault("the connection was closed")
        self._socket.settimeout(_left_s(until_s))
        return self._wire.feed(self._socket.recv(READ_BYTES))

    def _connect(self, until_s: float) -> socket.socket:
        origin = self._origin
        plain = socket.create_connection((origin.host, origin.port), _left_s(until_s))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not origin.secure:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=origin.host)
        except BaseException:
            plain.close()
            raise


def _left_s(until_s: float) -> float:
    left_s = until_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError
    return left_s


def _weakly(method: Callable[[], T]) -> Callable[[], None]:
    """The method of an object that this does not keep alive."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        if (alive := reference()) is not None:
            alive()

    return call
