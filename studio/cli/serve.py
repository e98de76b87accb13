"""``packshot serve``: answers over HTTP until it is told to stop."""

from __future__ import annotations

import itertools
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from studio.bootstrap.server import api_services
from studio.bootstrap.shell import Shell, open_shell
from studio.bootstrap.stores import remove_leftovers
from studio.cli import context
from studio.cli.console import complain, say
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.api.services import Services

_LOG = structlog.get_logger("studio.worker")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


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
        opened = opened_to_stay(patient=True)
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
    from studio.api.crew import END_S, Crew, Post
    from studio.api.origins import is_loopback
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
    from studio.cli.stop_signals import StopSignals

    told, name = StopSignals(), "background"
    configure_logging(level=settings.log_level, form=settings.log_format, process=name)
    opened = open_shell(settings, patient=True)
    with _sharing_numbers(api_services(opened), folder, name) as services, working(services):
        told.begin_work()
        told.wait()


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


def opened_to_stay(*, patient: bool) -> Shell:
    """The home folder of all tenants, for a process that logs what it does."""
    from studio.api.serve import configure_logging

    chosen = context.of_all_tenants()
    configure_logging(level=chosen.log_level, form=chosen.log_format)
    opened = open_shell(chosen, patient=patient)
    missing = opened.images.recipes.missing_models("fast")
    if missing:
        say(f"no images can be made from photos yet; packshot models pull {' '.join(missing)}")
    remove_leftovers(chosen)
    return opened


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Exit with code 0 on SIGTERM and SIGINT: being told to stop is no failure.

    The server handles them itself while it runs, then passes them on; without a handler of ours
    the process would end as if it had been killed.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    signals = (signal.SIGTERM, signal.SIGINT)
    before = {name: signal.signal(name, end) for name in signals}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
