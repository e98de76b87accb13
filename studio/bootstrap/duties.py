"""The recurring work of one database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from studio.bootstrap.shell import Shell
from studio.bootstrap.webhooks import webhooks_of

if TYPE_CHECKING:
    from studio.services.scheduling import Duty, Scheduler
    from studio.services.scheduling.scheduler import Count

_LOG = logging.getLogger(__name__)


def scheduler_of(shell: Shell, *, count: Count | None = None) -> Scheduler:
    """What does the recurring work, in the one process of a database that leads."""
    from studio.db.leadership import leadership_of
    from studio.services.scheduling import Scheduler

    duties = duties_of(shell, count=count)
    return Scheduler(duties, leadership=leadership_of(shell.engine), count=count)


def duties_of(shell: Shell, *, count: Count | None = None) -> tuple[Duty, ...]:
    """The recurring work: whoever adds some adds it here."""
    from studio.services.scheduling import Duty

    webhooks = webhooks_of(shell.settings, shell.engine, count=count)

    def advance() -> None:
        for test in shell.tests.advance_due():
            if count is not None:
                count("packshot_tests_advanced_total", state=str(test.state))

    return (
        Duty(name="advance-tests", every_s=10.0, run=advance),
        Duty(name="deliver-webhooks", every_s=2.0, run=webhooks.deliver, outside=True),
        Duty(name="forget-deliveries", every_s=3600.0, run=webhooks.forget),
        # A server counts more often; this is for a scheduler that runs alone.
        Duty(name="count-events", every_s=1.0, run=shell.events.counter.catch_up),
        Duty(name="forget-events", every_s=6 * 3600.0, run=shell.events.forget),
        *(
            [Duty(name="rotate-image-keys", every_s=3600.0, run=shell.image_keys.rotate_if_old)]
            if shell.settings.images == "signed"
            else []
        ),
        Duty(name="search-bots", every_s=60.0, run=shell.traffic_search.search_paced),
        *(
            Duty(name=f"{name}-events", every_s=300.0, run=run)
            for name, run in archive_work(shell).items()
        ),
    )


def archive_work(shell: Shell) -> Mapping[str, Callable[[], object]]:
    """What keeps raw events: in files, or in the log for as long as no file can be written."""
    from studio.services.archiving.errors import ParquetMissing
    from studio.services.archiving.parquet import check_parquet

    try:
        check_parquet()
    except ParquetMissing as fault:
        _LOG.warning("events_stay_in_the_log", extra={"why": fault.why, "fix": fault.fix})
        return {"hold": shell.archive.hold}
    return {
        "hold": shell.archive.hold,
        "archive": shell.archive.write,
        "compact": shell.archive.compact,
        "sweep": shell.archive.sweep,
    }
