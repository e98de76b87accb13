"""Several machines on one database: what it is asked for the snapshot, and when all have a change.

    python -m tests.benchmarks.serving machines [--tests 10000] [--machines 2] [--changes 20]

Each machine is a real `packshot serve --workers 2` with a home folder of its own; they share a real
PostgreSQL (by pip). First one builder alone asks through a wire that counts, so that the bytes and
turns of a look and of a change are known, and the document is packed as it would be to be sent
whole; then tests are changed while all machines serve.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import make_url

from studio.bootstrap.shell import open_shell
from studio.db.engine import Engine, open_engine
from studio.services.feed import Feed
from studio.services.tests import Tests
from studio.settings import Settings
from tests.benchmarks.serving.events import database_busy_s
from tests.benchmarks.serving.refresh import fill
from tests.faults.packshot import Packshot, packshot
from tests.faults.postgres import postgres
from tests.faults.waiting import until

_LOOKS = 200
_KNOCKS = 8
"""Connections in a row that must find a change: one after the other they reach all processes."""


class Wire:
    """A way to a PostgreSQL's socket that counts what passes."""

    def __init__(self, url: str) -> None:
        told = make_url(url)
        self._socket = str(Path(str(told.query["host"])) / ".s.PGSQL.5432")
        self._door = socket.create_server(("127.0.0.1", 0))
        host, port = self._door.getsockname()
        self.url = f"postgresql+psycopg://{told.username}@{host}:{port}/{told.database}"
        self.asked_bytes = self.answered_bytes = self.turns = 0
        threading.Thread(target=self._let_in, daemon=True).start()

    def _let_in(self) -> None:
        while True:
            near, _ = self._door.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._socket)
            for work, pair in ((self._ask, (near, far)), (self._answer, (far, near))):
                threading.Thread(target=work, args=pair, daemon=True).start()

    def _ask(self, near: socket.socket, far: socket.socket) -> None:
        while data := near.recv(1 << 20):
            self.asked_bytes += len(data)
            self.turns += 1
            far.sendall(data)

    def _answer(self, far: socket.socket, near: socket.socket) -> None:
        while data := far.recv(1 << 20):
            self.answered_bytes += len(data)
            near.sendall(data)


def _told(name: str, work: Callable[[], object], wire: Wire, engine: Engine, times: int) -> None:
    """Do it so often, and print what one cost."""
    before = wire.asked_bytes + wire.answered_bytes, wire.turns, database_busy_s(engine)
    own_s = time.process_time()
    for _ in range(times):
        work()
    own_s = time.process_time() - own_s
    sent = wire.asked_bytes + wire.answered_bytes - before[0]
    spent_s = database_busy_s(engine) - before[2]
    print(
        f"| {name} | {sent / times:,.0f} | {(wire.turns - before[1]) / times:.0f} "
        f"| {own_s / times * 1e3:.2f} | {spent_s / times * 1e3:.2f} |",
        flush=True,
    )


def alone(url: str, folder: Path, *, changes: int) -> None:
    """What one builder asks of the database, and what sending the whole document would take."""
    wire, direct = Wire(url), open_engine(url)
    feed = Feed(open_engine(wire.url), clock=time.time, file=folder / "snapshot.json")
    tests = Tests(direct, clock=time.time, new_id=lambda: "new")
    numbers = iter(range(changes))

    def change() -> None:
        tests.stop(f"t{next(numbers)}", who="benchmark")
        feed.refresh()

    print("| what | bytes | turns | own ms | database ms |\n|---|---:|---:|---:|---:|")
    _told("whole snapshot", feed.refresh, wire, direct, 1)
    _told("a look: nothing has changed", feed.refresh, wire, direct, _LOOKS)
    _told("a change (and the change itself)", change, wire, direct, changes)
    document = feed.document()
    packed = len(zlib.compress(document, 1))
    print(f"\nthe document: {len(document):,} bytes, packed {packed:,}\n", flush=True)
    direct.dispose()


def together(url: str, folder: Path, *, machines: int, changes: int, first: int) -> None:
    """Change tests while machines serve; print after how long all of their processes knew."""
    environment = {"PACKSHOT_DATABASE_URL": url, "PACKSHOT_WORKERS": "1"}
    shell = open_shell(Settings(home=folder / "merchant", database_url=url))
    with ExitStack() as stack:
        serving = [
            stack.enter_context(
                packshot(folder / f"m{n}", "--workers", "2", environment=environment)
            )
            for n in range(machines)
        ]
        for server in serving:
            while not _has_snapshot(server):  # each reads all tests at its first start
                time.sleep(0.5)
        spent_s = []
        for number in range(first, first + changes):
            shell.tests.stop(f"t{number}", who="benchmark")
            began_s, item = time.perf_counter(), f"item-{number}"
            until(lambda item=item: all(_knows(one, item) for one in serving), "all")  # type: ignore[misc]
            spent_s.append(time.perf_counter() - began_s)
    spent_s.sort()
    print(
        f"{machines} machines of 2 processes, {changes} changes, one after the other: all knew of "
        f"one after {spent_s[len(spent_s) // 2]:.2f} s (median), {spent_s[-1]:.2f} s at most"
    )


def _has_snapshot(server: Packshot) -> bool:
    try:
        return httpx.get(f"{server.url}/readyz", timeout=60).status_code == 200
    except httpx.HTTPError:
        return False


def _knows(server: Packshot, item: str) -> bool:
    """Whether a stopped test's item is shown by default on so many new connections."""
    return all(_reason(server.url, item) == "default" for _ in range(_KNOCKS))


def _reason(url: str, item: str) -> str:
    """Asked as cheaply as can be: a whole client would cost more than what is measured."""
    door = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    body = json.dumps({"unit": "u", "items": [item]})
    door.request("POST", "/v1/decide", body, {"Content-Type": "application/json"})
    told = json.loads(door.getresponse().read())
    door.close()
    return str(told["decisions"][0]["reason"])


def main(argv: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tests", type=int, default=10_000)
    parser.add_argument("--machines", type=int, default=2)
    parser.add_argument("--changes", type=int, default=20)
    asked = parser.parse_args(argv)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; {asked.tests:,} tests\n")
    with postgres() as database, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shell = open_shell(Settings(home=folder / "merchant", database_url=database.url))
        fill(shell.engine, asked.tests)
        shell.engine.dispose()
        alone(database.url, folder, changes=asked.changes)
        together(
            database.url, folder,
            machines=asked.machines, changes=asked.changes, first=asked.changes,
        )  # fmt: skip
    return 0
