"""Jobs that survive crashes, workers that run them, and a cache of loaded models.

A job is any JSON payload with a handler; its id names the work, so that the same work is done
once, in however many batches it stands. Workers hold a job by a lease, so that a killed worker's
jobs are run by another. Nothing here knows what the jobs are about.

    queue = SqlJobQueue(engine, clock=time.time)          # gpu.queues.sql
    queue.enqueue([RowSpec(number=0, job=JobSpec(id=..., kind="white", payload={...}))],
                  batch_id="b1")
    executor = LocalExecutor(queue=queue, handlers={"white": make_white}, workers=2)
    status = executor.drain("b1")

The durable queue, `gpu.queues.sql.SqlJobQueue`, and the devices, `gpu.devices.torch`, are not
imported here, so that this package loads neither a database library nor torch.
"""

from gpu.attempt import Control
from gpu.batching import Batcher
from gpu.cache import ModelCache
from gpu.calls import Work
from gpu.errors import (
    BatchInvalid,
    BatchNotFound,
    CacheError,
    GpuError,
    HandlerMissing,
    JobCancelled,
    JobNotFound,
    LeaseLost,
    ModelCacheFull,
    ModelTooLarge,
    TransientError,
)
from gpu.executors.crew import aside
from gpu.executors.local import LocalExecutor
from gpu.identity import is_dead, worker_id
from gpu.jobs import (
    BatchRow,
    BatchStatus,
    Claim,
    Failure,
    Job,
    JobSpec,
    JobState,
    JsonObject,
    RowSpec,
)
from gpu.ports import BatchBook, JobQueue, LeaseAnswer, WorkQueue
from gpu.residents import ModelSpec
from gpu.retry import Decision, GiveUp, Retry, RetryPolicy
from gpu.worker import (
    EventKind,
    Handler,
    Listener,
    Taking,
    Worker,
    WorkerEvent,
    WorkerOptions,
)

__all__ = [
    "BatchBook",
    "BatchInvalid",
    "BatchNotFound",
    "BatchRow",
    "BatchStatus",
    "Batcher",
    "CacheError",
    "Claim",
    "Control",
    "Decision",
    "EventKind",
    "Failure",
    "GiveUp",
    "GpuError",
    "Handler",
    "HandlerMissing",
    "Job",
    "JobCancelled",
    "JobNotFound",
    "JobQueue",
    "JobSpec",
    "JobState",
    "JsonObject",
    "LeaseAnswer",
    "LeaseLost",
    "Listener",
    "LocalExecutor",
    "ModelCache",
    "ModelCacheFull",
    "ModelSpec",
    "ModelTooLarge",
    "Retry",
    "RetryPolicy",
    "RowSpec",
    "Taking",
    "TransientError",
    "Work",
    "WorkQueue",
    "Worker",
    "WorkerEvent",
    "WorkerOptions",
    "aside",
    "is_dead",
    "worker_id",
]
