"""``packshot worker``: makes queued images until it is told to stop."""

from __future__ import annotations

from typing import Annotated

import structlog
import typer

import gpu
from studio.bootstrap.server import tenancy_of
from studio.cli.context import of_all_tenants
from studio.cli.serve import opened_to_stay

_LOG = structlog.get_logger("studio.worker")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


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
    from studio.api.ending import ended_together
    from studio.api.tenancy import Part, begin_tenants
    from studio.cli.stop_signals import StopSignals

    of_all_tenants()
    told = StopSignals()
    opened = opened_to_stay(patient=False)
    count = workers or opened.settings.worker_count
    executor = opened.images.executor(workers=count)
    with ended_together() as stops:
        stops.add("images", lambda within_s: executor.stop(timeout_s=within_s))
        executor.start(listener=_log_job)
        told.begin_work()
        _LOG.info("working", workers=count)
        begin_tenants(tenancy_of(opened), Part(workers=count), stops=stops)
        told.wait()
        _LOG.info("stopping")
    _LOG.info("stopped")


def _log_job(event: gpu.WorkerEvent) -> None:
    if event.kind == "done":
        _LOG.info("job_done", job=event.job.id, elapsed_s=round(event.elapsed_s, 3))
    elif event.failure is not None:
        _LOG.warning(f"job_{event.kind}", job=event.job.id, why=event.failure.message)
