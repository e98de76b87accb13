"""What can go wrong with jobs, workers and models on a device.

GpuError
├── TransientError        a handler's word for: try this again later
├── JobCancelled          raised inside a handler that was asked to stop
├── HandlerMissing        a job of a kind that this worker cannot run
├── LeaseLost             another worker has this job now, or nobody
├── BatchNotFound         no batch has this id
├── JobNotFound           no job has this id
├── BatchInvalid          rows that make no batch
└── CacheError
    ├── ModelTooLarge     one model alone is above the budget
    └── ModelCacheFull    models in use leave no room, and none was given back in time
"""

from __future__ import annotations


class GpuError(Exception):
    """Any failure of jobs, workers and the model cache."""


class TransientError(GpuError):
    """A failure that another attempt may not meet, as a lost connection; handlers raise it."""


class JobCancelled(GpuError):
    """The handler was asked to stop, and did."""

    def __init__(self) -> None:
        super().__init__("the job was asked to stop")


class HandlerMissing(GpuError):
    """The worker was given no handler for jobs of this kind."""

    def __init__(self, *, kind: str, known: tuple[str, ...]) -> None:
        self.kind = kind
        self.known = known
        super().__init__(
            f"this worker runs no jobs of kind {kind!r}, only {', '.join(known) or 'none'}; "
            "start one that does"
        )


class LeaseLost(GpuError):
    """The worker held the job for too long without a word; what it made is not recorded."""

    def __init__(self, *, job_id: str, worker_id: str) -> None:
        self.job_id = job_id
        self.worker_id = worker_id
        super().__init__(f"worker {worker_id} no longer holds job {job_id}")


class BatchNotFound(GpuError):
    """No batch has this id."""

    def __init__(self, *, batch_id: str) -> None:
        self.batch_id = batch_id
        super().__init__(f"no batch {batch_id[:80]!r}; check the id that was given at its start")


class JobNotFound(GpuError):
    """No job has this id."""

    def __init__(self, *, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"no job {job_id[:80]!r}")


class BatchInvalid(GpuError):
    """These rows make no batch."""

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(f"not a batch: {why}")


class CacheError(GpuError):
    """A model could not be brought into memory within the budget."""


class ModelTooLarge(CacheError):
    """One model alone is larger than the whole budget."""

    def __init__(self, *, key: str, resident_bytes: int, budget_bytes: int) -> None:
        self.key = key
        self.resident_bytes = resident_bytes
        self.budget_bytes = budget_bytes
        super().__init__(
            f"model {key} needs {resident_bytes:,} bytes, the budget is {budget_bytes:,}; "
            "raise the budget or choose a smaller model"
        )


class ModelCacheFull(CacheError):
    """Models that are in use leave no room for another."""

    def __init__(self, *, key: str, in_use: tuple[str, ...], waited_s: float) -> None:
        self.key = key
        self.in_use = in_use
        self.waited_s = waited_s
        super().__init__(
            f"no room for model {key} after {waited_s:g} s; in use: {', '.join(in_use)}"
        )
