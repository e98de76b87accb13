"""What workers and submitters need from a job queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol, TypeAlias

from gpu.jobs import BatchRow, BatchStatus, Claim, Failure, Job, JsonObject, RowSpec

LeaseAnswer: TypeAlias = Literal["held", "cancel", "lost"]
"""Go on; stop, the submitter cancelled; stop, the job is no longer this worker's."""


class WorkQueue(Protocol):
    """A worker's side. Implementations are safe to call from several threads and processes."""

    def claim(self, *, worker_id: str, lease_s: float, batch_id: str | None = None) -> Claim | None:
        """Take the job that waited longest, or None; no two workers ever get the same one.

        A job whose worker died or whose lease ran out waits again.
        """
        ...

    def extend(self, claim: Claim, *, lease_s: float, progress: float) -> LeaseAnswer:
        """Say that the worker is alive and how far the job is, within [0, 1]."""
        ...

    def complete(self, claim: Claim, *, result: JsonObject) -> None:
        """Record the result for good. Raises LeaseLost."""
        ...

    def fail(self, claim: Claim, *, failure: Failure, retry_after_s: float | None) -> None:
        """Record a failure: for good, or until a further attempt. Raises LeaseLost."""
        ...

    def release(self, claim: Claim) -> None:
        """Give the job back unfinished; the attempt does not count. A lost lease is no error."""
        ...


class BatchBook(Protocol):
    """A submitter's side. Every method but `enqueue` raises BatchNotFound."""

    def enqueue(self, rows: Iterable[RowSpec], *, batch_id: str, name: str = "") -> BatchStatus:
        """Record a batch durably, whole or not at all.

        A job that was done before is not run again: its row is done at once. One that failed or
        was cancelled before gets a fresh start. Raises BatchInvalid.
        """
        ...

    def status(self, batch_id: str) -> BatchStatus:
        """How many rows stand where."""
        ...

    def rows(self, batch_id: str, *, after: int = -1, limit: int = 1000) -> tuple[BatchRow, ...]:
        """Rows in order of their numbers, those above `after`, `limit` at most."""
        ...

    def cancel(self, batch_id: str) -> BatchStatus:
        """Stop what waits and ask what runs to stop, but for jobs that other batches need."""
        ...

    def resume(self, batch_id: str, *, retry_failed: bool = True) -> BatchStatus:
        """Queue again what was cancelled, abandoned or, if asked, failed."""
        ...


class JobQueue(WorkQueue, BatchBook, Protocol):
    """Both sides, and what keeps a queue in order."""

    def job(self, job_id: str) -> Job:
        """One job. Raises JobNotFound."""
        ...

    def batches(self, *, limit: int = 20) -> tuple[BatchStatus, ...]:
        """The newest batches first."""
        ...

    def requeue_abandoned(self) -> int:
        """Queue again the jobs of dead workers and those whose lease ran out; how many.

        A job that outlived too many workers fails: it is likely what kills them.
        """
        ...
