"""Workers as threads of this process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from gpu.identity import worker_id
from gpu.jobs import BatchStatus
from gpu.ports import JobQueue
from gpu.worker import Handler, Listener, Worker, WorkerOptions

_LOG = logging.getLogger(__name__)
_GLANCE_S = 0.2  # how often a waiting main thread looks up, so that Ctrl-C is heard


class LocalExecutor:
    """A number of workers in this process, over one queue and one set of handlers."""

    def __init__(
        self,
        *,
        queue: JobQueue,
        handlers: Mapping[str, Handler],
        workers: int = 1,
        options: WorkerOptions | None = None,
    ) -> None:
        if workers < 1:
            raise ValueError("an executor needs at least one worker")
        self._queue = queue
        self._handlers = dict(handlers)
        self._workers = workers
        self._options = WorkerOptions() if options is None else options
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def drain(
        self,
        batch_id: str,
        *,
        stop: threading.Event | None = None,
        listener: Listener | None = None,
    ) -> BatchStatus:
        """Run a batch until no row waits or runs, here or elsewhere, or until `stop` is set.

        Ctrl-C lets the running jobs end, then is raised again; a second one ends at once, and the
        next run takes their jobs over. Raises BatchNotFound, and errors of the queue itself.
        """
        stop = threading.Event() if stop is None else stop
        self._queue.status(batch_id)
        self._queue.requeue_abandoned()
        errors: list[Exception] = []

        def work(worker: Worker) -> None:
            try:
                worker.run(
                    stop=stop,
                    batch_id=batch_id,
                    drained=lambda: self._queue.status(batch_id).drained,
                )
            except Exception as error:  # noqa: BLE001 - outermost loop of a thread; raised below
                errors.append(error)
                stop.set()

        _join(self._launch(work, listener=listener), stop=stop)
        if errors:
            raise errors[0]
        return self._queue.status(batch_id)

    def start(self, *, listener: Listener | None = None) -> None:
        """Work on every batch in the background until `stop` is called.

        A queue that cannot be reached for a while is asked again.
        """
        if self._threads:
            raise RuntimeError("the executor was started already")
        self._stop.clear()
        self._threads = self._launch(self._work_forever, listener=listener)

    def stop(self, *, timeout_s: float | None = None) -> bool:
        """Take no further job, let the running ones end, and say whether all did in time."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout_s)
        ended = not any(thread.is_alive() for thread in self._threads)
        self._threads = []
        return ended

    def _work_forever(self, worker: Worker) -> None:
        while not self._stop.is_set():
            try:
                worker.run(stop=self._stop)
            except Exception:  # noqa: BLE001 - outermost loop of a thread
                _LOG.exception("queue_unreachable")
                self._stop.wait(max(1.0, self._options.poll_s))

    def _launch(
        self, work: Callable[[Worker], None], *, listener: Listener | None
    ) -> list[threading.Thread]:
        threads = []
        for number in range(self._workers):
            worker = Worker(
                queue=self._queue,
                handlers=self._handlers,
                worker_id=worker_id(str(number)),
                options=self._options,
                listener=listener,
            )
            thread = threading.Thread(
                target=work, args=(worker,), name=f"worker-{number}", daemon=True
            )
            thread.start()
            threads.append(thread)
        return threads


def _join(threads: list[threading.Thread], *, stop: threading.Event) -> None:
    try:
        _wait(threads)
    except KeyboardInterrupt:
        stop.set()
        _wait(threads)
        raise


def _wait(threads: list[threading.Thread]) -> None:
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(_GLANCE_S)
