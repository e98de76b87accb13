"""A `packshot serve` whose disk fills up, whose clock steps, whose snapshot is damaged, whose
clients are slow."""

from __future__ import annotations

import itertools
import mmap
import resource
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from studio.services.snapshot_file import SnapshotFile
from tests.faults.packshot import Packshot, packshot
from tests.faults.waiting import until

HOUR_S = 3600.0
ITEM = "mug"
STEPPED = """
import mmap, os, struct, time
with open(os.environ["CLOCK"], "r+b") as file:
    step = mmap.mmap(file.fileno(), 8)
real = time.time
time.time = lambda: real() + struct.unpack("d", step[:8])[0]
from studio.cli.app import main
main()
"""
"""The command line, under a clock that a test can step: before anything else could take hold of
the true one."""


class Shop:
    """A server with a running test, and a client of it."""

    def __init__(self, server: Packshot, clock: mmap.mmap) -> None:
        self.server = server
        self.client = httpx.Client(base_url=server.url, timeout=60)
        self._clock = clock
        self._numbers = itertools.count()
        self.test = self.start(ITEM)

    def change(self) -> None:
        """Start a test of something new, and wait until it is served."""
        self.start(f"cup-{next(self._numbers)}")

    def start(self, item: str) -> str:
        """Start a test of an item, and wait until it is served."""
        variants = [{"name": name, "image": f"{name}.webp"} for name in ("a", "b")]
        made = self.client.post("/v1/tests", json={"item": item, "variants": variants}).json()
        assert self.client.post(f"/v1/tests/{made['id']}/start").status_code == 200
        until(lambda: self.reason(item) == "test", "a snapshot with the test")
        return str(made["id"])

    def reason(self, item: str) -> str:
        """Why a shopper sees the image that is shown."""
        answer = self.client.post("/v1/decide", json={"unit": "u", "items": [item]})
        assert answer.status_code == 200
        return str(answer.json()["decisions"][0]["reason"])

    def send(self, events: list[dict[str, Any]]) -> httpx.Response:
        """Post events."""
        return self.client.post("/v1/events", json={"events": events})

    def seen(self, count: int) -> list[dict[str, Any]]:
        """Impressions of so many new shoppers."""
        name = next(self._numbers)
        return [
            {"id": f"e{name}-{number}", "type": "impression", "unit": f"u{name}-{number}",
             "item": ITEM, "test": self.test, "variant": "ab"[number % 2], "ts": time.time()}
            for number in range(count)
        ]  # fmt: skip

    def counted(self) -> int:
        """Impressions that the results show."""
        results = self.client.get(f"/v1/tests/{self.test}/results")
        assert results.status_code == 200, results.text
        return sum(int(one["impressions"]) for one in results.json()["overall"]["variants"])

    @contextmanager
    def stepped_clock(self, seconds: float) -> Iterator[None]:
        """Let the server's clock be so many seconds from the true time, for the block."""
        self._clock[:8] = struct.pack("d", seconds)
        try:
            yield
        finally:
            self._clock[:8] = bytes(8)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "clock").write_bytes(bytes(8))
    environment = {"CLOCK": str(folder / "clock"), "PACKSHOT_WORKERS": "1"}
    with (
        (folder / "clock").open("r+b") as file,
        mmap.mmap(file.fileno(), 8) as clock,
        packshot(folder / "home", environment=environment, code=STEPPED) as server,
    ):
        one = Shop(server, clock)
        yield one
        one.client.close()
        assert server.stop() == 0


def test_a_full_disk_refuses_events_and_shows_images(shop: Shop) -> None:
    """No file of the server may grow: what a full disk does to it, on any machine."""
    before = shop.counted()
    events = shop.seen(600)
    _, most = resource.prlimit(shop.server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(shop.server.pid, resource.RLIMIT_FSIZE, (0, most))
    try:
        refused = shop.send(events)
        assert refused.status_code == 503
        assert float(refused.headers["Retry-After"]) > 0
        assert shop.reason(ITEM) == "test"
        assert shop.client.get("/readyz").json()["ready"]
    finally:
        resource.prlimit(shop.server.pid, resource.RLIMIT_FSIZE, (most, most))
    assert shop.send(events).json() == {"accepted": 600, "duplicates": 0, "rejected": []}
    until(lambda: shop.counted() >= before + 600, shop.counted)
    assert shop.send(events).json()["duplicates"] == 600
    assert shop.counted() == before + 600


@pytest.mark.parametrize("step_s", [-60.0, HOUR_S], ids=["back", "forward"])
def test_a_clock_that_steps_counts_each_event_once(shop: Shop, step_s: float) -> None:
    """As when a machine's clock is set: events and changes go on."""
    before = shop.counted()
    early, late = shop.seen(50), shop.seen(50)
    assert shop.send(early).json() == {"accepted": 50, "duplicates": 0, "rejected": []}
    with shop.stepped_clock(step_s):
        assert shop.send(late).json() == {"accepted": 50, "duplicates": 0, "rejected": []}
        again = shop.send(early + late).json()
        assert (again["accepted"], again["duplicates"]) == (0, 100)
        until(lambda: shop.counted() >= before + 100, shop.counted)
        # A change that is older by its time than the snapshot is shown all the same.
        shop.change()
        assert shop.reason(ITEM) == "test"
        assert shop.client.get("/readyz").json()["snapshot_age_s"] >= 0
    assert shop.send(early + late).json()["duplicates"] == 100
    assert shop.counted() == before + 100


@pytest.mark.parametrize("damage", ["cut", "altered", "gone"])
def test_a_damaged_snapshot_is_made_anew_and_nobody_sees_it(shop: Shop, damage: str) -> None:
    file = SnapshotFile(shop.server.home / "snapshot.json")
    sound = file.path.read_bytes()
    match damage:
        case "cut":
            file.path.write_bytes(sound[: len(sound) // 2])
        case "altered":
            file.path.write_bytes(sound[:200] + b"?" + sound[201:])
        case _:
            file.path.unlink()

    def is_whole() -> bool:
        assert shop.reason(ITEM) == "test"
        return file.read_current() is not None

    until(is_whole, "a snapshot that is whole")


def test_slow_clients_hold_up_nobody(shop: Shop) -> None:
    """Fifty that send half a request each, and fifty that ask for the stream of snapshots and read
    nothing; the others are answered, and then they are, too.
    """
    url = httpx.URL(shop.server.url)
    body = b'{"unit": "u", "items": ["mug"]}'
    head = (
        f"POST /v1/decide HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with ExitStack() as ending:
        slow, deaf = (
            [
                ending.enter_context(
                    socket.create_connection((url.host, url.port or 0), timeout=60)
                )
                for _ in range(50)
            ]
            for _ in range(2)
        )
        for connection in slow:
            connection.sendall(head + body[:10])
        for connection in deaf:
            connection.sendall(
                f"GET /v1/snapshot/stream HTTP/1.1\r\nHost: {url.host}\r\n\r\n".encode()
            )
        for _ in range(20):
            assert shop.reason(ITEM) == "test"
            assert shop.send(shop.seen(1)).status_code == 200
        shop.change()
        for connection in slow:
            connection.sendall(body[10:])
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        for connection in deaf:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
