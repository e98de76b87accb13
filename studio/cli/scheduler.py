"""``packshot scheduler``: the recurring work alone, answering nobody."""

from __future__ import annotations

import structlog
import typer

from studio.bootstrap.duties import scheduler_of
from studio.bootstrap.server import tenancy_of
from studio.cli.context import of_all_tenants, shell

_LOG = structlog.get_logger("studio.scheduler")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(scheduler)


def scheduler() -> None:
    """Close periods, promote, watch, roll back and send webhooks, until told to stop.

    `packshot serve` does all this by itself. Run this where no server runs, or to have one more
    that stands by: of all servers and schedulers of a database the one that came first leads, and
    the others wait to take its place. It keeps no server from leading.
    """
    from studio.api.background import leads_of
    from studio.api.ending import ended_together
    from studio.api.serve import configure_logging
    from studio.api.tenancy import Part, begin_tenants
    from studio.cli.stop_signals import StopSignals

    of_all_tenants()
    told = StopSignals()
    opened = shell()
    configure_logging(level=opened.settings.log_level, form=opened.settings.log_format)
    working = scheduler_of(opened)
    with ended_together() as stops:
        stops.add("duties", lambda within_s: working.stop(timeout_s=within_s))
        working.start()
        told.begin_work()
        _LOG.info("waiting_to_lead")
        part = Part(duties=True)
        begin_tenants(tenancy_of(opened), part, stops=stops, leads=leads_of(working))
        told.wait()
        _LOG.info("stopping")
    _LOG.info("stopped")
