"""What the routes need, wired by the composition root."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final, TypeAlias

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

import gpu
from studio.api.deciding import SafeFeed
from studio.api.metric_pages import MetricPages
from studio.api.metrics import Metrics
from studio.db.engine import DatabaseFault
from studio.services.audit import Audit
from studio.services.events import Events
from studio.services.feed import Feed
from studio.services.image_links import ImageLinks, PublicImages
from studio.services.images import Images
from studio.services.keys import Keys
from studio.services.scheduling import Duty, Scheduler
from studio.services.streaming import StreamMover
from studio.services.tests import Tests
from studio.services.traffic import Traffic
from studio.services.webhooks import Webhooks

_LOG = structlog.get_logger("studio.tenants")

AGAIN_S: Final = 30.0
"""After this time a tenant that could not be opened is tried again."""


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
        tenant : whose these are; empty: the installation's own
        duties : a tenant's recurring work, for the process that leads
        tenancy : the installation's tenants; None where there can be none
        workers : images made at the same time for all tenants together
        stopping : set when the server begins to stop, so that streams end
        leave : gives back what a tenant's own database holds, and what would let it be served again
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
    tenant: str = ""
    duties: tuple[Duty, ...] = ()
    tenancy: Tenancy | None = None
    workers: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)
    leave: Callable[[], None] = lambda: None


class Tenancy:
    """The tenants of one process.

    Parameters
    ----------
        names    : who there is
        open_one : a tenant's services
        kept     : who was served before, for as long as it is not known who there is

    Attributes
    ----------
        pages : the installation's, where several processes serve together; set before any is opened
    """

    def __init__(
        self,
        names: Callable[[], Sequence[str]],
        open_one: Callable[[str], Services],
        *,
        kept: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        self._names = names
        self._kept = kept
        self._open = open_one
        self.pages: MetricPages | None = None
        self._services: Mapping[str, Services] = {}
        self._not_before_s: dict[str, float] = {}

    @property
    def services(self) -> Mapping[str, Services]:
        """Of each tenant that is open; the mapping is never changed, but replaced."""
        return self._services

    @property
    def closed(self) -> Collection[str]:
        """Who is there, and could not be opened when that was last tried."""
        return self._not_before_s.keys()

    def look(
        self, begin: Callable[[Services], None], end: Callable[[str], None] = lambda _name: None
    ) -> None:
        """Open who is new, and leave who is gone. One who cannot be opened keeps out nobody else.

        Parameters
        ----------
            begin : called with each new tenant's services before they are served
            end   : called with the name of each who is served no longer
        Raises      DatabaseFault: it is not known who there is
        """
        now_s = time.monotonic()
        for name in self._there(end):
            if name in self._services or self._not_before_s.get(name, 0.0) > now_s:
                continue
            try:
                services = self._sharing(self._open(name))
                begin(services)
            except Exception:  # noqa: BLE001 - outermost loop: others must be served
                self._not_before_s[name] = now_s + AGAIN_S
                _LOG.exception("tenant_not_opened", tenant=name, again_in_s=AGAIN_S)
            else:
                self._not_before_s.pop(name, None)
                self._services = {**self._services, name: services}
                _LOG.info("tenant_served", tenant=name)

    def _there(self, end: Callable[[str], None]) -> Sequence[str]:
        """Who there is, once all who are not there any more are left."""
        try:
            names = self._names()
        except DatabaseFault:
            kept = self._kept()
            if not kept:
                raise
            return kept  # which says nothing of who is gone
        for name in set(self._not_before_s) - set(names):
            self._not_before_s.pop(name)
        for name in self._services.keys() - set(names):
            gone = self._services[name]
            self._services = {each: of for each, of in self._services.items() if each != name}
            end(name)
            gone.leave()
            _LOG.info("tenant_left", tenant=name)
        return names

    def _sharing(self, services: Services) -> Services:
        """Services whose numbers are shown to the other processes, where there are any."""
        if self.pages is None:
            return services
        services.metrics.name_process(self.pages.name)
        return replace(services, pages=self.pages.of(services.tenant))


WORLD: Final = "packshot.world"
"""In a request's scope: what the tenant has that the request is of, a `studio.api.worlds.World`.

Nothing stands there but by the door, so that a route which passed it by would find nothing at all.
"""


async def _services_of(connection: HTTPConnection) -> Services:
    # A coroutine: what is none runs in a thread, and all of those may wait for the database.
    services: Services = connection.scope[WORLD].services
    return services


ServicesOf: TypeAlias = Annotated[Services, Depends(_services_of)]
"""The services, as a route's argument."""


async def _safe_feed_of(connection: HTTPConnection) -> SafeFeed:
    safe_feed: SafeFeed = connection.scope[WORLD].safe_feed
    return safe_feed


SafeFeedOf: TypeAlias = Annotated[SafeFeed, Depends(_safe_feed_of)]
"""The feed that never fails, as a route's argument."""
