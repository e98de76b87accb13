"""Real processes, really killed: no job is lost, and none that was finished is run again."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import Engine

from gpu import JobState, RowSpec
from gpu.queues.sql import SqlJobQueue

MakeRows: TypeAlias = Callable[..., list[RowSpec]]
SCRIPT = Path(__file__).with_name("drain_script.py")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def real_queue(engine: Engine) -> SqlJobQueue:
    """A queue with a real clock and the real test for dead workers."""
    return SqlJobQueue(engine, clock=time.time)


def drain(
    engine: Engine, log: Path, *, workers: int = 1, hang_at: str = ""
) -> subprocess.Popen[str]:
    url = engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), url, str(log), str(workers), hang_at],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )


def until(condition: Callable[[], bool]) -> None:
    pause, deadline_s = threading.Event(), time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to this"
        pause.wait(0.005)


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def test_a_killed_batch_is_resumed_where_it_stopped(
    engine: Engine, real_queue: SqlJobQueue, make_rows: MakeRows, tmp_path: Path
) -> None:
    log, names = tmp_path / "log", [f"job-{number:03}" for number in range(12)]
    real_queue.enqueue(make_rows(12), batch_id="b1")
    with drain(engine, log, hang_at="job-005") as first:
        until(lambda: "start job-005" in lines(log))
        first.kill()
    assert real_queue.status("b1").done == 5
    assert real_queue.job("job-005").state is JobState.RUNNING
    with drain(engine, log) as second:
        output, _ = second.communicate(timeout=60)
    assert output == "drained\n", "the lease had an hour to run: the dead worker was noticed"
    counts = Counter(lines(log))
    assert all(counts[f"end {name}"] == 1 for name in names)
    started_twice = [name for name in names if counts[f"start {name}"] != 1]
    assert started_twice == ["job-005"]
    assert real_queue.status("b1").done == 12
    assert real_queue.rows("b1")[5].result == {"made": "job-005"}


def test_processes_killed_at_random_lose_nothing(
    engine: Engine, real_queue: SqlJobQueue, make_rows: MakeRows, tmp_path: Path
) -> None:
    log, when = tmp_path / "log", random.Random(7)
    real_queue.enqueue(make_rows(150), batch_id="b1")
    finished_before: set[str] = set()
    for _ in range(4):
        seen = len(lines(log))
        with drain(engine, log, workers=2) as process:
            target = seen + when.randint(5, 60)
            until(lambda: len(lines(log)) >= target or process.poll() is not None)  # noqa: B023
            process.kill()
        rows = real_queue.rows("b1")
        finished = {str(row.job_id) for row in rows if row.state is JobState.DONE}
        assert finished_before <= finished
        again = {line.split()[1] for line in lines(log)[seen:] if line.startswith("start")}
        assert not again & finished_before, "a finished job was run again"
        finished_before = finished
    with drain(engine, log, workers=2) as last:
        assert last.communicate(timeout=60)[0] == "drained\n"
    assert real_queue.status("b1").done == 150


def test_two_processes_never_run_the_same_job(
    engine: Engine, real_queue: SqlJobQueue, make_rows: MakeRows, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    real_queue.enqueue(make_rows(60), batch_id="b1")
    with drain(engine, log, workers=2) as one, drain(engine, log, workers=2) as other:
        assert one.communicate(timeout=60)[0] == "drained\n"
        assert other.communicate(timeout=60)[0] == "drained\n"
    counts = Counter(lines(log))
    assert set(counts.values()) == {1}
    assert len(counts) == 120
