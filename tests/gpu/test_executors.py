import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest

from gpu import (
    Batcher,
    BatchNotFound,
    Claim,
    Control,
    JobSpec,
    LocalExecutor,
    ModelCache,
    ModelSpec,
    RowSpec,
    Taking,
    WorkerOptions,
    aside,
)
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


def test_a_stop_waits_no_longer_than_it_was_told_to_for_all_workers_together(
    queue: SqlJobQueue, make_rows: MakeRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on, clock_s = threading.Semaphore(0), threading.Event(), [0.0]

    def handle(payload: dict[str, Any], control: Control) -> dict[str, Any]:
        inside.release()
        go_on.wait(60)
        return name_of(payload, control)

    queue.enqueue(make_rows(3), batch_id="b1")
    executor = LocalExecutor(queue=queue, handlers={"work": handle}, workers=3, options=QUICK)
    executor.start()
    assert all(inside.acquire(timeout=30) for _ in range(3))
    waits: list[float | None] = []

    def join(_thread: threading.Thread, timeout: float | None = None) -> None:
        waits.append(timeout)
        clock_s[0] += timeout or 0.0

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "join", join)
        clock = SimpleNamespace(monotonic=lambda: clock_s[0])
        patched.setattr("gpu.executors.local.time", clock)
        assert not executor.stop(timeout_s=5)
    assert waits == [5, 0, 0]
    with pytest.raises(RuntimeError, match="has not ended"):
        executor.start()
    go_on.set()
    assert executor.stop(timeout_s=30)
    assert queue.status("b1").done == 3
    executor.start()
    assert executor.stop(timeout_s=30)


def test_a_job_that_gives_up_when_stopped_goes_back_to_the_queue(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    inside, told = threading.Event(), threading.Event()

    def handle(_payload: dict[str, Any], control: Control) -> dict[str, Any]:
        inside.set()
        told.wait(60)
        control.raise_if_cancelled()
        return {}

    queue.enqueue(make_rows("a"), batch_id="b1")
    executor = LocalExecutor(queue=queue, handlers={"work": handle}, options=QUICK)
    executor.start()
    assert inside.wait(30)
    assert not executor.stop(timeout_s=0)
    told.set()
    assert executor.stop(timeout_s=30)
    assert (queue.job("a").state, queue.status("b1").queued) == ("queued", 1)


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


def test_who_waits_for_a_device_lets_others_come_and_wait_beside_it(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    batcher: Batcher[str, str] = Batcher(limit=4, linger_s=3600, aside=aside)
    together: list[int] = []

    def work(items: Sequence[str], _abandoned: Callable[[], bool]) -> list[str]:
        together.append(len(items))
        return [item.upper() for item in items]

    def handle(payload: dict[str, Any], control: Control) -> dict[str, Any]:
        made = batcher.submit(payload["name"], key="a", work=work, cancelled=control.cancelled)
        return {"made": made}

    queue.enqueue(make_rows(12), batch_id="b1")
    executor = LocalExecutor(
        queue=queue, handlers={"work": handle}, workers=1, stand_ins=7, options=QUICK
    )
    assert executor.drain("b1").done == 12
    assert together == [4, 4, 4]
    assert {row.result["made"] for row in queue.rows("b1") if row.result} == {
        f"JOB-{number:03}" for number in range(12)
    }


def test_stand_ins_are_no_more_than_were_asked_for(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    lock, inside, most = threading.Lock(), [0], [0]

    def handle(payload: dict[str, Any], control: Control) -> dict[str, Any]:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        with aside():
            made = name_of(payload, control)
        with lock:
            inside[0] -= 1
        return made

    queue.enqueue(make_rows(30), batch_id="b1")
    executor = LocalExecutor(
        queue=queue, handlers={"work": handle}, workers=1, stand_ins=2, options=QUICK
    )
    assert executor.drain("b1").done == 30
    assert most[0] <= 3


def test_background_stand_ins_end_with_their_executor(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    batcher: Batcher[str, str] = Batcher(limit=3, linger_s=3600, aside=aside)
    done = threading.Semaphore(0)

    def handle(payload: dict[str, Any], _control: Control) -> dict[str, Any]:
        made = batcher.submit(payload["name"], key="a", work=lambda items, _gone: list(items))
        return {"made": made}

    def listen(event: Any) -> None:
        if event.kind == "done":
            done.release()

    queue.enqueue(make_rows(6), batch_id="b1")
    executor = LocalExecutor(
        queue=queue, handlers={"work": handle}, workers=1, stand_ins=2, options=QUICK
    )
    executor.start(listener=listen)
    assert all(done.acquire(timeout=60) for _ in range(6))
    assert executor.stop(timeout_s=30)


def test_an_error_of_the_queue_in_a_stand_in_is_raised(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    broke = threading.Event()

    class Broken(SqlJobQueue):
        def claim(self, **options: Any) -> Claim | None:
            if not options["worker_id"].endswith("#0"):
                broke.set()
                raise ConnectionError("the database is gone")
            return super().claim(**options)

    def handle(payload: dict[str, Any], control: Control) -> dict[str, Any]:
        with aside():
            assert broke.wait(60)
        return name_of(payload, control)

    queue.enqueue(make_rows("a", "b"), batch_id="b1")
    executor = LocalExecutor(
        queue=Broken(queue._engine, clock=queue._clock),
        handlers={"work": handle},
        stand_ins=1,
        options=QUICK,
    )
    with pytest.raises(ConnectionError, match="the database is gone"):
        executor.drain("b1")
    assert queue.job("a").state == "done"


@pytest.mark.parametrize(("workers", "stand_ins"), [(0, 0), (1, -1)])
def test_impossible_numbers_of_workers_are_refused(
    queue: SqlJobQueue, workers: int, stand_ins: int
) -> None:
    with pytest.raises(ValueError, match=r"at least one worker|0 stand-ins or more"):
        LocalExecutor(queue=queue, handlers={}, workers=workers, stand_ins=stand_ins)


def test_two_hundred_jobs_over_two_models_load_each_once(queue: SqlJobQueue) -> None:
    loads: list[str] = []
    cache = ModelCache(budget_bytes=100, turn_s=3600)
    batcher: Batcher[int, int] = Batcher(limit=8, linger_s=0, aside=aside)
    sizes: list[int] = []

    def work(items: Sequence[int], _abandoned: Callable[[], bool]) -> list[int]:
        sizes.append(len(items))
        return list(items)

    def handle(payload: dict[str, Any], control: Control) -> dict[str, Any]:
        key = payload["model"]
        spec = ModelSpec(key=key, load=lambda: loads.append(key), resident_bytes=60)
        with cache.lease(spec):
            made = batcher.submit(
                payload["number"], key=key, work=work, cancelled=control.cancelled
            )
        return {"made": made}

    rows = [
        RowSpec(
            number=number,
            job=JobSpec(
                id=f"job-{number:03}",
                kind="work",
                payload={"number": number, "model": (model := "ab"[number % 2])},
                affinity=model,
            ),
        )
        for number in range(200)
    ]
    queue.enqueue(rows, batch_id="b1")
    executor = LocalExecutor(
        queue=queue,
        handlers={"work": handle},
        workers=2,
        stand_ins=14,
        options=QUICK,
        taking=Taking(expect=lambda job: cache.expect(job.payload["model"])),
    )
    assert executor.drain("b1").done == 200
    assert loads == ["a", "b"]
    assert sum(sizes) == 200
    assert max(sizes) <= 8
