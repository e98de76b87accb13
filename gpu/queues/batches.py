"""The submitters' side of the SQL queue: batches and their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.exc import IntegrityError

from gpu.errors import BatchInvalid, BatchNotFound
from gpu.jobs import BatchRow, BatchStatus, JobSpec, JobState, RowSpec
from gpu.queues.claims import elapsed_s, failure_of
from gpu.queues.tables import BATCH, JOB, ROW

ItemT = TypeVar("ItemT")

_CHUNK_ROWS: Final = 500
_FRESH: Final = {
    "state": JobState.QUEUED,
    "attempts": 0,
    "abandoned": 0,
    "not_before_s": 0.0,
    "progress": 0.0,
    "cancel_requested": False,
    "failure_kind": None,
    "failure_message": None,
    "started_s": None,
    "finished_s": None,
}
_COUNTED_AS: Final = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "running",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "stopped",
    None: "refused",
}


class SqlBatches:
    """`BatchBook` over SQL, but for what concerns workers. Times come from `clock`."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    def enqueue(self, rows: Iterable[RowSpec], *, batch_id: str, name: str = "") -> BatchStatus:
        """Record a batch durably, whole or not at all; as `BatchBook.enqueue`."""
        rows = tuple(rows)
        _check_rows(rows)
        now_s = self._clock()
        with self._engine.begin() as connection:
            _insert_batch(connection, batch_id=batch_id, name=name, now_s=now_s)
            for chunk in _chunks(_jobs_by_id(rows)):
                self._insert_jobs(connection, chunk, now_s=now_s)
            for some in _chunks(rows):
                connection.execute(insert(ROW), [_row_values(batch_id, row) for row in some])
        return self.status(batch_id)

    def status(self, batch_id: str) -> BatchStatus:
        """How many rows stand where. Raises BatchNotFound."""
        with self._engine.connect() as connection:
            found = _statuses(connection, BATCH.c.id == batch_id, limit=1)
        if not found:
            raise BatchNotFound(batch_id=batch_id)
        return found[0]

    def batches(self, *, limit: int = 20) -> tuple[BatchStatus, ...]:
        """The newest batches first."""
        with self._engine.connect() as connection:
            return _statuses(connection, literal(value=True), limit=limit)

    def rows(self, batch_id: str, *, after: int = -1, limit: int = 1000) -> tuple[BatchRow, ...]:
        """Rows in order of their numbers; as `BatchBook.rows`."""
        page = (
            select(
                ROW,
                JOB.c.state,
                JOB.c.progress,
                JOB.c.result,
                JOB.c.started_s,
                JOB.c.finished_s,
                func.coalesce(ROW.c.failure_kind, JOB.c.failure_kind).label("kind"),
                func.coalesce(ROW.c.failure_message, JOB.c.failure_message).label("message"),
            )
            .join_from(ROW, JOB, ROW.c.job_id == JOB.c.id, isouter=True)
            .where(ROW.c.batch_id == batch_id, ROW.c.number > after)
            .order_by(ROW.c.number)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            found = connection.execute(page).all()
        if not found:
            self.status(batch_id)
        return tuple(_as_batch_row(row) for row in found)

    def cancel(self, batch_id: str) -> BatchStatus:
        """Stop what only this batch needs; as `BatchBook.cancel`."""
        with self._engine.begin() as connection:
            self._mark(connection, batch_id, cancelled_s=self._clock())
            mine = _unneeded_jobs_of(batch_id)
            connection.execute(
                update(JOB)
                .where(mine, JOB.c.state == JobState.QUEUED)
                .values(state=JobState.CANCELLED)
            )
            connection.execute(
                update(JOB)
                .where(mine, JOB.c.state == JobState.RUNNING)
                .values(cancel_requested=True)
            )
        return self.status(batch_id)

    def reopen(self, batch_id: str, *, retry_failed: bool) -> None:
        """Queue again what was cancelled or, if asked, failed. Raises BatchNotFound."""
        again = [JobState.CANCELLED] + ([JobState.FAILED] if retry_failed else [])
        with self._engine.begin() as connection:
            self._mark(connection, batch_id, cancelled_s=None)
            connection.execute(
                update(JOB)
                .where(_in_batch(batch_id), JOB.c.state.in_(again))
                .values(**_FRESH, queued_s=self._clock())
            )
            connection.execute(
                update(JOB)
                .where(_in_batch(batch_id), JOB.c.state == JobState.RUNNING)
                .values(cancel_requested=False)
            )

    def _mark(self, connection: Connection, batch_id: str, *, cancelled_s: float | None) -> None:
        marked = update(BATCH).where(BATCH.c.id == batch_id).values(cancelled_s=cancelled_s)
        if connection.execute(marked).rowcount == 0:
            raise BatchNotFound(batch_id=batch_id)

    def _insert_jobs(
        self, connection: Connection, jobs: Sequence[tuple[int, JobSpec]], *, now_s: float
    ) -> None:
        new = PostgresqlInsert if self._engine.dialect.name == "postgresql" else SqliteInsert
        fresh = new(JOB)
        restarted = [*_FRESH, "queued_s", "position"]
        connection.execute(
            fresh.on_conflict_do_update(
                index_elements=[JOB.c.id],
                set_={name: fresh.excluded[name] for name in restarted},
                where=or_(JOB.c.state == JobState.FAILED, JOB.c.state == JobState.CANCELLED),
            ),
            [
                {
                    "id": job.id,
                    "kind": job.kind,
                    "payload": dict(job.payload),
                    "queued_s": now_s,
                    "position": number,
                    **_FRESH,
                }
                for number, job in jobs
            ],
        )
        connection.execute(
            update(JOB)
            .where(JOB.c.id.in_([job.id for _, job in jobs]), JOB.c.state == JobState.RUNNING)
            .values(cancel_requested=False)
        )


def _check_rows(rows: Sequence[RowSpec]) -> None:
    if not rows:
        raise BatchInvalid(why="it has no rows; give it at least one")
    if len({row.number for row in rows}) != len(rows):
        raise BatchInvalid(why="two rows have the same number; number each row differently")


def _jobs_by_id(rows: Sequence[RowSpec]) -> list[tuple[int, JobSpec]]:
    """Each job once with its turn, in one order for all writers, so that none deadlock.

    Turns follow the rows' numbers, but for jobs of one affinity, which follow the first of them.
    """
    jobs: dict[str, JobSpec] = {}
    groups: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row.number):
        if row.job is not None and row.job.id not in jobs:
            jobs[row.job.id] = row.job
            groups.setdefault(row.job.affinity, []).append(row.job.id)
    turns = {job_id: turn for turn, job_id in enumerate(chain.from_iterable(groups.values()))}
    return [(turns[job_id], jobs[job_id]) for job_id in sorted(jobs)]


def _chunks(items: Sequence[ItemT]) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), _CHUNK_ROWS):
        yield items[start : start + _CHUNK_ROWS]


def _insert_batch(connection: Connection, *, batch_id: str, name: str, now_s: float) -> None:
    try:
        connection.execute(insert(BATCH).values(id=batch_id, name=name, created_s=now_s))
    except IntegrityError as error:
        raise BatchInvalid(why=f"the id {batch_id!r} is taken; choose another") from error


def _row_values(batch_id: str, row: RowSpec) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "number": row.number,
        "label": row.label,
        "data": dict(row.data),
        "job_id": None if row.job is None else row.job.id,
        "failure_kind": None if row.failure is None else row.failure.kind,
        "failure_message": None if row.failure is None else row.failure.message,
    }


def _in_batch(batch_id: str) -> ColumnElement[bool]:
    return exists().where(ROW.c.job_id == JOB.c.id, ROW.c.batch_id == batch_id)


def _unneeded_jobs_of(batch_id: str) -> ColumnElement[bool]:
    """Jobs of this batch that stand in no batch that still goes on."""
    needed = exists().where(
        ROW.c.job_id == JOB.c.id, BATCH.c.id == ROW.c.batch_id, BATCH.c.cancelled_s.is_(None)
    )
    return and_(_in_batch(batch_id), ~needed)


def _statuses(
    connection: Connection, which: ColumnElement[bool], *, limit: int
) -> tuple[BatchStatus, ...]:
    newest = select(BATCH).where(which).order_by(BATCH.c.created_s.desc(), BATCH.c.id).limit(limit)
    batches = connection.execute(newest).all()
    counts = connection.execute(
        select(ROW.c.batch_id, JOB.c.state, func.count())
        .join_from(ROW, JOB, ROW.c.job_id == JOB.c.id, isouter=True)
        .where(ROW.c.batch_id.in_([batch.id for batch in batches]))
        .group_by(ROW.c.batch_id, JOB.c.state)
    ).all()
    found: dict[str, dict[str, int]] = {batch.id: {} for batch in batches}
    for batch_id, state, count in counts:
        found[batch_id][_COUNTED_AS[state]] = count
    return tuple(
        BatchStatus(
            id=batch.id,
            name=batch.name,
            created_s=batch.created_s,
            cancelled=batch.cancelled_s is not None,
            **found[batch.id],
        )
        for batch in batches
    )


def _as_batch_row(row: Row[Any]) -> BatchRow:
    return BatchRow(
        number=row.number,
        label=row.label,
        data=row.data,
        job_id=row.job_id,
        state=JobState.FAILED if row.state is None else JobState(row.state),
        progress=row.progress or 0.0,
        result=row.result,
        failure=failure_of(row.kind, row.message),
        elapsed_s=elapsed_s(row.started_s, row.finished_s),
    )
