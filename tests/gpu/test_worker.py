import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import pytest

from gpu import (
    Control,
    Handler,
    Job,
    JobCancelled,
    JobState,
    LeaseAnswer,
    ModelCache,
    ModelSpec,
    RetryPolicy,
    RowSpec,
    Taking,
    TransientError,
    Worker,
    WorkerEvent,
    WorkerOptions,
)
from gpu.queues.sql import SqlJobQueue

MakeRows: TypeAlias = Callable[..., list[RowSpec]]
QUICK = WorkerOptions(lease_s=0.03, poll_s=0.01)


def run_all(
    queue: SqlJobQueue,
    handler: Handler,
    *,
    options: WorkerOptions | None = None,
    stop: threading.Event | None = None,
    listener: Callable[[WorkerEvent], None] | None = None,
) -> None:
    """Run what can be claimed now."""
    worker = Worker(
        queue=queue,
        handlers={"work": handler},
        worker_id="w",
        options=options or WorkerOptions(),
        listener=listener,
    )
    worker.run(stop=stop or threading.Event(), drained=lambda: True)


def test_results_and_failures_are_recorded(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    def handle(payload: dict[str, Any], _control: Control) -> dict[str, Any]:
        if payload["name"] == "bad":
            raise ValueError("no product found in bad.jpg")
        return {"made": payload["name"]}

    queue.enqueue(make_rows("good", "bad", "better"), batch_id="b1")
    run_all(queue, handle)
    good, bad, better = queue.rows("b1")
    assert (good.result, better.result) == ({"made": "good"}, {"made": "better"})
    assert bad.failure is not None
    assert (bad.failure.kind, bad.failure.message) == ("ValueError", "no product found in bad.jpg")


def test_what_may_pass_is_tried_again_and_then_given_up(
    queue: SqlJobQueue, make_rows: MakeRows, clock: Any
) -> None:
    def handle(_payload: dict[str, Any], _control: Control) -> dict[str, Any]:
        raise TransientError("the device is busy")

    options = WorkerOptions(retry=RetryPolicy(max_attempts=3, first_delay_s=10.0))
    queue.enqueue(make_rows("a"), batch_id="b1")
    states = []
    for _ in range(4):
        run_all(queue, handle, options=options)
        states.append((queue.job("a").state, queue.job("a").attempts))
        clock.now_s += 100.0
    assert states == [
        (JobState.QUEUED, 1),
        (JobState.QUEUED, 2),
        (JobState.FAILED, 3),
        (JobState.FAILED, 3),
    ]


@pytest.mark.parametrize("result", [{"value": float("nan")}, {"value": object()}, None, [1, 2]])
def test_a_result_that_is_no_json_is_a_failure(
    queue: SqlJobQueue, make_rows: MakeRows, result: Any
) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    run_all(queue, lambda _payload, _control: result)
    assert queue.job("a").state is JobState.FAILED


def test_a_kind_without_a_handler_is_named(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a", kind="paint"), batch_id="b1")
    run_all(queue, lambda _payload, _control: {})
    failure = queue.job("a").failure
    assert failure is not None
    assert (
        failure.message
        == "this worker runs no jobs of kind 'paint', only work; start one that does"
    )


def test_a_listener_hears_what_happens(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    def handle(payload: dict[str, Any], control: Control) -> dict[str, Any]:
        control.progress(0.5)
        if payload["name"] == "bad":
            raise ValueError("bad")
        return {}

    heard: list[tuple[str, str, float]] = []
    queue.enqueue(make_rows("a", "bad"), batch_id="b1")
    run_all(
        queue,
        handle,
        listener=lambda event: heard.append((event.job.id, event.kind, event.fraction)),
    )
    assert heard == [
        ("a", "started", 0.0),
        ("a", "progress", 0.5),
        ("a", "done", 1.0),
        ("bad", "started", 0.0),
        ("bad", "progress", 0.5),
        ("bad", "failed", 0.5),
    ]


def test_a_long_job_keeps_its_lease_and_shows_its_progress(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    """Held for several leases: the handler returns once the queue has heard of its progress."""
    beats: list[float] = []
    heard = threading.Event()

    class Listening(SqlJobQueue):
        def extend(self, claim: Any, *, lease_s: float, progress: float) -> LeaseAnswer:
            answer = super().extend(claim, lease_s=lease_s, progress=progress)
            beats.append(progress)
            if len(beats) == 6:
                heard.set()
            return answer

    def handle(_payload: dict[str, Any], control: Control) -> dict[str, Any]:
        control.progress(0.25)
        assert heard.wait(30)
        assert not control.cancelled()
        return {}

    queue.enqueue(make_rows("a"), batch_id="b1")
    listening = Listening(queue._engine, clock=queue._clock, is_dead=lambda _: False)
    run_all(listening, handle, options=QUICK)
    assert beats[:6] == [0.25] * 6
    assert queue.job("a").state is JobState.DONE


def until_cancelled(control: Control) -> None:
    waiting = threading.Event()
    while not control.cancelled():
        waiting.wait(0.005)


def test_a_cancelled_job_stops_when_it_asks(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    def handle(_payload: dict[str, Any], control: Control) -> dict[str, Any]:
        queue.cancel("b1")
        until_cancelled(control)
        control.raise_if_cancelled()
        raise AssertionError("not reached")

    queue.enqueue(make_rows("a"), batch_id="b1")
    run_all(queue, handle, options=QUICK)
    assert queue.status("b1").stopped == 1


def test_a_job_that_waits_for_a_model_is_cancelled(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    cache = ModelCache(budget_bytes=1, patience_s=3600, turn_s=600)
    held = ModelSpec(key="held", load=str, resident_bytes=1)

    def handle(_payload: dict[str, Any], _control: Control) -> dict[str, Any]:
        queue.cancel("b1")
        with cache.lease(ModelSpec(key="wanted", load=str, resident_bytes=1)):
            return {}

    queue.enqueue(make_rows("waits"), batch_id="b1")
    with cache.lease(held):
        run_all(queue, handle, options=QUICK)
    assert queue.rows("b1")[0].state is JobState.CANCELLED


def test_a_stopped_worker_gives_its_job_back(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    stop = threading.Event()

    def handle(_payload: dict[str, Any], control: Control) -> dict[str, Any]:
        stop.set()
        control.raise_if_cancelled()
        raise AssertionError("not reached")

    queue.enqueue(make_rows("a", "b"), batch_id="b1")
    run_all(queue, handle, stop=stop)
    assert queue.status("b1").queued == 2
    assert queue.job("a").attempts == 0


def test_a_stopped_worker_finishes_a_job_that_does_not_ask(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    stop = threading.Event()

    def handle(_payload: dict[str, Any], _control: Control) -> dict[str, Any]:
        stop.set()
        return {}

    queue.enqueue(make_rows("a", "b"), batch_id="b1")
    run_all(queue, handle, stop=stop)
    assert (queue.status("b1").done, queue.status("b1").queued) == (1, 1)


def test_a_handler_that_gives_up_unasked_has_failed(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    def handle(_payload: dict[str, Any], _control: Control) -> dict[str, Any]:
        raise JobCancelled

    queue.enqueue(make_rows("a"), batch_id="b1")
    run_all(queue, handle)
    assert queue.job("a").state is JobState.FAILED


def test_the_work_of_a_worker_that_lost_its_lease_is_not_recorded(
    queue: SqlJobQueue, make_rows: MakeRows, clock: Any
) -> None:
    heard: list[str] = []

    def handle(_payload: dict[str, Any], control: Control) -> dict[str, Any]:
        taken = None
        while taken is None:  # a heartbeat may come between the jump and the claim
            clock.now_s += 1000.0
            taken = queue.claim(worker_id="other", lease_s=1e6)
        until_cancelled(control)
        return {"who": "the slow one"}

    queue.enqueue(make_rows("a"), batch_id="b1")
    run_all(queue, handle, options=QUICK, listener=lambda event: heard.append(event.kind))
    assert heard == ["started", "stopped"]
    assert queue.job("a").state is JobState.RUNNING
    assert queue.job("a").result is None


def test_progress_stays_within_its_range(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    heard: list[float] = []

    def handle(_payload: dict[str, Any], control: Control) -> dict[str, Any]:
        control.progress(-1.0)
        control.progress(7.0)
        return {}

    queue.enqueue(make_rows("a"), batch_id="b1")
    run_all(queue, handle, listener=lambda event: heard.append(event.fraction))
    assert heard == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_impossible_options_cannot_be(seconds: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        WorkerOptions(lease_s=seconds)
    with pytest.raises(ValueError, match="positive"):
        WorkerOptions(poll_s=seconds)


def test_a_job_whose_needs_cannot_be_met_fails_and_the_next_is_run(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    over: list[str] = []

    @contextmanager
    def expect(job: Job) -> Iterator[None]:
        if job.id == "bad":
            raise OSError("the driver is broken")
        yield
        over.append(job.id)

    queue.enqueue(make_rows("bad", "good"), batch_id="b1")
    worker = Worker(
        queue=queue,
        handlers={"work": lambda payload, _control: {"made": payload["name"]}},
        worker_id="w",
        taking=Taking(expect=expect),
    )
    worker.run(stop=threading.Event(), drained=lambda: True)
    bad, good = queue.rows("b1")
    assert bad.failure is not None
    assert bad.failure.message == "the driver is broken"
    assert (good.result, over) == ({"made": "good"}, ["good"])
