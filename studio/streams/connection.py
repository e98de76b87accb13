"""Reaching a Valkey, and what its address is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from studio.streams.errors import StreamGone, StreamUnusable

ANSWER_S: Final = 10.0
"""A server that takes longer to answer is as good as gone."""


class Connection:
    """A server. Safe to use from several threads.

    Parameters
    ----------
        url    : without its password, once it is made
        client : the vendor's; its types say of most answers that they may be awaited
    """

    def __init__(self, url: str) -> None:
        """Connect to nothing yet.

        Raises
        ------
            StreamUnusable
        """
        self.url = shown_url(url)
        self.client = _open(url)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """The vendor's errors as ours.

        Raises
        ------
            StreamGone
        """
        from valkey.exceptions import ValkeyError

        try:
            yield
        except ValkeyError as fault:
            raise StreamGone(url=self.url, why=str(fault)) from fault


def _open(url: str) -> Any:
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
