"""What a server does besides answering: make images, keep the feed fresh, move tests on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

import structlog

from studio.api.collecting import without_halts
from studio.api.ending import ended_together
from studio.api.lag import show_lag, show_undelivered
from studio.api.services import Services
from studio.api.tenancy import Part, begin_tenants
from studio.db.answering import answered
from studio.services.errors import DatabaseUnusable, ServiceError
from studio.services.feed import NO_SNAPSHOT, Feed
from studio.services.scheduling import Scheduler

_LOG = structlog.get_logger("studio.api")

REFRESH_S: Final = 0.25
"""How often the feed looks for changes that other processes made."""
COUNT_S: Final = 0.25
"""How often new events are looked for, once all that were there are counted."""
LAG_S: Final = 1.0
"""How often it is looked how far the counts are behind."""
FIRST_LOOK_S: Final = 5.0
"""How long a start with a snapshot of an earlier run waits for that of now."""
RECHECK_S: Final = 1.0
"""How often a database that was away at the start is looked for."""
TOLD_EVERY_S: Final = 60.0
"""How often work that goes on failing is told of."""


@contextmanager
def working(services: Services) -> Iterator[None]:
    """Run the background work for as long as the block lasts."""
    if services.recheck is None:
        look_first(services.feed)
    ended = threading.Event()
    with ended_together() as stops:
        executor, scheduler = services.executor, services.scheduler
        threads = _loops(services, ended)
        stops.add("loops", partial(_joined, threads))
        if executor is not None:
            executor.start()
            stops.add("images", lambda within_s: executor.stop(timeout_s=within_s))
        if scheduler is not None:
            scheduler.start()
            stops.add("duties", lambda within_s: scheduler.stop(timeout_s=within_s))
        part = Part(feed="build", duties=True, workers=0 if executor is None else services.workers)
        try:
            begin_tenants(services.tenancy, part, stops=stops, leads=leads_of(scheduler))
            yield
        finally:
            services.stopping.set()
            ended.set()


def _loops(services: Services, ended: threading.Event) -> list[threading.Thread]:
    """What is done again and again, each in a thread, until `ended` is set."""
    count = services.events.counter.catch_up
    loops: list[tuple[str, Callable[[], object], float]] = [
        ("feed-refresh", without_halts(services.feed.refresh), REFRESH_S),
        ("event-count", count, COUNT_S),
        ("event-lag", partial(show_lag, services), LAG_S),
    ]
    if services.mover is not None:
        loops.append(("event-stream", services.mover.catch_up, COUNT_S))
    if services.scheduler is not None:
        loops.append(("loop-state", partial(show_loop, services, services.scheduler), LAG_S))
    threads = [repeated(name, work, every_s=each_s, ended=ended) for name, work, each_s in loops]
    if services.recheck is not None:
        threads.append(rechecking(services.recheck, ended))
    return threads


def _joined(threads: Sequence[threading.Thread], within_s: float) -> bool:
    until_s = time.monotonic() + within_s
    for thread in threads:
        thread.join(max(until_s - time.monotonic(), 0.0))
    return not any(thread.is_alive() for thread in threads)


def look_first(feed: Feed) -> None:
    """Bring the snapshot up to date before requests are answered, as far as that is soon done.

    Of many tests the first look takes seconds. What an earlier run left is served meanwhile.
    """
    if feed.version == NO_SNAPSHOT:
        feed.refresh()
        return
    try:
        answered(feed.refresh, within_s=FIRST_LOOK_S)
    except TimeoutError:
        _LOG.warning("snapshot_old", snapshot=feed.version, age_s=round(feed.age_s, 3))


def rechecking(recheck: Callable[[], None], ended: threading.Event) -> threading.Thread:
    """Look again and again, in a thread, until the database is back, and of this version.

    One of another version is told of, and does not end the server: the feed can still answer.
    """

    def loop() -> None:
        told_s = float("-inf")
        while not ended.wait(RECHECK_S):
            try:
                recheck()
            except DatabaseUnusable:
                continue  # still away, as was told
            except ServiceError as fault:
                if time.monotonic() - told_s >= TOLD_EVERY_S:
                    _LOG.error("database_unfit", why=str(fault))
                    told_s = time.monotonic()
            else:
                _LOG.info("database_back")
                return

    thread = threading.Thread(target=loop, name="database-recheck", daemon=True)
    thread.start()
    return thread


def leads_of(scheduler: Scheduler | None) -> Callable[[], bool]:
    """Whether this process does the recurring work, to be asked again and again."""
    return lambda: scheduler is not None and scheduler.leads


def show_loop(services: Services, scheduler: Scheduler) -> None:
    """Show who does the recurring work, and what webhooks were not told.

    Of all servers and schedulers of a database one leads. A `packshot scheduler` that does has no
    page to show it, so each server tells whether anybody leads: a maximum of 0 is an alert.

    Raises
    ------
        DatabaseFault: what was shown before stands
    """
    services.metrics.show("packshot_scheduler_leads", float(scheduler.leads))
    services.metrics.show("packshot_scheduler_led", float(scheduler.led))
    show_undelivered(services)


def repeated(
    name: str, work: Callable[[], object], *, every_s: float, ended: threading.Event
) -> threading.Thread:
    """Do work again and again in a thread, whether or not it fails, until `ended` is set."""

    def loop() -> None:
        told_s = float("-inf")
        while not ended.wait(every_s):
            try:
                work()
            except Exception:  # noqa: BLE001 - outermost loop of a thread; the next turn may pass
                # Work that is tried four times a second would fill the log in an outage.
                if time.monotonic() - told_s >= TOLD_EVERY_S:
                    _LOG.exception("background_work_failed", work=name)
                    told_s = time.monotonic()
            else:
                told_s = float("-inf")

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread
