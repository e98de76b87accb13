"""Reaching a Valkey, and what its address is called."""

from __future__ import annotations

from typing import Any, Final

from studio.streams.errors import StreamUnusable

ANSWER_S: Final = 10.0
"""A server that takes longer to answer is as good as gone."""


def open_client(url: str) -> Any:
    """The vendor's client; its types say of most answers that they may be awaited.

    Raises
    ------
        StreamUnusable
    """
    shown = shown_url(url)
    try:
        import valkey
        from valkey.backoff import ExponentialBackoff
        from valkey.retry import Retry
    except ImportError as fault:
        why = f"its client is not installed ({fault}); pip install 'packshot[valkey]' brings it"
        raise StreamUnusable(url=shown, why=why) from fault
    try:
        # A call that may have been done is not repeated here: who sent it knows its events' ids.
        return valkey.Valkey.from_url(
            url,
            socket_timeout=ANSWER_S,
            socket_connect_timeout=ANSWER_S,
            health_check_interval=30,
            retry=Retry(ExponentialBackoff(), 0),
        )
    except ValueError as fault:
        raise StreamUnusable(url=shown, why=str(fault)) from fault


def shown_url(url: str) -> str:
    """The address without its password."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else "(not a URL)"
