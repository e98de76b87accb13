"""A model hub on this machine, that speaks as much of the real one's HTTP as its client asks for."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class LocalHub:
    """Repositories by name, and what was asked for.

    Attributes
    ----------
    repos
        Bytes by file name, for each repository.
    spoiled
        Files that are sent with other bytes than listed.
    broken_after
        Files whose first sending breaks off after so many bytes.
    """

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    spoiled: set[str] = field(default_factory=set)
    broken_after: dict[str, int] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    sent: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    url: str = ""

    def info(self, repo: str) -> dict[str, Any]:
        siblings = []
        for name, data in self.repos[repo].items():
            one: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": git_sha1(data)}
            if name.endswith(".safetensors"):
                sha256 = hashlib.sha256(data).hexdigest()
                one["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 130}
            siblings.append(one)
        return {"id": repo, "sha": COMMIT, "siblings": siblings, "private": False}


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


@contextmanager
def local_hub() -> Iterator[LocalHub]:
    """Serve an empty hub on a free port for as long as the block lasts."""
    hub = LocalHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": hub}))
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: LocalHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0].strip("/")
        if path.startswith("api/models/"):
            repo = path.removeprefix("api/models/").partition("/revision/")[0]
            self._info(repo)
        else:
            repo, _, rest = path.partition("/resolve/")
            self._file(repo, rest.partition("/")[2], body=body)

    def _info(self, repo: str) -> None:
        if repo not in self.hub.repos:
            self._refuse(401, "RepoNotFound")
        elif repo in self.hub.gated:
            self._refuse(403, "GatedRepo")
        else:
            data = json.dumps(self.hub.info(repo)).encode()
            self._send(200, data, {"Content-Type": "application/json"})

    def _file(self, repo: str, name: str, *, body: bool) -> None:
        data = self.hub.repos.get(repo, {}).get(name)
        if data is None:
            self._refuse(404, "EntryNotFound")
            return
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT,
                   "Accept-Ranges": "bytes"}  # fmt: skip
        if name in self.hub.spoiled:
            data = bytes(len(data))
        start = 0
        if asked := self.headers.get("Range"):
            start = int(asked.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if not body:
            self._send(200, data, headers, body=False)
            return
        self.hub.sent.append(name)
        self.hub.ranges.append(asked or "")
        stop = self.hub.broken_after.pop(name, None)
        self._send(206 if asked else 200, data[start:], headers, stop=stop)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": code, "X-Error-Message": code})

    def _send(
        self, status: int, data: bytes, headers: dict[str, str], *, body: bool = True,
        stop: int | None = None,
    ) -> None:  # fmt: skip
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(data[:stop])
        if stop is not None:
            self.close_connection = True
