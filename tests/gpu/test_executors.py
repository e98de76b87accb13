import threading
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from gpu import BatchNotFound, Claim, Control, LocalExecutor, RowSpec, WorkerOptions
from gpu.queues.sql import SqlJobQueue

MakeRows: TypeAlias = Callable[..., list[RowSpec]]
QUICK = WorkerOptions(poll_s=0.01)


def name_of(payload: dict[str, Any], _control: Control) -> dict[str, Any]:
    return {"made": payload["name"]}


def test_several_workers_drain_a_batch(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    executor = LocalExecutor(queue=queue, handlers={"work": name_of}, workers=3, options=QUICK)
    queue.enqueue(make_rows(20), batch_id="b1")
    finished: list[str] = []

    def listen(event: Any) -> None:
        if event.kind == "done":
            finished.append(event.job.id)

    status = executor.drain("b1", listener=listen)
    assert (status.done, status.drained) == (20, True)
    assert sorted(finished) == [f"job-{number:03}" for number in range(20)]


def test_only_the_asked_batch_is_run(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("other"), batch_id="b0")
    queue.enqueue(make_rows("mine"), batch_id="b1")
    LocalExecutor(queue=queue, handlers={"work": name_of}, options=QUICK).drain("b1")
    assert queue.status("b0").queued == 1


def test_a_drain_takes_over_from_a_dead_worker(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    assert queue.claim(worker_id="dead:1:1#0", lease_s=1e6) is not None
    executor = LocalExecutor(queue=queue, handlers={"work": name_of}, options=QUICK)
    assert executor.drain("b1").done == 1


def test_a_drain_waits_for_a_job_that_runs_elsewhere(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    queue.enqueue(make_rows("a", "b"), batch_id="b1")
    elsewhere = queue.claim(worker_id="elsewhere", lease_s=1e6)
    assert elsewhere is not None

    def finish(event: Any) -> None:
        if event.kind == "done":
            queue.complete(elsewhere, result={"made": "elsewhere"})

    executor = LocalExecutor(queue=queue, handlers={"work": name_of}, options=QUICK)
    assert executor.drain("b1", listener=finish).done == 2
    assert queue.job("a").result == {"made": "elsewhere"}


def test_a_drain_can_be_stopped(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    stop = threading.Event()
    queue.enqueue(make_rows(10), batch_id="b1")

    def handle(payload: dict[str, Any], control: Control) -> dict[str, Any]:
        stop.set()
        return name_of(payload, control)

    executor = LocalExecutor(queue=queue, handlers={"work": handle}, options=QUICK)
    status = executor.drain("b1", stop=stop)
    assert (status.done, status.queued, status.running) == (1, 9, 0)


def test_errors_of_the_queue_are_raised(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    class Broken(SqlJobQueue):
        def claim(self, **_options: Any) -> Claim | None:
            raise ConnectionError("the database is gone")

    queue.enqueue(make_rows("a"), batch_id="b1")
    broken = Broken(queue._engine, clock=queue._clock)
    executor = LocalExecutor(queue=broken, handlers={"work": name_of}, workers=2, options=QUICK)
    with pytest.raises(ConnectionError, match="the database is gone"):
        executor.drain("b1")


def test_an_unknown_batch_is_named_before_a_worker_starts(queue: SqlJobQueue) -> None:
    with pytest.raises(BatchNotFound):
        LocalExecutor(queue=queue, handlers={}).drain("nothing")


def test_background_workers_run_what_comes_and_end_when_told(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    done = threading.Semaphore(0)

    def listen(event: Any) -> None:
        if event.kind == "done":
            done.release()

    executor = LocalExecutor(queue=queue, handlers={"work": name_of}, workers=2, options=QUICK)
    executor.start(listener=listen)
    with pytest.raises(RuntimeError, match="started already"):
        executor.start()
    for number in range(3):
        queue.enqueue(make_rows(f"job {number}"), batch_id=f"b{number}")
        assert done.acquire(timeout=30)
    assert executor.stop(timeout_s=30)
    queue.enqueue(make_rows("too late"), batch_id="late")
    assert queue.status("late").queued == 1
    assert all(queue.status(f"b{number}").done == 1 for number in range(3))


def test_background_workers_outlive_a_queue_that_is_away(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    done, away = threading.Event(), [True]

    class Flaky(SqlJobQueue):
        def claim(self, **options: Any) -> Claim | None:
            if away:
                away.pop()
                raise ConnectionError("the database is gone")
            return super().claim(**options)

    flaky = Flaky(queue._engine, clock=queue._clock, is_dead=lambda _: False)
    queue.enqueue(make_rows("a"), batch_id="b1")
    executor = LocalExecutor(queue=flaky, handlers={"work": name_of}, options=QUICK)
    executor.start(listener=lambda event: done.set() if event.kind == "done" else None)
    assert done.wait(30)
    executor.stop()
    assert queue.status("b1").done == 1


def test_an_executor_needs_a_worker(queue: SqlJobQueue) -> None:
    with pytest.raises(ValueError, match="at least one worker"):
        LocalExecutor(queue=queue, handlers={}, workers=0)
