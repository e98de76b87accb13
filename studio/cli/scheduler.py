"""``packshot scheduler``: the recurring work alone, beside servers that only answer."""

from __future__ import annotations

import queue
import signal
from contextlib import suppress
from typing import Final

import structlog
import typer

from studio.bootstrap.duties import scheduler_of
from studio.bootstrap.server import tenancy_of
from studio.cli.context import of_all_tenants, shell

_LOG = structlog.get_logger("studio.scheduler")
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_GLANCE_S: Final = 0.5
"""How often the waiting main thread looks up, so that a signal is heard on every platform."""
_STOP_S: Final = 30.0
"""How long running work may take to end."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(scheduler)


def scheduler() -> None:
    """Close periods, promote, watch, roll back and send webhooks, until told to stop.

    `packshot serve` does all this by itself. Run it alone beside servers on several machines: of
    all schedulers and servers of a database one leads, and the others wait to take its place.
    """
    from studio.api.background import leads_of
    from studio.api.serve import configure_logging
    from studio.api.tenancy import Part, tenants_at_work

    # Not an Event: its lock may be held by this very thread when the handler runs.
    told: queue.SimpleQueue[int] = queue.SimpleQueue()
    for name in _SIGNALS:
        signal.signal(name, lambda number, _frame: told.put(number))
    of_all_tenants()
    opened = shell()
    configure_logging(level=opened.settings.log_level, form=opened.settings.log_format)
    working = scheduler_of(opened)
    working.start()
    _LOG.info("waiting_to_lead")
    with tenants_at_work(tenancy_of(opened), Part(duties=True), leads=leads_of(working)):
        number = None
        while number is None:
            with suppress(queue.Empty):
                number = told.get(timeout=_GLANCE_S)
        _LOG.info("stopping")
    if not working.stop(timeout_s=_STOP_S):
        _LOG.warning("duties_still_busy", waited_s=_STOP_S)
    _LOG.info("stopped")
