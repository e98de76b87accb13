"""Requests to addresses that users name: only to public hosts, unless the operator says otherwise.

A name is resolved once, every address that it has is judged, and the connection goes to the very
address that was judged: a name that answers differently the second time gains nothing. Redirects
are not followed, and proxies of the environment are not asked.
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from studio.services.errors import AddressRefused, Unanswered

TIMEOUT_S: Final = 10.0
"""How long a request may take in all."""
MAX_URL_CHARS: Final = 2048

_PORTS: Final = {"http": 80, "https": 443}
_TRANSLATED: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""Where networks reach IPv4 through IPv6."""
_EMBEDDED: Final = 0xFFFFFFFF
"""The last four bytes of an IPv6 address: where a translated one keeps the IPv4 address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes: the name for the other side, the address for the connection."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def check_url(url: str, *, private: bool) -> SplitResult:
    """The parts of a URL that may be sent to, as far as can be told without asking for its host.

    Parameters
    ----------
        private : whether http and hosts of private networks are allowed
    Raises        AddressRefused
    """
    if len(url) > MAX_URL_CHARS or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused(url=url[:100], why=f"use at most {MAX_URL_CHARS} plain characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as fault:
        raise AddressRefused(url=url, why=str(fault)) from fault
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise AddressRefused(url=url, why="use a full address, such as https://shop.example/hooks")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(url=parts.hostname, why="no user or password in the URL")
    if parts.scheme == "http" and not private:
        raise AddressRefused(
            url=url,
            why="use https; plain http is for private networks "
            "(PACKSHOT_WEBHOOK_PRIVATE_HOSTS=true)",
        )
    return parts


def resolve(url: str, *, private: bool, timeout_s: float = TIMEOUT_S) -> Target:
    """Where a URL leads, judged.

    Raises
    ------
        AddressRefused : an address of this machine, of a private network, or of no single host
        Unanswered : the host has no address, or none was told in time
    """
    parts = check_url(url, private=private)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    addresses = _addresses(host, port, timeout_s=timeout_s)
    if not private:
        # One private address among public ones is enough: nobody honest has that.
        for address in addresses:
            if not is_public(address):
                raise AddressRefused(
                    url=url,
                    why=f"{host} is {address}, which is not a public address; the operator may "
                    "allow that with PACKSHOT_WEBHOOK_PRIVATE_HOSTS=true",
                )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port, path=path, address=addresses[0])


def _addresses(host: str, port: int, *, timeout_s: float) -> list[str]:
    """What a name stands for. Raises Unanswered."""
    # The system's resolver knows no limit of ours: it is left behind, in a thread that ends with
    # it, half a minute later as a rule.
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([str(each[4][0]) for each in told])
        except (OSError, UnicodeError) as fault:
            found.put(fault)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = found.get(timeout=timeout_s)
    except queue.Empty as late:
        raise Unanswered(f"{host}: no address was told within {timeout_s:g} s") from late
    if isinstance(answer, Exception):
        raise Unanswered(f"{host} has no address ({answer})") from answer
    return answer


def is_public(address: str) -> bool:
    """Whether an address is that of one host on the public internet.

    >>> [is_public(one) for one in ("8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    >>> [is_public(one) for one in ("::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fe80::1%eth0")]
    [False, False, False, False]
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return is_public(str(inner))
    if isinstance(ip, IPv6Address) and ip.is_site_local:
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if ip.ipv4_mapped is not None or ip.sixtofour is not None:
        return ip.ipv4_mapped or ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    translated = any(ip in network for network in _TRANSLATED)
    return IPv4Address(int(ip) & _EMBEDDED) if translated else None


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private: bool,
    timeout_s: float = TIMEOUT_S,
) -> int:
    """Send a body and return the status of the answer, whose own body is not read.

    Raises
    ------
        AddressRefused, Unanswered
    """
    until_s = time.monotonic() + timeout_s
    target = resolve(url, private=private, timeout_s=timeout_s)
    left_s = max(until_s - time.monotonic(), 0.001)
    connection = _connection(target, left_s)
    # A timeout of a socket is one of silence: a byte now and then would hold this for ever.
    was_late = threading.Event()
    late = threading.Timer(left_s, _cut, [connection, was_late])
    late.daemon = True
    try:
        late.start()
        connection.connect()
        connection.request("POST", target.path, body=body, headers=dict(headers))
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise Unanswered(f"{type(fault).__name__}: {fault}") from fault
    finally:
        late.cancel()
        connection.close()
    if was_late.is_set():
        raise Unanswered(f"no whole answer within {timeout_s:g} s")
    return status


def _cut(connection: http.client.HTTPConnection, was_late: threading.Event) -> None:
    was_late.set()
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _connection(target: Target, timeout_s: float) -> http.client.HTTPConnection:
    if target.scheme == "https":
        return _PinnedTls(target, timeout_s)
    return _Pinned(target, timeout_s)


class _Pinned(http.client.HTTPConnection):
    """Goes to the address that was judged, and names the host."""

    def __init__(self, target: Target, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._target = target

    def connect(self) -> None:
        self.sock = _open(self._target, self.timeout)


class _PinnedTls(http.client.HTTPSConnection):
    """The same, whose certificate must be the host's."""

    def __init__(self, target: Target, timeout_s: float) -> None:
        context = ssl.create_default_context()
        super().__init__(target.host, target.port, timeout=timeout_s, context=context)
        self._target, self._tls = target, context

    def connect(self) -> None:
        raw = _open(self._target, self.timeout)
        # Known before the first byte of the handshake, which `_cut` must be able to end.
        self.sock = self._tls.wrap_socket(
            raw, server_hostname=self._target.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()


def _open(target: Target, timeout_s: float | None) -> socket.socket:
    return socket.create_connection((target.address, target.port), timeout_s)
