"""The contract of every job queue, on SQLite and on a real PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest

from gpu import (
    BatchInvalid,
    BatchNotFound,
    Claim,
    Failure,
    JobNotFound,
    JobSpec,
    JobState,
    LeaseLost,
    RowSpec,
)
from gpu.queues.claims import MAX_ABANDONED
from gpu.queues.sql import SqlJobQueue

MakeRows: TypeAlias = Callable[..., list[RowSpec]]
FAILURE = Failure(kind="NoProduct", message="no product found in a.jpg")


def claimed(queue: SqlJobQueue, worker_id: str = "w1", **options: Any) -> Claim:
    claim = queue.claim(worker_id=worker_id, lease_s=60.0, **options)
    assert claim is not None
    return claim


def nothing_left(queue: SqlJobQueue) -> bool:
    return queue.claim(worker_id="w", lease_s=60.0) is None


def test_jobs_come_in_the_order_of_their_rows(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    status = queue.enqueue(make_rows("c", "a", "b"), batch_id="b1", name="spring")
    assert (status.total, status.queued, status.name) == (3, 3, "spring")
    claims = [claimed(queue) for _ in range(3)]
    assert [claim.job.id for claim in claims] == ["c", "a", "b"]
    assert claims[0].job.payload == {"name": "c"}
    assert (claims[0].job.state, claims[0].job.attempts) == (JobState.RUNNING, 1)
    assert nothing_left(queue)


def test_older_batches_come_first(queue: SqlJobQueue, make_rows: MakeRows, clock: Any) -> None:
    queue.enqueue(make_rows("late"), batch_id="b1")
    clock.now_s -= 10
    queue.enqueue(make_rows("early"), batch_id="b2")
    assert claimed(queue).job.id == "early"


def test_a_worker_may_ask_for_one_batch(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    queue.enqueue(make_rows("b"), batch_id="b2")
    assert claimed(queue, batch_id="b2").job.id == "b"
    assert queue.claim(worker_id="w", lease_s=60.0, batch_id="b2") is None


def test_a_result_is_kept(queue: SqlJobQueue, make_rows: MakeRows, clock: Any) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    claim = claimed(queue)
    clock.now_s += 2.5
    queue.complete(claim, result={"digest": "d", "checks": [1, None]})
    (row,) = queue.rows("b1")
    assert (row.label, row.data, row.job_id) == ("a.jpg", {"out": "a.png"}, "a")
    assert (row.state, row.progress, row.elapsed_s) == (JobState.DONE, 1.0, 2.5)
    assert row.result == {"digest": "d", "checks": [1, None]}
    status = queue.status("b1")
    assert (status.done, status.drained) == (1, True)


def test_a_finished_job_is_never_run_again(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    queue.complete(claimed(queue), result={"digest": "d"})
    status = queue.enqueue(make_rows("a", "new"), batch_id="b2")
    assert (status.done, status.queued) == (1, 1)
    assert queue.rows("b2")[0].result == {"digest": "d"}
    assert claimed(queue).job.id == "new"
    assert nothing_left(queue)


def test_many_rows_may_share_a_job(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a", "a", "a"), batch_id="b1")
    queue.complete(claimed(queue), result={})
    assert nothing_left(queue)
    assert queue.status("b1").done == 3


def test_a_row_that_is_no_job_keeps_its_reason(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    bad = RowSpec(number=7, label="row 7", failure=Failure(kind="BadRow", message="no column in"))
    status = queue.enqueue([*make_rows("a"), bad], batch_id="b1")
    assert (status.total, status.refused, status.drained) == (2, 1, False)
    row = queue.rows("b1")[1]
    assert (row.state, row.job_id, row.failure) == (JobState.FAILED, None, bad.failure)


def test_a_failure_is_kept_in_its_own_words(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a", "b"), batch_id="b1")
    queue.fail(claimed(queue), failure=FAILURE, retry_after_s=None)
    row = queue.rows("b1")[0]
    assert (row.state, row.failure) == (JobState.FAILED, FAILURE)
    assert claimed(queue).job.id == "b"
    assert nothing_left(queue)


def test_a_retry_waits_its_time(queue: SqlJobQueue, make_rows: MakeRows, clock: Any) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    queue.fail(claimed(queue), failure=FAILURE, retry_after_s=5.0)
    assert nothing_left(queue)
    clock.now_s += 5.0
    again = claimed(queue)
    assert again.job.attempts == 2
    queue.complete(again, result={})
    assert queue.rows("b1")[0].state is JobState.DONE


def test_a_job_given_back_costs_no_attempt(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    queue.release(claimed(queue))
    assert claimed(queue).job.attempts == 1


def test_a_lease_that_ran_out_frees_the_job(
    queue: SqlJobQueue, make_rows: MakeRows, clock: Any
) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    lost = claimed(queue, "slow")
    clock.now_s += 59.0
    assert queue.extend(lost, lease_s=60.0, progress=0.5) == "held"
    assert queue.job("a").progress == 0.5
    clock.now_s += 59.0
    assert nothing_left(queue)
    clock.now_s += 2.0
    taken = claimed(queue, "quick")
    assert taken.job.id == "a"
    assert queue.extend(lost, lease_s=60.0, progress=0.9) == "lost"
    with pytest.raises(LeaseLost, match="worker slow no longer holds job a"):
        queue.complete(lost, result={"who": "slow"})
    with pytest.raises(LeaseLost):
        queue.fail(lost, failure=FAILURE, retry_after_s=None)
    queue.release(lost)
    queue.complete(taken, result={"who": "quick"})
    assert queue.job("a").result == {"who": "quick"}


def test_an_old_hold_of_the_same_worker_is_known(
    queue: SqlJobQueue, make_rows: MakeRows, clock: Any
) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    old = claimed(queue, "w")
    clock.now_s += 61.0
    new = claimed(queue, "w")
    with pytest.raises(LeaseLost):
        queue.complete(old, result={})
    queue.complete(new, result={})


def test_the_jobs_of_a_dead_worker_are_free_at_once(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    queue.enqueue(make_rows("a", "b"), batch_id="b1")
    claimed(queue, "dead:1:1#0")
    claimed(queue, "alive")
    assert queue.requeue_abandoned() == 1
    assert claimed(queue).job.id == "a"
    assert queue.requeue_abandoned() == 0


def test_a_job_that_kills_its_workers_fails(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    for number in range(MAX_ABANDONED):
        claimed(queue, f"dead:{number}:1#0")
    assert nothing_left(queue)
    row = queue.rows("b1")[0]
    assert row.state is JobState.FAILED
    assert row.failure is not None
    assert row.failure.kind == "WorkerDied"
    assert "not tried again" in row.failure.message


def test_a_cancelled_batch_stops(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a", "b", "c"), batch_id="b1")
    queue.complete(claimed(queue), result={})
    running = claimed(queue)
    status = queue.cancel("b1")
    assert (status.done, status.running, status.stopped) == (1, 1, 1)
    assert status.cancelled
    assert nothing_left(queue)
    assert queue.extend(running, lease_s=60.0, progress=0.1) == "cancel"
    queue.release(running)
    assert queue.status("b1").stopped == 2


def test_a_job_that_ends_in_spite_of_a_cancellation_counts(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    running = claimed(queue)
    queue.cancel("b1")
    queue.complete(running, result={})
    assert queue.status("b1").done == 1


def test_a_cancelled_job_is_not_retried(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    running = claimed(queue)
    queue.cancel("b1")
    queue.fail(running, failure=FAILURE, retry_after_s=0.0)
    assert queue.status("b1").stopped == 1


def test_a_job_that_another_batch_needs_is_not_cancelled(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    queue.enqueue(make_rows("shared", "mine"), batch_id="b1")
    queue.enqueue(make_rows("shared"), batch_id="b2")
    queue.cancel("b1")
    assert claimed(queue).job.id == "shared"
    assert nothing_left(queue)


def test_a_batch_is_resumed(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("done", "failed", "killed", "waiting"), batch_id="b1")
    queue.complete(claimed(queue), result={})
    queue.fail(claimed(queue), failure=FAILURE, retry_after_s=None)
    claimed(queue, "dead:1:1#0")
    queue.cancel("b1")
    status = queue.resume("b1")
    assert (status.done, status.queued, status.cancelled) == (1, 3, False)
    assert queue.rows("b1")[1].failure is None
    assert [claimed(queue).job.id for _ in range(3)] == ["failed", "killed", "waiting"]


def test_failed_rows_may_be_left_alone(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows("a"), batch_id="b1")
    queue.fail(claimed(queue), failure=FAILURE, retry_after_s=None)
    assert queue.resume("b1", retry_failed=False).failed == 1
    assert queue.resume("b1").queued == 1


def test_a_new_batch_gives_failed_and_cancelled_jobs_a_fresh_start(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    queue.enqueue(make_rows("failed", "cancelled"), batch_id="b1")
    queue.fail(claimed(queue), failure=FAILURE, retry_after_s=None)
    queue.cancel("b1")
    assert queue.enqueue(make_rows("failed", "cancelled"), batch_id="b2").queued == 2
    assert claimed(queue).job.attempts == 1


def test_a_batch_is_recorded_whole_or_not_at_all(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    with pytest.raises(BatchInvalid, match="same number"):
        queue.enqueue([*make_rows("a"), *make_rows("b")], batch_id="b1")
    with pytest.raises(BatchInvalid, match="no rows"):
        queue.enqueue([], batch_id="b1")
    queue.enqueue(make_rows("a"), batch_id="b1")
    with pytest.raises(BatchInvalid, match="'b1' is taken"):
        queue.enqueue(make_rows("never"), batch_id="b1")
    with pytest.raises(JobNotFound):
        queue.job("never")
    with pytest.raises(BatchNotFound):
        queue.status("b2")


@pytest.mark.parametrize("method", ["status", "rows", "cancel", "resume"])
def test_an_unknown_batch_is_named(queue: SqlJobQueue, method: str) -> None:
    with pytest.raises(BatchNotFound, match="no batch 'nothing'; check the id"):
        getattr(queue, method)("nothing")


def test_rows_come_in_pages(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows(1203), batch_id="b1")
    seen: list[int] = []
    while page := queue.rows("b1", after=seen[-1] if seen else -1, limit=500):
        seen.extend(row.number for row in page)
    assert seen == list(range(1203))
    assert queue.status("b1").queued == 1203


def test_the_newest_batches_are_listed(queue: SqlJobQueue, make_rows: MakeRows, clock: Any) -> None:
    assert queue.batches() == ()
    for number in range(4):
        clock.now_s += 1
        queue.enqueue(make_rows(f"job {number}"), batch_id=f"b{number}")
    assert [batch.id for batch in queue.batches(limit=3)] == ["b3", "b2", "b1"]
    assert queue.batches()[0].queued == 1


def test_no_two_workers_get_the_same_job(queue: SqlJobQueue, make_rows: MakeRows) -> None:
    queue.enqueue(make_rows(60), batch_id="b1")

    def work(number: int) -> list[str]:
        mine = []
        while claim := queue.claim(worker_id=f"w{number}", lease_s=60.0):
            queue.complete(claim, result={"worker": number})
            mine.append(claim.job.id)
        return mine

    with ThreadPoolExecutor(6) as pool:
        done = [job_id for mine in pool.map(work, range(6)) for job_id in mine]
    assert sorted(done) == [f"job-{number:03}" for number in range(60)]


def test_batches_that_share_jobs_may_arrive_together(
    queue: SqlJobQueue, make_rows: MakeRows
) -> None:
    names = [f"job-{number}" for number in range(40)]

    def enqueue(number: int) -> int:
        order = names if number % 2 else names[::-1]
        return queue.enqueue(make_rows(*order), batch_id=f"b{number}").total

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(enqueue, range(8))) == [40] * 8
    assert len({claimed(queue).job.id for _ in range(40)}) == 40
    assert nothing_left(queue)


def test_jobs_of_one_affinity_follow_the_first_of_them(queue: SqlJobQueue) -> None:
    needs = ["", "a", "b", "a", "", "b"]
    rows = [
        RowSpec(
            number=number,
            job=JobSpec(id=f"{number}{need}", kind="work", payload={}, affinity=need),
        )
        for number, need in enumerate(needs)
    ]
    queue.enqueue(reversed(rows), batch_id="b1")
    taken = []
    while claim := queue.claim(worker_id="w", lease_s=60):
        taken.append(claim.job.id)
    assert taken == ["0", "4", "1a", "3a", "2b", "5b"]
    assert [row.job_id for row in queue.rows("b1")] == ["0", "1a", "2b", "3a", "4", "5b"]
