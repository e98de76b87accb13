"""The guard of outgoing requests: which addresses it lets through, and what it connects to."""

import socket
import threading
from typing import Any

import pytest

from studio.services.errors import AddressRefused, Unanswered
from studio.services.outgoing import is_public, post, resolve
from tests.studio.hooked import hearing


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.8.8.8", "169.254.169.254", "172.16.0.1",
        "192.168.1.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fc00::1", "fe80::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:7f00:1::", "nonsense",
    ],
)  # fmt: skip
def test_no_address_within_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert is_public(address)


def answer_with(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let each resolution give the next of these, and note what was asked."""
    asked: list[str] = []

    def resolved(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return asked


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_with(monkeypatch, ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.1"):
        resolve("https://shop.example/", private=False)


def test_a_name_that_answers_differently_the_second_time_gains_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = answer_with(monkeypatch, ["1.1.1.1"], ["127.0.0.1"])
    gone_to: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float | None = None) -> socket.socket:
        gone_to.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unanswered):
        post("https://shop.example/", b"{}", {}, private=False)
    assert (asked, gone_to) == (["shop.example"], [("1.1.1.1", 443)])


def test_a_redirect_is_not_followed() -> None:
    with hearing() as ear:
        ear.answers[:] = [307]
        headers = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,"}
        assert post(ear.url, b"{}", headers, private=True) == 307
        assert len(ear.heard) == 1


@pytest.mark.parametrize(
    ("scheme", "begins", "goes_on"),
    [
        ("http", b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),
        ("https", b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"x"),  # a handshake of 16 KB
    ],
)
def test_a_server_that_sends_a_byte_now_and_then_is_cut_off(
    scheme: str, begins: bytes, goes_on: bytes
) -> None:
    """Each byte is in time for a socket's timeout; the request as a whole is not."""
    ended = threading.Event()
    cut: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            caller, _ = listening.accept()
            with caller:
                try:
                    caller.sendall(begins)
                    for _ in range(1000):
                        if ended.wait(0.01):
                            break
                        caller.sendall(goes_on)
                except OSError:
                    cut.append(True)

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            with pytest.raises(Unanswered):
                post(
                    f"{scheme}://127.0.0.1:{listening.getsockname()[1]}/", b"{}", {},
                    private=True, timeout_s=0.25,
                )  # fmt: skip
            # Whoever was cut off notices, before it has sent for ten seconds.
            thread.join()
            assert cut
        finally:
            ended.set()
            thread.join()


def test_a_host_without_an_address_is_unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(Unanswered, match=r"shop\.example has no address"):
        post("https://shop.example/", b"{}", {}, private=False)


def test_a_name_that_nobody_answers_for_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system's resolver waits for half a minute and longer, as it likes."""
    over = threading.Event()

    def silent(*_: object, **__: object) -> list[tuple[Any, ...]]:
        over.wait(60)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(Unanswered, match=r"no address was told within 0\.05 s"):
        post("https://shop.example/", b"", {}, private=False, timeout_s=0.05)
    over.set()
