"""The tables of the job queue; their names start with `job`, so they may share a database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

METADATA: Final = MetaData()

JOB: Final = Table(
    "job",
    METADATA,
    Column("id", String(128), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("queued_s", Double, nullable=False),
    Column("position", Integer, nullable=False),
    Column("not_before_s", Double, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("abandoned", Integer, nullable=False, default=0),
    Column("claims", Integer, nullable=False, default=0),
    Column("worker_id", String(200)),
    Column("lease_until_s", Double),
    Column("cancel_requested", Boolean, nullable=False, default=False, server_default=false()),
    Column("progress", Double, nullable=False, default=0.0),
    Column("started_s", Double),
    Column("finished_s", Double),
    Column("result", JSON(none_as_null=True)),
    Column("failure_kind", String(200)),
    Column("failure_message", Text),
    Index("job_next", "state", "queued_s", "position"),
)

BATCH: Final = Table(
    "job_batch",
    METADATA,
    Column("id", String(128), primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("cancelled_s", Double),
)

ROW: Final = Table(
    "job_batch_row",
    METADATA,
    Column("batch_id", String(128), ForeignKey("job_batch.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("label", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("job_id", String(128), ForeignKey("job.id")),
    Column("failure_kind", String(200)),
    Column("failure_message", Text),
    Index("job_batch_row_by_job", "job_id"),
)
