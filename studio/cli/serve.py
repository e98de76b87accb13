"""``packshot serve`` and ``packshot worker``: processes that run until they are told to stop."""

from __future__ import annotations

import itertools
import queue
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import structlog
import typer

import gpu
from studio.bootstrap.server import api_services, tenancy_of
from studio.bootstrap.shell import Shell, open_shell
from studio.bootstrap.stores import remove_leftovers
from studio.cli import context
from studio.cli.console import complain, say
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.api.services import Services

_LOG = structlog.get_logger("studio.worker")
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_GLANCE_S: Final = 0.5
"""How often a waiting main thread looks up, so that a signal is heard on every platform."""
_STOP_S: Final = 60.0
"""How long the images being made may take to give up; each is made again by another worker."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(worker)


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than this machine's own need keys.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8080,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            max=256,
            help="Processes that answer. Beside two or more, one more process does all the rest; "
            "a process that dies is started again.",
        ),
    ] = 1,
    drain: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=600.0,
            help="Seconds for which connections are still taken after SIGTERM, while /readyz "
            "answers 503; behind a load balancer, somewhat more than it needs to notice.",
        ),
    ] = 0.0,
) -> None:
    """Serve the HTTP API: images for the feed, events, tests, batches.

    It also makes queued images, keeps the feed fresh, moves traffic and promotes winners.
    The API is described at /docs. SIGTERM or Ctrl-C ends it once running requests are answered.
    """
    # The web framework is imported here, so that other commands start quickly.
    from studio.api.ending import end_in_time
    from studio.api.serve import ServeRefused
    from studio.api.serve import serve as run

    with _ending_on_signals():
        opened = _opened(patient=True)
        try:
            if workers > 1:
                _serve_as_crew(opened, host=host, port=port, workers=workers, drain_s=drain)
            else:
                services = api_services(opened)
                end_in_time(services.stopping, drain_s=drain)
                run(services, host=host, port=port, drain_s=drain)
        except ServeRefused as fault:
            complain(str(fault))
            sys.exit(1)


def _serve_as_crew(opened: Shell, *, host: str, port: int, workers: int, drain_s: float) -> None:
    from studio.api.auth import is_loopback
    from studio.api.crew import END_S, Crew, Post
    from studio.api.serve import listen

    settings = opened.settings
    keys = None if opened.away else opened.keys
    listening = listen(keys, host=host, port=port, processes=workers)
    # It answers nothing itself: an open database would only be in the way of the others.
    opened.engine.dispose()
    with listening, tempfile.TemporaryDirectory(prefix="packshot-") as folder:
        posts = [Post(name="background", work=_do_the_rest, given=(settings, folder))]
        for number in range(1, workers + 1):
            name = f"server-{number}"
            given = (settings, folder, name, listening, is_loopback(host), drain_s)
            posts.append(Post(name=name, work=_answer, given=given))
        Crew(posts, end_s=END_S + drain_s).run()
    _LOG.info("stopped")


def _answer(
    settings: Settings,
    folder: str,
    name: str,
    listening: socket.socket,
    loopback: bool,
    drain_s: float,
) -> None:
    """What a serving process of a crew does."""
    from studio.api.ending import end_in_time
    from studio.api.following import following
    from studio.api.serve import answer_on, configure_logging

    with _ending_on_signals():
        configure_logging(level=settings.log_level, form=settings.log_format, process=name)
        opened = open_shell(settings, patient=True)
        with _sharing_numbers(api_services(opened), folder, name) as services:
            own = replace(services, executor=None, scheduler=None, mover=None)
            # Whoever's supervisor is gone has nobody who would end it.
            end_in_time(own.stopping, drain_s=drain_s)
            answer_on(listening, own, loopback=loopback, drain_s=drain_s, beside=following)


def _do_the_rest(settings: Settings, folder: str) -> None:
    """What the one process of a crew does that answers nobody."""
    from studio.api.background import working
    from studio.api.serve import configure_logging

    told, name = _told_to_stop(), "background"
    configure_logging(level=settings.log_level, form=settings.log_format, process=name)
    opened = open_shell(settings, patient=True)
    with _sharing_numbers(api_services(opened), folder, name) as services, working(services):
        _wait_for(told)


@contextmanager
def _sharing_numbers(services: Services, folder: str, name: str) -> Iterator[Services]:
    """Services whose metrics bear the name of the process and are shown to the others."""
    from studio.api.metric_pages import MetricPages, writing_pages
    from studio.api.routes.operations import metrics_page

    pages = MetricPages(Path(folder), name=name)
    services.metrics.name_process(name)
    tenancy, turns = services.tenancy, itertools.count()
    if tenancy is not None:
        tenancy.pages = pages

    def page() -> str:
        # A fifth of the tenants at a time: a page is believed for half a minute.
        some = () if tenancy is None else [*tenancy.services.values()][next(turns) % 5 :: 5]
        for own in some:
            if own.pages is not None:
                own.pages.write(metrics_page(own))
        return metrics_page(services)

    with writing_pages(pages, page):
        yield replace(services, pages=pages)


def worker(
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=64, help="Images made at the same time; default: PACKSHOT_WORKERS."
        ),
    ] = None,
) -> None:
    """Make queued images until told to stop; run as many beside the server as you like.

    An image that is being made when SIGTERM or Ctrl-C comes is given up at its next step and goes
    back to the queue: another worker makes it anew, as it does what a killed worker leaves.
    """
    from studio.api.tenancy import Part, tenants_at_work

    told = _told_to_stop()
    opened = _opened(patient=False)
    executor = opened.images.executor(workers=workers or opened.settings.worker_count)
    executor.start(listener=_log_job)
    count = workers or opened.settings.worker_count
    _LOG.info("working", workers=count)
    with tenants_at_work(tenancy_of(opened), Part(workers=count)):
        _wait_for(told)
        _LOG.info("stopping")
    if not executor.stop(timeout_s=_STOP_S):
        _LOG.warning("workers_still_busy", waited_s=_STOP_S)
    _LOG.info("stopped")


def _told_to_stop() -> queue.SimpleQueue[int]:
    """Where a signal puts its number, from now on."""
    # Not an Event: its lock may be held by this very thread when the handler runs.
    told: queue.SimpleQueue[int] = queue.SimpleQueue()
    for name in _SIGNALS:
        signal.signal(name, lambda number, _frame: told.put(number))
    return told


def _wait_for(told: queue.SimpleQueue[int]) -> None:
    while True:
        with suppress(queue.Empty):
            told.get(timeout=_GLANCE_S)
            return


def _opened(*, patient: bool) -> Shell:
    from studio.api.serve import configure_logging

    chosen = context.of_all_tenants()
    configure_logging(level=chosen.log_level, form=chosen.log_format)
    opened = open_shell(chosen, patient=patient)
    missing = opened.images.recipes.missing_models("fast")
    if missing:
        say(f"no images can be made from photos yet; packshot models pull {' '.join(missing)}")
    remove_leftovers(chosen)
    return opened


def _log_job(event: gpu.WorkerEvent) -> None:
    if event.kind == "done":
        _LOG.info("job_done", job=event.job.id, elapsed_s=round(event.elapsed_s, 3))
    elif event.failure is not None:
        _LOG.warning(f"job_{event.kind}", job=event.job.id, why=event.failure.message)


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Exit with code 0 on SIGTERM and SIGINT: being told to stop is no failure.

    The server handles them itself while it runs, then passes them on; without a handler of ours
    the process would end as if it had been killed.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    before = {name: signal.signal(name, end) for name in _SIGNALS}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
