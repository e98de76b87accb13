"""Jobs, batches and their rows, as values.

A job is one recipe to run; its id is the recipe's hash, so that the same recipe is one job in
however many batches it stands. A batch is a list of rows; each row points to a job, or keeps the
reason why it never became one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

JsonObject: TypeAlias = Mapping[str, Any]
"""What `json.dumps` takes as an object."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job or row failed: the error's name and its own words."""

    kind: str
    message: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """What an exception says; one that says nothing is named."""
        kind = type(error).__name__
        return cls(kind=kind, message=str(error) or kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """A job to be done.

    `id` names the work itself (a recipe's hash), `kind` the handler that runs it, `payload` is
    the JSON object that the handler receives. Within a batch, jobs of one `affinity` (the large
    model they need) are run one after another, so that it is loaded once.
    """

    id: str
    kind: str
    payload: JsonObject
    affinity: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.id) <= 128:
            raise ValueError("a job's id has 1 to 128 characters")
        if not 1 <= len(self.kind) <= 64:
            raise ValueError("a job's kind has 1 to 64 characters")
        json.dumps(dict(self.payload), allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSpec:
    """A row of a batch to be enqueued: either a job, or the failure that kept it from being one.

    `number` counts as the submitter counts, `label` is how the submitter knows the row (an input
    file's name), `data` is given back with the row and is no part of the job.
    """

    number: int
    label: str = ""
    job: JobSpec | None = None
    failure: Failure | None = None
    data: JsonObject = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("rows are numbered from 0 or more")
        if (self.job is None) == (self.failure is None):
            raise ValueError(f"row {self.number} needs either a job or a failure")
        json.dumps(dict(self.data), allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the queue knows it.

    `attempts` counts the tries that were begun and not given back, `progress` is within [0, 1],
    `elapsed_s` the time from the last claim to the end, None before the end.
    """

    id: str
    kind: str
    payload: JsonObject
    state: JobState
    attempts: int = 0
    progress: float = 0.0
    result: JsonObject | None = None
    failure: Failure | None = None
    elapsed_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A worker's hold on a job; `number` is new with every claim, so that an old hold is known."""

    job: Job
    worker_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """A row of a batch with the state of its job; a row without a job has failed."""

    number: int
    label: str
    data: JsonObject
    job_id: str | None
    state: JobState
    progress: float
    result: JsonObject | None
    failure: Failure | None
    elapsed_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchStatus:
    """How many rows of a batch stand where; `refused` rows never became jobs."""

    id: str
    name: str
    created_s: float
    cancelled: bool
    queued: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    stopped: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return self.queued + self.running + self.finished

    @property
    def finished(self) -> int:
        """Rows that nothing more will happen to."""
        return self.done + self.failed + self.stopped + self.refused

    @property
    def drained(self) -> bool:
        """Whether no row waits or runs."""
        return self.queued + self.running == 0
