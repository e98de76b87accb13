"""Whether a request is of this machine, and of no other site's page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from fastapi import Request

from studio.api.errors import ForeignOrigin


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "shop.test")]
    [True, True, True, False, False]
    """
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_origin(request: Request) -> None:
    """Refuse pages of other sites, which a browser on this machine lets speak to loopback too."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if host is not None and not is_loopback(host):
        raise ForeignOrigin(header="Host", value=host)
    origin = request.headers.get("origin")
    if origin is not None and not is_loopback(urlsplit(origin).hostname or ""):
        raise ForeignOrigin(header="Origin", value=origin)


def is_own(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request is plainly of this machine and of no page."""
    return b"origin" not in headers and _is_own_host(headers.get(b"host", b""))


@lru_cache(maxsize=64)
def _is_own_host(host: bytes) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host.decode('latin-1')}").hostname or "")
    except ValueError:
        return False
