"""A little HTTP server that hears webhooks, checks their signatures, and fails when told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """A request that came."""

    id: str
    at_s: int
    signature: str
    body: bytes
    status: int

    @property
    def data(self) -> dict[str, Any]:
        """The body as JSON."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    def is_signed_with(self, secret: str) -> bool:
        """Whether the signature is right, reckoned as a receiver would, not by our own code."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = b".".join([self.id.encode(), str(self.at_s).encode(), self.body])
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        return hmac.compare_digest(self.signature, f"v1,{expected}")


@dataclass
class Ear:
    """What was heard; `answers` are the statuses of the next answers, then 204.

    The ids in `refused` are answered with 500 whenever they come.
    """

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, *, timeout_s: float = 60.0) -> None:
        """Wait until so many requests came."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.heard) >= count, timeout=timeout_s)


@contextmanager
def hearing() -> Iterator[Ear]:
    """Run the server for as long as the block lasts."""
    ear = Ear()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # whoever sent it was killed meanwhile: it was not heard
            with ear.changed:
                status = ear.answers.pop(0) if ear.answers else 204
                if self.headers["webhook-id"] in ear.refused:
                    status = 500
                ear.heard.append(
                    Heard(
                        id=self.headers["webhook-id"],
                        at_s=int(self.headers["webhook-timestamp"]),
                        signature=self.headers["webhook-signature"],
                        body=body,
                        status=status,
                    )
                )
                ear.changed.notify_all()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", f"{ear.url}elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ear.url = f"http://127.0.0.1:{server.server_port}/hooks?shop=1"
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield ear
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
