"""What the routes need, wired by the composition root."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

from fastapi import Depends
from starlette.requests import HTTPConnection

import gpu
from studio.api.deciding import SafeFeed
from studio.api.metric_pages import MetricPages
from studio.api.metrics import Metrics
from studio.services.audit import Audit
from studio.services.events import Events
from studio.services.feed import Feed
from studio.services.image_links import ImageLinks, PublicImages
from studio.services.images import Images
from studio.services.keys import Keys
from studio.services.scheduling import Scheduler
from studio.services.streaming import StreamMover
from studio.services.tests import Tests
from studio.services.traffic import Traffic
from studio.services.webhooks import Webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases behind the routes.

    Parameters
    ----------
        image_links : where clients find images, and who may have them
        batch_page : a batch's id and a page's number to HTML
        executor : workers that make images while the server runs; None where others do
        scheduler : does the recurring work where it leads; None where other processes do it
        mover : brings events from the stream to the database; None where there is no stream
        cors_origins : sites whose pages may ask for decisions and send events
        pages : of the other processes' numbers, where several serve together
        recheck : looks again whether the database is of this version; given where the database did
            not answer when this process started
        stopping : set when the server begins to stop, so that streams end
    """

    images: Images
    tests: Tests
    events: Events
    feed: Feed
    keys: Keys
    webhooks: Webhooks
    traffic: Traffic
    audit: Audit
    batch_page: Callable[[str, int], str]
    image_links: ImageLinks = field(default_factory=PublicImages)
    executor: gpu.LocalExecutor | None = None
    scheduler: Scheduler | None = None
    mover: StreamMover | None = None
    cors_origins: tuple[str, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)
    pages: MetricPages | None = None
    recheck: Callable[[], None] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)


async def _services_of(connection: HTTPConnection) -> Services:
    # A coroutine: what is none runs in a thread, and all of those may wait for the database.
    services: Services = connection.app.state.services
    return services


ServicesOf: TypeAlias = Annotated[Services, Depends(_services_of)]
"""The services, as a route's argument."""


async def _safe_feed_of(connection: HTTPConnection) -> SafeFeed:
    safe_feed: SafeFeed = connection.app.state.safe_feed
    return safe_feed


SafeFeedOf: TypeAlias = Annotated[SafeFeed, Depends(_safe_feed_of)]
"""The feed that never fails, as a route's argument."""
