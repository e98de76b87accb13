"""What a process does for its tenants besides answering.

Who there is stands in the installation's database. It is looked at twice a second, so that a new
tenant is served within two seconds, without a restart. The work for all of them is done by a few
threads together.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import structlog

from studio.api.collecting import without_halts
from studio.api.ending import Stops, ended_together
from studio.api.lag import show_lag, show_undelivered
from studio.api.services import Services, Tenancy
from studio.services.scheduling import Duty, Rounds

_LOG = structlog.get_logger("studio.tenants")

LOOK_S: Final = 0.5
"""How often it is looked which tenants there are."""
REFRESH_S: Final = 1.0
FOLLOW_S: Final = 0.25
MOVE_S: Final = 0.5
LAG_S: Final = 5.0
IMAGES_S: Final = 2.0
"""How often a tenant's queue is looked at by the first of its workers: a look takes 1 ms, three
times as much as any other work for a tenant at rest (50 tenants on SQLite)."""
MORE_IMAGES_S: Final = 10.0
"""The same by the others, who have work only where the first one has."""
_THREADS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a process does for its tenants.

    Parameters
    ----------
        feed    : builds their snapshots, or follows what another process builds; None: neither
        duties  : the recurring work, counting included, while `leads` says so
        workers : images made at once for all tenants together; 0: none
    """

    feed: Literal["build", "follow"] | None = None
    duties: bool = False
    workers: int = 0


@contextmanager
def tenants_at_work(
    tenancy: Tenancy | None, part: Part, *, leads: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Do a process's part for all tenants, old and new, for as long as the block lasts.

    Parameters
    ----------
        leads : whether this process is the one that does the recurring work; who leads in the
                installation's own database does so for all its tenants
    """
    with ended_together() as stops:
        begin_tenants(tenancy, part, stops=stops, leads=leads)
        yield


def begin_tenants(
    tenancy: Tenancy | None,
    part: Part,
    *,
    stops: Stops,
    leads: Callable[[], bool] = lambda: False,
) -> None:
    """As `tenants_at_work`, and end it with whatever else `stops` ends."""
    if tenancy is None:
        return
    stop = threading.Event()
    # Apart: no tenant's slow webhooks or large archive may keep the others' snapshots old.
    feeds = Rounds(threads=_THREADS, name="tenants")
    duties = Rounds(threads=_THREADS, name="tenant-duties")
    outside = Rounds(threads=_THREADS, name="tenant-webhooks")
    images = Rounds(threads=part.workers, name="tenant-images")

    def begin(of: Services) -> None:
        for duty in _always(of, part):
            feeds.add(of.tenant, duty)
        for duty in of.duties if part.duties else ():
            (outside if duty.outside else duties).add(of.tenant, duty, may=leads)
        for number in range(part.workers):
            images.add(of.tenant, _making(of, number, workers=part.workers, stop=stop))

    def leave(tenant: str) -> None:
        for rounds in (feeds, duties, outside, images):
            rounds.drop(tenant)

    def end(within_s: float) -> bool:
        stop.set()
        return _ended(feeds, duties, outside, images, within_s=within_s)

    stops.add("tenants", end)
    look = partial(tenancy.look, begin, leave)
    try:
        look()  # so that all are served from the first request on
    except Exception:  # noqa: BLE001 - it is looked again in a moment
        _LOG.exception("tenants_unknown")
    feeds.add("", Duty(name="look-for-tenants", every_s=LOOK_S, run=look))


def _ended(*all_of_them: Rounds, within_s: float) -> bool:
    """Stop them together, so that none begins anything while another ends; whether all did."""
    until_s = time.monotonic() + within_s
    for rounds in all_of_them:
        rounds.stop(timeout_s=0.0)
    ended = [rounds.stop(timeout_s=until_s - time.monotonic()) for rounds in all_of_them]
    return all(ended)


def _always(of: Services, part: Part) -> list[Duty]:
    """What is done wherever a tenant is served, whoever leads."""
    feed = of.feed
    duties = []
    if part.feed is not None and of.recheck is not None:
        duties.append(Duty(name="look-for-database", every_s=LAG_S, run=of.recheck))
    match part.feed:
        case "build":
            if of.recheck is None:
                feed.refresh()
            refresh = without_halts(feed.refresh)
            duties.append(Duty(name="feed-refresh", every_s=REFRESH_S, run=refresh))
            for name, show in (("event-lag", show_lag), ("undelivered", show_undelivered)):
                duties.append(Duty(name=name, every_s=LAG_S, run=partial(show, of)))
            if of.mover is not None:
                duties.append(Duty(name="event-stream", every_s=MOVE_S, run=of.mover.catch_up))
        case "follow":
            feed.follow()
            follow = without_halts(feed.follow)
            duties.append(Duty(name="feed-follow", every_s=FOLLOW_S, run=follow))
        case None:
            pass
    return duties


def _making(of: Services, number: int, *, workers: int, stop: threading.Event) -> Duty:
    """Make a tenant's images; other tenants' turn comes after each."""
    worker = of.images.worker(f"{of.tenant}-{number}", of=workers)
    every_s = MORE_IMAGES_S if number else IMAGES_S
    return Duty(name="make-images", every_s=every_s, run=partial(worker.run_one, stop=stop))
