"""The workers' side of the SQL queue: claims, leases and results.

Every method is one statement in one transaction that begins with a write, so that SQLite never
has to raise a read lock to a write lock, and PostgreSQL never hands one job to two workers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Engine,
    Row,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from gpu.errors import JobNotFound, LeaseLost
from gpu.identity import is_dead
from gpu.jobs import Claim, Failure, Job, JobState, JsonObject
from gpu.ports import LeaseAnswer
from gpu.queues.tables import JOB, ROW

MAX_ABANDONED: Final = 5
"""So many workers may die over one job before it is held to be the cause."""

_ABANDONED = Failure(
    kind="WorkerDied",
    message=f"{MAX_ABANDONED} workers died or fell silent over this job; it is not tried again",
)


class SqlClaims:
    """`WorkQueue` over SQL. Times come from `clock`, in epoch seconds."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        is_dead: Callable[[str], bool] = is_dead,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._is_dead = is_dead

    def claim(self, *, worker_id: str, lease_s: float, batch_id: str | None = None) -> Claim | None:
        """Take the job that waited longest, or None; as `WorkQueue.claim`."""
        row = self._claim_queued(worker_id=worker_id, lease_s=lease_s, batch_id=batch_id)
        if row is None and self.requeue_abandoned():
            row = self._claim_queued(worker_id=worker_id, lease_s=lease_s, batch_id=batch_id)
        return (
            None if row is None else Claim(job=as_job(row), worker_id=worker_id, number=row.claims)
        )

    def extend(self, claim: Claim, *, lease_s: float, progress: float) -> LeaseAnswer:
        """Say that the worker is alive; as `WorkQueue.extend`."""
        extended = (
            update(JOB)
            .where(_held(claim))
            .values(lease_until_s=self._clock() + lease_s, progress=progress)
            .returning(JOB.c.cancel_requested)
        )
        with self._engine.begin() as connection:
            cancel = connection.execute(extended).scalar_one_or_none()
        if cancel is None:
            return "lost"
        return "cancel" if cancel else "held"

    def complete(self, claim: Claim, *, result: JsonObject) -> None:
        """Record the result for good. Raises LeaseLost."""
        self._end(claim, state=JobState.DONE, result=dict(result), progress=1.0)

    def fail(self, claim: Claim, *, failure: Failure, retry_after_s: float | None) -> None:
        """Record a failure; as `WorkQueue.fail`."""
        words = {"failure_kind": failure.kind, "failure_message": failure.message}
        if retry_after_s is None:
            self._end(claim, state=JobState.FAILED, **words)
        else:
            state = case((JOB.c.cancel_requested, JobState.CANCELLED), else_=JobState.QUEUED)
            self._end(claim, state=state, not_before_s=self._clock() + retry_after_s, **words)

    def release(self, claim: Claim) -> None:
        """Give the job back unfinished; as `WorkQueue.release`."""
        state = case((JOB.c.cancel_requested, JobState.CANCELLED), else_=JobState.QUEUED)
        released = (
            update(JOB)
            .where(_held(claim))
            .values(state=state, attempts=JOB.c.attempts - 1, worker_id=None, lease_until_s=None)
        )
        with self._engine.begin() as connection:
            connection.execute(released)

    def job(self, job_id: str) -> Job:
        """One job. Raises JobNotFound."""
        with self._engine.connect() as connection:
            row = connection.execute(select(JOB).where(JOB.c.id == job_id)).first()
        if row is None:
            raise JobNotFound(job_id=job_id)
        return as_job(row)

    def requeue_abandoned(self) -> int:
        """Queue again the jobs of dead workers and of run-out leases; as `JobQueue`."""
        now_s = self._clock()
        with self._engine.connect() as connection:
            running = connection.execute(
                select(JOB.c.worker_id, func.min(JOB.c.lease_until_s))
                .where(JOB.c.state == JobState.RUNNING)
                .group_by(JOB.c.worker_id)
            ).all()
        dead = [worker_id for worker_id, _ in running if self._is_dead(worker_id)]
        if not dead and all(lease_until_s >= now_s for _, lease_until_s in running):
            return 0
        abandoned = and_(
            JOB.c.state == JobState.RUNNING,
            or_(JOB.c.lease_until_s < now_s, JOB.c.worker_id.in_(dead)),
        )
        with self._engine.begin() as connection:
            return connection.execute(
                update(JOB).where(abandoned).values(**_after_abandonment(now_s))
            ).rowcount

    def _claim_queued(
        self, *, worker_id: str, lease_s: float, batch_id: str | None
    ) -> Row[Any] | None:
        now_s = self._clock()
        waiting = (
            select(JOB.c.id)
            .where(JOB.c.state == JobState.QUEUED, JOB.c.not_before_s <= now_s)
            .order_by(JOB.c.queued_s, JOB.c.position, JOB.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if batch_id is not None:
            waiting = waiting.where(
                exists().where(ROW.c.job_id == JOB.c.id, ROW.c.batch_id == batch_id)
            )
        taken = (
            update(JOB)
            .where(JOB.c.id == waiting.scalar_subquery(), JOB.c.state == JobState.QUEUED)
            .values(
                state=JobState.RUNNING,
                worker_id=worker_id,
                lease_until_s=now_s + lease_s,
                started_s=now_s,
                finished_s=None,
                progress=0.0,
                attempts=JOB.c.attempts + 1,
                claims=JOB.c.claims + 1,
            )
            .returning(JOB)
        )
        with self._engine.begin() as connection:
            return connection.execute(taken).first()

    def _end(self, claim: Claim, **values: Any) -> None:
        ended = (
            update(JOB)
            .where(_held(claim))
            .values(worker_id=None, lease_until_s=None, finished_s=self._clock(), **values)
        )
        with self._engine.begin() as connection:
            if connection.execute(ended).rowcount == 0:
                raise LeaseLost(job_id=claim.job.id, worker_id=claim.worker_id)


def as_job(row: Row[Any]) -> Job:
    """A row of the job table as a value."""
    return Job(
        id=row.id,
        kind=row.kind,
        payload=row.payload,
        state=JobState(row.state),
        attempts=row.attempts,
        progress=row.progress,
        result=row.result,
        failure=failure_of(row.failure_kind, row.failure_message),
        elapsed_s=elapsed_s(row.started_s, row.finished_s),
    )


def failure_of(kind: str | None, message: str | None) -> Failure | None:
    """A failure from its two columns."""
    return None if kind is None else Failure(kind=kind, message=message or kind)


def elapsed_s(started_s: float | None, finished_s: float | None) -> float | None:
    """Seconds between two times that may be unknown; 0 where a clock was set back."""
    if started_s is None or finished_s is None:
        return None
    return max(0.0, finished_s - started_s)


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(
        JOB.c.id == claim.job.id,
        JOB.c.state == JobState.RUNNING,
        JOB.c.claims == claim.number,
        JOB.c.worker_id == claim.worker_id,
    )


def _after_abandonment(now_s: float) -> dict[str, Any]:
    hopeless = JOB.c.abandoned + 1 >= MAX_ABANDONED
    return {
        "state": case(
            (JOB.c.cancel_requested, JobState.CANCELLED),
            (hopeless, JobState.FAILED),
            else_=JobState.QUEUED,
        ),
        "failure_kind": case((hopeless, _ABANDONED.kind), else_=null()),
        "failure_message": case((hopeless, _ABANDONED.message), else_=null()),
        "abandoned": JOB.c.abandoned + 1,
        "finished_s": literal(now_s),
        "worker_id": None,
        "lease_until_s": None,
    }
