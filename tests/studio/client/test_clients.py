"""Both faces against a real server, and against servers that behave badly."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from studio.client import AsyncClient, Choice, Client, KeyRefused, Options, ServerUnsuitable, Tally
from studio.client.async_line import AsyncLine
from studio.client.line import Line
from studio.client.messages import Answer, Heard, Request, Unreachable
from studio.client.wire import Origin
from studio.services.tests import NewTest, NewVariant
from tests.studio.serving import Served, serving

NOWHERE = "http://127.0.0.1:9"
QUICK = Options(start_s=20.0, flush_s=0.05, retry_first_s=0.05, close_s=20.0, poll_s=0.05)


class Shop:
    """A guarded server with a running test, and the keys to it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.url = served.url
        keys = served.services.keys
        self.key = keys.create(name="shop", scopes=("decide", "events")).secret
        self.page_key = keys.create(name="pages", scopes=("public",)).secret
        self.start("mug")

    def start(self, item: str) -> None:
        tests = self.served.services.tests
        variants = tuple(NewVariant(name=name, image=f"{name}.webp") for name in ("a", "b"))
        tests.start(tests.create(NewTest(item=item, variants=variants), who="m").id, who="m")
        self.served.services.feed.refresh()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with serving(tmp_path_factory.mktemp("home"), loopback=False) as served:
        yield Shop(served)


def until(holds: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(3000):
        if holds():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to pass")


def test_a_client_decides_as_its_server_does_and_reports(shop: Shop) -> None:
    with Client(shop.url, key=shop.key, options=QUICK) as client:
        units = [f"c{n}" for n in range(10)]
        shown = [client.show(unit, {}, ["mug"])["mug"] for unit in units]
        server = shop.served.services.feed
        assert [one.variant for one in shown] == [
            server.decide(unit, {}, ["mug"]).decisions[0].variant for unit in units
        ]
        assert client.click(shown[0]) != client.click(shown[0])
        client.conversion(shown[0], value=19.9)
        assert client.flush(20)
        health = client.health
    assert (health.tally.accepted, health.tally.rejected, health.pending) == (13, 0, 0)
    assert health.snapshot == shown[0].snapshot
    assert health.age_s is not None


def test_a_client_on_asyncio_does_the_same(shop: Shop) -> None:
    async def visit() -> None:
        async with AsyncClient(shop.url, key=shop.key, options=QUICK) as client:
            shown = client.show("a1", {}, ["mug"])
            assert shown["mug"].reason == "test"
            client.click(shown["mug"])
            await asyncio.to_thread(client.impression, shown["mug"])
            assert await client.flush(20)
            assert client.health.tally.accepted == 3
            client.conversion(shown["mug"])
        assert client.health.tally.accepted == 4

    asyncio.run(visit())


@pytest.mark.parametrize("stream", [True, False])
def test_a_change_reaches_the_client(shop: Shop, stream: bool) -> None:
    options = Options(start_s=20, poll_s=0.05, stream=stream)
    item = f"shoe-{stream}"
    with Client(shop.url, key=shop.key, options=options) as client:
        assert client.decide("s", {}, [item])[item].reason == "unknown_item"
        if stream:
            until(lambda: client.health.streaming)
        shop.start(item)
        until(lambda: client.decide("s", {}, [item])[item].reason == "test")


def test_a_change_reaches_the_client_on_asyncio(shop: Shop) -> None:
    async def watch() -> None:
        async with AsyncClient(shop.url, key=shop.key, options=QUICK) as client:
            while not client.health.streaming:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(shop.start, "hat")
            while client.decide("s", {}, ["hat"])["hat"].reason != "test":
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(watch(), 30))


@pytest.mark.parametrize("key", [None, "packshot_k1_guessed", "page"])
def test_a_wrong_key_is_told_at_the_start(shop: Shop, key: str | None) -> None:
    """A key for web pages is wrong here too: it must not show all tests."""
    client = Client(shop.url, key=shop.page_key if key == "page" else key, options=QUICK)
    with pytest.raises(KeyRefused) as caught:
        client.start()
    assert caught.value.status == (403 if key == "page" else 401)

    async def start() -> None:
        await AsyncClient(shop.url, key="packshot_k1_guessed", options=QUICK).start()

    with pytest.raises(KeyRefused):
        asyncio.run(start())


def test_another_address_is_told_at_the_start(shop: Shop) -> None:
    with pytest.raises(ServerUnsuitable, match="its address or its version"):
        Client(f"{shop.url}/elsewhere", key=shop.key, options=QUICK).start()


def test_a_start_without_a_server_rests_on_the_last_snapshot(shop: Shop, tmp_path: Path) -> None:
    """What is recorded meanwhile is sent by whoever comes next with the same folder."""
    with Client(shop.url, key=shop.key, home=tmp_path, options=QUICK) as client:
        before = client.decide("s", {}, ["mug"])["mug"]
    with Client(NOWHERE, key=shop.key, home=tmp_path, options=QUICK) as client:
        shown = client.show("s", {}, ["mug"])["mug"]
        assert shown == before
        assert not client.flush(20)
        assert client.health.snapshot_fault is not None
        assert client.health.age_s is None
    assert client.health.tally.spilled == 1
    with Client(shop.url, key=shop.key, home=tmp_path, options=QUICK) as client:
        until(lambda: client.health.tally.accepted == 1)
        assert client.health.tally.duplicates == 0


def test_a_start_without_a_server_on_asyncio(tmp_path: Path) -> None:
    async def start() -> None:
        async with AsyncClient(NOWHERE, home=tmp_path, options=QUICK) as client:
            assert client.decide("s", {}, ["mug"], defaults={"mug": "d"})["mug"].image == "d"

    asyncio.run(start())


@contextlib.contextmanager
def served_at(folder: Path, port: int) -> Iterator[Served]:
    """A server on a port of the test's choice, as one that is started again."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()
        served = stack.enter_context(serving(folder, loopback=False))
        inside = int(served.url.rpartition(":")[2])
        stack.enter_context(forwarding(listening, inside))
        yield served


@contextlib.contextmanager
def forwarding(listening: socket.socket, port: int) -> Iterator[None]:
    """Carry bytes between whoever connects and a port of this machine; cut all at the end."""
    ends: list[socket.socket] = []

    def carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                outer, _ = listening.accept()
                inner = socket.create_connection(("127.0.0.1", port))
                ends.extend((outer, inner))
                for pair in ((outer, inner), (inner, outer)):
                    threading.Thread(target=carry, args=pair, daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield
    finally:
        for end in (listening, *ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        thread.join(10)


def test_a_server_that_goes_and_comes_back_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Connections are cut in the middle; what was recorded meanwhile went to disk."""
    folder = tmp_path / "server"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = int(reserved.getsockname()[1])
    options = Options(
        start_s=20, flush_s=0.01, spill_after_s=0.0, retry_first_s=0.05, retry_most_s=0.2
    )
    with contextlib.ExitStack() as stack:
        with served_at(folder, port) as served:
            shop = Shop(served)
            client = stack.enter_context(
                Client(f"http://127.0.0.1:{port}", key=shop.key, home=tmp_path, options=options)
            )
            for number in range(50):
                client.show(f"u{number}", {}, ["mug"])
            assert client.flush(20)
        until(lambda: client.health.snapshot_fault is not None)
        for number in range(50, 100):
            assert client.show(f"u{number}", {}, ["mug"])["mug"].reason == "test"
        until(lambda: client.health.tally.spilled >= 50 and client.health.pending == 0)
        with served_at(folder, port) as served:
            until(lambda: sum_of(client.health.tally) == 100 and client.health.events_fault is None)
            until(lambda: client.health.snapshot_fault is None)
            rejected = served.services.metrics.get("packshot_events_total", outcome="rejected")
            assert rejected == 0
    assert client.health.tally.dropped == 0


def sum_of(tally: Tally) -> int:
    """Events that the server has; one whose answer was cut off is a duplicate the second time."""
    return tally.accepted + tally.duplicates


HUNG = Options(start_s=0.05, flush_s=0.01, request_s=60.0, close_s=0.2)


@contextlib.contextmanager
def hung_server() -> Iterator[str]:
    """It takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


CLICKED = Choice(
    unit="u", item="mug", image="a.webp", variant="a", test="t", segment="everyone",
    reason="test", snapshot="1",
)  # fmt: skip


def test_closing_keeps_what_a_hung_server_has_not_taken(tmp_path: Path) -> None:
    """One event is in flight, one waits: both are on disk when the client is closed."""

    async def visit(url: str) -> Tally:
        async with AsyncClient(url, home=tmp_path / "a", options=HUNG) as client:
            client.click(CLICKED)
            while client._core.delivery._in_flight == []:
                await asyncio.sleep(0.01)
            client.click(CLICKED)
        return client.health.tally

    with hung_server() as url:
        assert asyncio.run(visit(url)) == Tally(spilled=2)
        with Client(url, home=tmp_path / "b", options=HUNG) as client:
            client.click(CLICKED)
            until(lambda: client._core.delivery._in_flight != [])
            client.click(CLICKED)
    assert client.health.tally == Tally(spilled=2)
    for folder in ("a", "b"):
        files = (tmp_path / folder / "events").glob("*.ndjson")
        assert sum(len(path.read_bytes().splitlines()) for path in files) == 2


def test_a_closed_client_counts_what_it_loses_and_can_be_started_again(shop: Shop) -> None:
    client = Client(shop.url, key=shop.key, options=QUICK).start()
    shown = client.decide("again", {}, ["mug"])["mug"]
    client.close()
    assert client.click(shown) is None
    assert client.health.tally == Tally(dropped=1)
    with client:
        assert client.conversion(shown, value=Decimal("19.90"))
        assert client.flush(20)
    assert client.health.tally == Tally(dropped=1, accepted=1)


SCRIPT = """
import os, sys
from studio.client import Client, Options
client = Client(sys.argv[1], key=sys.argv[2], options=Options(start_s=20, flush_s=60, close_s=20)).start()
shown = client.show(sys.argv[3], {}, ["mug"])
if "fork" in sys.argv:
    child = os.fork()
    if child == 0:
        client.click(shown["mug"])
        client.close()
        print("child", client.health.tally.accepted, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    client.close()
    print("parent", client.health.tally.accepted, flush=True)
"""


def run(shop: Shop, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, shop.url, shop.key, *arguments],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def test_what_waits_leaves_when_the_program_ends(shop: Shop) -> None:
    taken = shop.served.services.metrics
    before = taken.get("packshot_events_total", outcome="accepted")
    run(shop, "ends")
    assert taken.get("packshot_events_total", outcome="accepted") == before + 1


def test_a_forked_process_has_a_client_of_its_own(shop: Shop) -> None:
    """As web servers fork their workers; what waited before the fork is sent once."""
    assert run(shop, "forks", "fork").split() == ["child", "1", "parent", "1"]


class Script:
    """A server that speaks from a script: one list of answers for each connection."""

    def __init__(self, *connections: list[bytes | None]) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._connections = connections
        self.origin = Origin.of(f"http://127.0.0.1:{self._listening.getsockname()[1]}")
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            for answers in self._connections:
                connection, _ = self._listening.accept()
                with connection:
                    for one in answers:
                        connection.recv(65536)
                        if one is None:  # never answers: until the other side gives up
                            connection.recv(65536)
                            break
                        connection.sendall(one)

    def __enter__(self) -> Origin:
        self._thread.start()
        return self.origin

    def __exit__(self, *_: object) -> None:
        self._listening.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ASKED = Request(method="GET", path="/")


def plain_calls(origin: Origin, count: int, timeout_s: float) -> list[Heard]:
    line = Line(origin, {})
    try:
        return [line.call(ASKED, timeout_s) for _ in range(count)]
    finally:
        line.close()


def async_calls(origin: Origin, count: int, timeout_s: float) -> list[Heard]:
    async def calls() -> list[Heard]:
        line = AsyncLine(origin, {})
        try:
            return [await line.call(ASKED, timeout_s) for _ in range(count)]
        finally:
            line.close()

    return asyncio.run(calls())


Calls = Callable[[Origin, int, float], list[Heard]]
BOTH = pytest.mark.parametrize("calls", [plain_calls, async_calls])


@BOTH
def test_an_idle_connection_that_was_closed_is_no_failure(calls: Calls) -> None:
    with Script([OK], [OK, OK]) as origin:
        heard = calls(origin, 3, 20)
    assert [one.body if isinstance(one, Answer) else one for one in heard] == [b"ok"] * 3


@BOTH
@pytest.mark.parametrize(
    ("connection", "why"),
    [([None], "timed out"), ([b"SSH-2.0\r\n\r\n"], ""), ([OK[:-1]], ""), ([], "")],
)
def test_a_server_that_misbehaves_is_unreachable(
    calls: Calls, connection: list[bytes | None], why: str
) -> None:
    with Script(connection) as origin:
        (heard,) = calls(origin, 1, 0.2 if None in connection else 20)
    assert isinstance(heard, Unreachable)
    assert heard.why
    assert why in heard.why


@BOTH
def test_a_certificate_that_nobody_vouches_for_is_refused(calls: Calls, tmp_path: Path) -> None:
    with secured(tmp_path) as origin:
        (heard,) = calls(origin, 1, 20)
    assert isinstance(heard, Unreachable)
    assert "certificate" in heard.why.lower()


@BOTH
def test_a_certificate_that_is_vouched_for_is_taken(
    calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secured(tmp_path) as origin:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        (heard,) = calls(origin, 1, 20)
    assert isinstance(heard, Answer)
    assert heard.body == b"ok"


@contextlib.contextmanager
def secured(folder: Path) -> Iterator[Origin]:
    """A server with a certificate of its own making."""
    import ssl

    write_certificate(folder / "cert.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                raw, _ = listening.accept()
                with context.wrap_socket(raw, server_side=True) as connection:
                    connection.recv(65536)
                    connection.sendall(OK)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Origin.of(f"https://127.0.0.1:{listening.getsockname()[1]}")
        thread.join(30)


def write_certificate(path: Path) -> None:
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
