"""What a serving process does besides answering, where another one does the background work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from studio.api.collecting import without_halts
from studio.api.services import Services
from studio.api.tenancy import Part, tenants_at_work
from studio.services.feed import Feed

_LOG = structlog.get_logger("studio.api")

FOLLOW_S: Final = 0.25
"""How often the snapshot's file is looked at, which costs a `stat`."""
FRESH_S: Final = 5.0
"""A file that was confirmed so lately is that of a builder at work."""
START_S: Final = 5.0
"""How long a start waits for the builder; requests wait in line meanwhile."""
_GLANCE_S: Final = 0.05


@contextmanager
def following(services: Services) -> Iterator[None]:
    """Follow the snapshot that the builder writes, for as long as the block lasts."""
    # Where the database is away, the builder has nothing new to wait for.
    _catch_up(services.feed, wait_s=START_S if services.recheck is None else 0.0)
    ended = threading.Event()
    thread = threading.Thread(
        target=_follow, args=(services.feed, ended), name="feed-follow", daemon=True
    )
    thread.start()
    try:
        with tenants_at_work(services.tenancy, Part(feed="follow")):
            yield
    finally:
        services.stopping.set()
        ended.set()
        thread.join()


def _catch_up(feed: Feed, *, wait_s: float) -> None:
    """Wait a little for a snapshot of now; the last one that is there serves else."""
    until_s = time.monotonic() + wait_s
    feed.follow()
    while feed.age_s > FRESH_S and time.monotonic() < until_s:
        time.sleep(_GLANCE_S)
        feed.follow()
    if feed.age_s > FRESH_S:
        _LOG.warning("snapshot_old", snapshot=feed.version, age_s=round(feed.age_s, 3))


def _follow(feed: Feed, ended: threading.Event) -> None:
    follow = without_halts(feed.follow)
    while not ended.wait(FOLLOW_S):
        try:
            follow()
        except Exception:  # noqa: BLE001 - outermost loop of a thread; the next turn may pass
            _LOG.exception("follow_failed")
