"""The durable job queue in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from gpu.identity import is_dead
from gpu.jobs import BatchStatus
from gpu.queues.batches import SqlBatches
from gpu.queues.claims import SqlClaims
from gpu.queues.tables import METADATA


def create_schema(engine: Engine) -> None:
    """Make the tables that are not there yet; those that are stay as they are."""
    METADATA.create_all(engine)


class SqlJobQueue(SqlClaims, SqlBatches):
    """A `JobQueue` over an engine that the caller opened and closes. The schema must exist.

    Parameters
    ----------
        clock : epoch seconds; processes that share a database should agree within a second or so,
            far less than a lease
        is_dead : whether a worker of this name has surely ended, which frees its jobs at once
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        is_dead: Callable[[str], bool] = is_dead,
    ) -> None:
        SqlClaims.__init__(self, engine, clock=clock, is_dead=is_dead)
        SqlBatches.__init__(self, engine, clock=clock)

    def resume(self, batch_id: str, *, retry_failed: bool = True) -> BatchStatus:
        """Queue again what was cancelled, abandoned or, if asked, failed. Raises BatchNotFound."""
        self.reopen(batch_id, retry_failed=retry_failed)
        self.requeue_abandoned()
        return self.status(batch_id)
