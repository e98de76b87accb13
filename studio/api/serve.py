"""Run the application under uvicorn, and stop it without losing a request."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import structlog

from studio.api.app import Beside, create_app
from studio.api.background import working
from studio.api.collecting import set_aside
from studio.api.origins import is_loopback
from studio.api.server import LOOP, Server
from studio.api.services import Services
from studio.db.engine import DatabaseFault
from studio.services.keys import Keys

_LOG = structlog.get_logger("studio.api")

_BACKLOG: Final = 2048
_MAX_PORT: Final = 65_535

LogFormat = Literal["text", "json"]


class ServeRefused(Exception):
    """The server cannot run like this; the sentence says what to change."""


class KeysNeeded(ServeRefused):
    """The address can be reached from other machines, and nothing would keep them out."""

    def __init__(self, *, host: str) -> None:
        self.host = host
        super().__init__(
            f"{host} can be reached from other machines, and no key is in force; run "
            "`packshot keys create --scope manage` first, or serve on 127.0.0.1"
        )


class AddressUnusable(ServeRefused):
    """The address cannot be bound."""

    def __init__(self, *, host: str, port: int, why: str) -> None:
        self.host = host
        self.port = port
        super().__init__(
            f"cannot listen on {host}:{port} ({why}); choose another with --host and --port"
        )


def serve(services: Services, *, host: str, port: int, drain_s: float = 0.0) -> None:
    """Answer requests until SIGINT or SIGTERM; then end what runs, and return.

    Port 0 takes a free one. Where it listens is logged as `listening`. Connections are still taken
    for `drain_s` after the signal, see `Server`.

    Raises
    ------
        KeysNeeded: an address that others reach, and no key in force
        AddressUnusable: in use, not of this machine, or not allowed
    """
    keys = services.keys if services.recheck is None else None
    listening = listen(keys, host=host, port=port)
    loopback = is_loopback(host)
    answer_on(listening, services, loopback=loopback, drain_s=drain_s, beside=working)
    _LOG.info("stopped")


def listen(keys: Keys | None, *, host: str, port: int, processes: int = 1) -> socket.socket:
    """A bound socket, told in the log; clients that come before the first answer wait in line.

    Parameters
    ----------
        keys : None where the database that holds them is away

    Raises
    ------
        KeysNeeded, AddressUnusable
    """
    guarded = _is_guarded(keys)
    if not is_loopback(host) and not guarded:
        raise KeysNeeded(host=host)
    listening = _bind(host, port)
    url = _url_of(listening)
    _LOG.info("listening", url=url, docs=f"{url}/docs", loop=LOOP, processes=processes)
    if not guarded:
        _LOG.warning(
            "open_without_keys",
            why="no key was created, so every program on this machine may do everything",
            fix="packshot keys create --scope manage",
        )
    return listening


def _is_guarded(keys: Keys | None) -> bool:
    """Whether a key is in force. Where the database is away, one is taken to be.

    Nothing is opened by that: until the database can be asked, each request but the feed's is
    refused, on whatever address.
    """
    if keys is None:
        return True
    try:
        return keys.any_in_force()
    except DatabaseFault:
        return True


def answer_on(
    listening: socket.socket,
    services: Services,
    *,
    loopback: bool,
    drain_s: float,
    beside: Beside,
) -> None:
    """Answer what comes to a socket until SIGINT or SIGTERM.

    Parameters
    ----------
        beside : what this process does besides, as a context manager
    """

    @contextmanager
    def settled(of: Services) -> Iterator[None]:
        with beside(of):
            set_aside()
            yield

    app = create_app(services, loopback=loopback, beside=settled)
    with listening:
        server = Server(app, stopping=services.stopping, drain_s=drain_s, quick=app.state.quick)
        server.run(sockets=[listening])


def configure_logging(*, level: str, form: LogFormat, process: str | None = None) -> None:
    """Log events with fields to stderr: aligned text for people, JSON lines for machines.

    What libraries and the engines log through `logging` goes the same way.

    Parameters
    ----------
        process : named in every event, where several processes log to one place
    """
    shared: list[structlog.typing.Processor] = [
        *([] if process is None else [_naming(process)]),
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [_console()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *last])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def _naming(process: str) -> structlog.typing.Processor:
    def name(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["process"] = process
        return event

    return name


def _console() -> structlog.dev.ConsoleRenderer:
    """Plain tracebacks: the rich ones take seconds, and show the values of local variables."""
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _bind(host: str, port: int) -> socket.socket:
    """Bind before anything starts, so that a busy port is one clear line."""
    if not 0 <= port <= _MAX_PORT:  # the resolver would take it modulo 65,536
        raise AddressUnusable(host=host, port=port, why=f"ports are 0 to {_MAX_PORT}")
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as fault:
        raise AddressUnusable(host=host, port=port, why=_why(fault)) from fault
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)  # clients that are quicker than the start wait in line
    except OSError as fault:
        listening.close()
        raise AddressUnusable(host=host, port=port, why=_why(fault)) from fault
    listening.set_inheritable(True)
    return listening


def _why(fault: OSError) -> str:
    return fault.strerror or str(fault)


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
