"""The server of one process: how it is set up, and how it stops without dropping a request."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from functools import partial
from types import FrameType
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from studio.api.patience import KEEP_ALIVE_S
from studio.api.quick_protocol import QuickAnswers, QuickProtocol

_LOG = structlog.get_logger("studio.api")

GRACE_S: Final = 30
"""How long requests may take to end once the server was told to stop."""
LINGER_S: Final = 1.0
"""How long connections at rest may still bring a request, which is answered with a farewell."""
_GLANCE_S: Final = 0.05

try:
    import uvloop  # noqa: F401 - only whether it is there

    LOOP: Final = "uvloop"
except ImportError:  # it is not made for Windows
    LOOP = "asyncio"  # type: ignore[misc]


class Server(uvicorn.Server):
    """Answers on a listening socket until it is told to stop.

    HTTP knows no word for "I shall close this connection at rest now": a request may be on its way
    in that moment, and would be lost. So the server says farewell with its answers: from the signal
    on each bears `Connection: close`, and only connections that bring no request for `LINGER_S`
    are closed without one.

    Parameters
    ----------
        stopping : set when the server begins to stop, so that streams and probes hear of it
        drain_s  : for how long it still takes connections then, while `/readyz` already says no
        quick    : answers plain requests before the application sees them
    """

    def __init__(
        self,
        app: FastAPI,
        *,
        stopping: threading.Event,
        drain_s: float = 0.0,
        quick: QuickAnswers | None = None,
    ) -> None:
        super().__init__(_config(app, quick))
        self._stopping = stopping
        self._drain_s = drain_s

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """End gracefully; a second Ctrl-C ends at once.

        The base class would raise the signal again at the end, and with it the exit code of a
        killed process: to be told to stop is no failure.
        """
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell streams and probes first. Not in the handler, which may take no lock."""
        self._stopping.set()
        _LOG.info("stopping")
        # The answers of requests that run already hold this very list.
        self.server_state.default_headers.append((b"connection", b"close"))
        await self._wait(self._drain_s, for_connections=False)
        for server in self.servers:
            server.close()
        await self._wait(LINGER_S, for_connections=True)
        await super().shutdown(sockets)

    async def _wait(self, limit_s: float, *, for_connections: bool) -> None:
        until_s = asyncio.get_running_loop().time() + limit_s
        while asyncio.get_running_loop().time() < until_s and not self.force_exit:
            if for_connections and not self.server_state.connections:
                return
            await asyncio.sleep(_GLANCE_S)


def _config(app: FastAPI, quick: QuickAnswers | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop=LOOP,
        http=partial(QuickProtocol, quick=quick),  # type: ignore[arg-type] # what makes one will do
        ws="none",
        log_config=None,
        log_level="warning",  # its start and stop are told by our own events
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # nothing here depends on who is told to have asked
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
