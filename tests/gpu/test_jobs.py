from typing import Any

import pytest

from gpu import BatchStatus, Failure, JobSpec, RowSpec


@pytest.mark.parametrize(
    "values",
    [
        {"id": "", "kind": "k", "payload": {}},
        {"id": "x" * 129, "kind": "k", "payload": {}},
        {"id": "x", "kind": "", "payload": {}},
        {"id": "x", "kind": "k" * 65, "payload": {}},
        {"id": "x", "kind": "k", "payload": {"value": float("nan")}},
    ],
)
def test_a_job_that_cannot_be_stored_cannot_be(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"characters|JSON"):
        JobSpec(**values)


def test_a_row_has_either_a_job_or_a_failure() -> None:
    job = JobSpec(id="x", kind="k", payload={})
    failure = Failure(kind="BadRow", message="column missing")
    with pytest.raises(ValueError, match="row 3 needs either"):
        RowSpec(number=3)
    with pytest.raises(ValueError, match="row 3 needs either"):
        RowSpec(number=3, job=job, failure=failure)
    with pytest.raises(ValueError, match="numbered from 0"):
        RowSpec(number=-1, job=job)


def test_a_failure_keeps_the_words_of_the_error() -> None:
    assert Failure.of(ValueError("no product found")) == Failure(
        kind="ValueError", message="no product found"
    )
    assert Failure.of(TimeoutError()).message == "TimeoutError"


def test_a_status_adds_up() -> None:
    status = BatchStatus(
        id="b",
        name="",
        created_s=0.0,
        cancelled=False,
        queued=1,
        running=2,
        done=3,
        failed=4,
        stopped=5,
        refused=6,
    )
    assert (status.total, status.finished, status.drained) == (21, 18, False)
