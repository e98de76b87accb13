"""Workers as threads of this process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from gpu.executors.crew import Crew
from gpu.identity import worker_id
from gpu.jobs import BatchStatus
from gpu.ports import JobQueue
from gpu.worker import Handler, Listener, Taking, Worker, WorkerOptions

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_GLANCE_S = 0.2  # how often a waiting main thread looks up, so that Ctrl-C is heard


class LocalExecutor:
    """A number of workers in this process, over one queue and one set of handlers.

    Where a handler waits for a device inside `gpu.aside`, up to `stand_ins` further workers do
    jobs meanwhile.
    """

    def __init__(
        self,
        *,
        queue: JobQueue,
        handlers: Mapping[str, Handler],
        workers: int = 1,
        stand_ins: int = 0,
        options: WorkerOptions | None = None,
        taking: Taking | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError("an executor needs at least one worker")
        if stand_ins < 0:
            raise ValueError("there are 0 stand-ins or more")
        self._queue = queue
        self._handlers = dict(handlers)
        self._workers = workers
        self._stand_ins = stand_ins
        self._options = WorkerOptions() if options is None else options
        self._taking = Taking() if taking is None else taking
        self._stop = threading.Event()
        self._crew: Crew | None = None

    def drain(
        self,
        batch_id: str,
        *,
        stop: threading.Event | None = None,
        listener: Listener | None = None,
    ) -> BatchStatus:
        """Run a batch until no row waits or runs, here or elsewhere, or until `stop` is set.

        Then running jobs are asked to give up: those whose handlers do go back to the queue, and
        others are finished. Ctrl-C does the same, and is raised again; a second one ends at once,
        and the next run takes their jobs over. Raises BatchNotFound, and errors of the queue
        itself.
        """
        stop = threading.Event() if stop is None else stop
        self._queue.status(batch_id)
        self._queue.requeue_abandoned()
        errors: list[Exception] = []

        def guarded(work: Callable[[], T], *, failed: T) -> T:
            try:
                return work()
            except Exception as error:  # noqa: BLE001 - outermost loop of a thread; raised below
                errors.append(error)
                stop.set()
                return failed

        def drained() -> bool:
            return self._queue.status(batch_id).drained

        def work(number: int) -> None:
            worker = self._worker(number, listener)
            guarded(lambda: worker.run(stop=stop, batch_id=batch_id, drained=drained), failed=None)

        def step(number: int) -> bool:
            worker = self._worker(number, listener)
            return not stop.is_set() and guarded(
                lambda: worker.run_one(stop=stop, batch_id=batch_id), failed=False
            )

        crew = Crew(work=work, step=step, stand_ins=self._stand_ins)
        crew.start(self._workers)
        _join(crew, stop=stop)
        if errors:
            raise errors[0]
        return self._queue.status(batch_id)

    def start(self, *, listener: Listener | None = None) -> None:
        """Work on every batch in the background until `stop` is called.

        A queue that cannot be reached for a while is asked again. Raises RuntimeError where an
        earlier start has not ended, even if it was told to.
        """
        if self._crew is not None and self._crew.alive:
            raise RuntimeError("the executor was started already, and has not ended")
        self._stop.clear()
        self._crew = Crew(
            work=lambda number: self._work_forever(self._worker(number, listener)),
            step=lambda number: self._step(self._worker(number, listener)),
            stand_ins=self._stand_ins,
        )
        self._crew.start(self._workers)

    def stop(self, *, timeout_s: float | None = None) -> bool:
        """Take no further job, ask the running ones to give up, and say whether all ended in time.

        A job whose handler gives up goes back to the queue, to be run again; others are finished.
        `timeout_s` is for all of them together.
        """
        self._stop.set()
        if self._crew is None:
            return True
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        for thread in self._crew.alive:
            thread.join(None if deadline_s is None else max(0.0, deadline_s - time.monotonic()))
        if self._crew.alive:
            return False
        self._crew = None
        return True

    def _work_forever(self, worker: Worker) -> None:
        while not self._stop.is_set():
            try:
                worker.run(stop=self._stop)
            except Exception:  # noqa: BLE001 - outermost loop of a thread
                _LOG.exception("queue_unreachable")
                self._stop.wait(max(1.0, self._options.poll_s))

    def _step(self, worker: Worker) -> bool:
        try:
            return not self._stop.is_set() and worker.run_one(stop=self._stop)
        except Exception:  # noqa: BLE001 - outermost loop of a thread
            _LOG.exception("queue_unreachable")
            return False

    def _worker(self, number: int, listener: Listener | None) -> Worker:
        return Worker(
            queue=self._queue,
            handlers=self._handlers,
            worker_id=worker_id(str(number)),
            options=self._options,
            listener=listener,
            taking=self._taking,
        )


def _join(crew: Crew, *, stop: threading.Event) -> None:
    try:
        _wait(crew)
    except KeyboardInterrupt:
        stop.set()
        _wait(crew)
        raise


def _wait(crew: Crew) -> None:
    while threads := crew.alive:
        for thread in threads:
            thread.join(_GLANCE_S)
