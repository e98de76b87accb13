"""The stream that carries events from servers to counters, where there is one."""

from __future__ import annotations

import logging
import platform
from typing import TYPE_CHECKING

from studio.bootstrap.databases import START_S
from studio.bootstrap.ids import new_id
from studio.db.answering import answered
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.services.scheduling.scheduler import Count
    from studio.services.streaming import StreamedEvents, StreamMover, Write

_LOG = logging.getLogger(__name__)


def streamed_events(settings: Settings) -> StreamedEvents | None:
    """Open the stream that the settings name, and see to it that it forgets nothing.

    Where it is away, the feed answers all the same, and events are refused until it is back.

    Raises
    ------
    StreamUnusable, StreamNotDurable
    """
    if not settings.stream_url:
        return None
    from studio.services.streaming import StreamedEvents
    from studio.streams import StreamGone
    from studio.streams.entries import key_of
    from studio.streams.intake import StreamIntake

    stream = StreamIntake(settings.stream_url, key=key_of(settings.tenant))
    try:
        answered(stream.check_durable, within_s=START_S)
    except (StreamGone, TimeoutError) as fault:
        why = str(fault) or f"no answer within {START_S:g} s"
        _LOG.error("stream_away", extra={"why": why})
    return StreamedEvents(stream)


def stream_mover(
    settings: Settings, write: Write, *, count: Count | None = None
) -> StreamMover | None:
    """What brings events from the stream to the database, where the settings name a stream.

    Parameters
    ----------
    write : puts events into the database

    Raises
    ------
    StreamUnusable
    """
    if not settings.stream_url:
        return None
    from studio.services.streaming import StreamMover
    from studio.streams.entries import key_of
    from studio.streams.group import CounterGroup

    stream = CounterGroup(settings.stream_url, key=key_of(settings.tenant))
    name = f"{platform.node()}-{new_id()}"
    return StreamMover(stream, write, name=name, count=count)
