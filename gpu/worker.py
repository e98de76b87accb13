"""One worker: takes a job, runs its handler under a lease, records what came out, goes on."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, assert_never

from gpu.attempt import Attempt, Control
from gpu.errors import HandlerMissing, JobCancelled, LeaseLost
from gpu.hearing import hearing
from gpu.jobs import Claim, Failure, Job, JsonObject
from gpu.ports import WorkQueue
from gpu.retry import GiveUp, Retry, RetryPolicy

_LOG = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[dict[str, Any], Control], JsonObject]
"""Runs a job's payload and returns its result as a JSON object."""

EventKind: TypeAlias = Literal["started", "progress", "done", "retry", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerEvent:
    """Something happened to a job; `fraction` within [0, 1], `elapsed_s` since the claim."""

    kind: EventKind
    job: Job
    fraction: float
    elapsed_s: float
    result: JsonObject | None = None
    failure: Failure | None = None


Listener: TypeAlias = Callable[[WorkerEvent], None]
"""Told of each event, from the thread of the worker or of its handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """How a worker behaves.

    A lease of `lease_s` is renewed while the handler runs; an idle worker looks for work every
    `poll_s`.
    """

    lease_s: float = 60.0
    poll_s: float = 0.5
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    def __post_init__(self) -> None:
        if self.lease_s <= 0 or self.poll_s <= 0:
            raise ValueError("lease_s and poll_s are positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """How the workers of a process take jobs: one at a time.

    `expect` is entered with a job before the next one is taken, and left when the job is over: so
    what the job will need is known before a later job can ask for something else.
    """

    expect: Callable[[Job], AbstractContextManager[None]] = field(
        default=lambda _job: nullcontext()
    )
    turn: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    result: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed:
    error: Exception


@dataclass(frozen=True, slots=True)
class _Stopped:
    """The handler gave up because it was asked to."""


_Outcome: TypeAlias = _Done | _Failed | _Stopped


class Worker:
    """Runs jobs of a queue, one at a time, until it is stopped or there is nothing left."""

    def __init__(
        self,
        *,
        queue: WorkQueue,
        handlers: Mapping[str, Handler],
        worker_id: str,
        options: WorkerOptions | None = None,
        listener: Listener | None = None,
        taking: Taking | None = None,
    ) -> None:
        self._queue = queue
        self._handlers = dict(handlers)
        self._worker_id = worker_id
        self._options = WorkerOptions() if options is None else options
        self._listener = listener
        self._taking = Taking() if taking is None else taking

    def run(
        self,
        *,
        stop: threading.Event,
        batch_id: str | None = None,
        drained: Callable[[], bool] | None = None,
    ) -> None:
        """Work until `stop` is set or, where `drained` is given, it says that all is done.

        A job that runs when `stop` is set is finished, unless its handler asks `cancelled()` and
        gives up; then it is given back to the queue. Errors of the queue itself are raised.
        """
        while not stop.is_set():
            if self.run_one(stop=stop, batch_id=batch_id):
                continue
            if drained is not None and drained():
                return
            stop.wait(self._options.poll_s)

    def run_one(self, *, stop: threading.Event, batch_id: str | None = None) -> bool:
        """Take one job and see it through; whether there was one."""
        with ExitStack() as until_over:
            with self._taking.turn:
                claim = self._queue.claim(
                    worker_id=self._worker_id, lease_s=self._options.lease_s, batch_id=batch_id
                )
                if claim is None:
                    return False
                try:
                    until_over.enter_context(self._taking.expect(claim.job))
                    hindrance = None
                except Exception as error:  # noqa: BLE001 - the outermost loop, as in `_outcome`
                    hindrance = error
            self._see_through(claim, stop, hindrance)
        return True

    def _see_through(
        self, claim: Claim, stop: threading.Event, hindrance: Exception | None
    ) -> None:
        attempt = Attempt(
            self._queue,
            claim,
            lease_s=self._options.lease_s,
            stop=stop,
            on_progress=lambda: self._tell(attempt, "progress"),
        )
        self._tell(attempt, "started")
        with attempt:
            outcome = (
                self._outcome(claim.job, attempt) if hindrance is None else _Failed(error=hindrance)
            )
        try:
            self._record(attempt, outcome)
        except LeaseLost:
            _LOG.warning("lease_lost", extra={"job_id": claim.job.id, "worker": self._worker_id})
            self._tell(attempt, "stopped")

    def _outcome(self, job: Job, attempt: Attempt) -> _Outcome:
        try:
            with hearing(attempt.cancelled):
                result = self._handler_of(job)(dict(job.payload), attempt)
            json.dumps(dict(result), allow_nan=False)
        except JobCancelled as error:
            # A handler that stops unasked would be queued again and again.
            return _Stopped() if attempt.cancelled() else _Failed(error=error)
        except Exception as error:  # noqa: BLE001 - the outermost loop: a job may fail in any way
            return _Failed(error=error)
        return _Done(result=result)

    def _handler_of(self, job: Job) -> Handler:
        handler = self._handlers.get(job.kind)
        if handler is None:
            raise HandlerMissing(kind=job.kind, known=tuple(sorted(self._handlers)))
        return handler

    def _record(self, attempt: Attempt, outcome: _Outcome) -> None:
        match outcome:
            case _Done(result=result):
                self._queue.complete(attempt.claim, result=result)
                self._tell(attempt, "done", result=result)
            case _Failed(error=error):
                self._record_failure(attempt, error)
            case _Stopped():
                self._queue.release(attempt.claim)
                self._tell(attempt, "stopped")
            case _:
                assert_never(outcome)

    def _record_failure(self, attempt: Attempt, error: Exception) -> None:
        job, failure = attempt.claim.job, Failure.of(error)
        decision = self._options.retry.decide(error, attempts=job.attempts)
        _LOG.info(
            "attempt_failed",
            exc_info=error,
            extra={"job_id": job.id, "attempt": job.attempts, "decision": repr(decision)},
        )
        match decision:
            case Retry(delay_s=delay_s):
                self._queue.fail(attempt.claim, failure=failure, retry_after_s=delay_s)
                self._tell(attempt, "retry", failure=failure)
            case GiveUp():
                self._queue.fail(attempt.claim, failure=failure, retry_after_s=None)
                self._tell(attempt, "failed", failure=failure)
            case _:
                assert_never(decision)

    def _tell(
        self,
        attempt: Attempt,
        kind: EventKind,
        *,
        result: JsonObject | None = None,
        failure: Failure | None = None,
    ) -> None:
        if self._listener is None:
            return
        event = WorkerEvent(
            kind=kind,
            job=attempt.claim.job,
            fraction=1.0 if kind == "done" else attempt.fraction,
            elapsed_s=attempt.elapsed_s,
            result=result,
            failure=failure,
        )
        self._listener(event)
