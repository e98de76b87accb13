"""Schedulers that are killed at random moments, two at a time: all is done, and nothing twice."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from abtest import GateOptions, TestState
from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.tables import AUDIT, COUNT, DELIVERY, NOTICE, create_schema
from studio.services.deliveries import Deliveries
from studio.services.experiment_options import TestOptions
from studio.services.tests import NewTest, NewVariant, Tests
from studio.services.webhooks import Webhooks
from tests.studio.hooked import Ear, hearing

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("scheduler_script.py")
TESTS = 10
DAY_S = 86_400.0
CLICKS = {"promoted": {"white": 60, "oak": 240}, "moved": {"white": 60, "oak": 62}}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        opened = open_engine(f"sqlite:///{tmp_path / 'packshot.sqlite'}")
    else:
        opened = open_engine(request.getfixturevalue("postgres_url"))
    create_schema(opened)
    yield opened
    opened.dispose()


class Schedulers:
    """Processes that are started and killed."""

    def __init__(self, engine: Engine) -> None:
        url = engine.url.render_as_string(hide_password=False)
        self._parent = subprocess.Popen(
            [sys.executable, str(SCRIPT), url],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        )  # fmt: skip
        assert self._answer() == "ready"
        self._alive: set[int] = set()

    def start(self) -> int:
        assert self._parent.stdin is not None
        self._parent.stdin.write("run\n")
        self._parent.stdin.flush()
        pid = int(self._answer())
        self._alive.add(pid)
        return pid

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self._alive.discard(pid)

    def end(self) -> None:
        for pid in list(self._alive):
            self.kill(pid)
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(60)
        self._parent.stdout.close()

    def _answer(self) -> str:
        assert self._parent.stdout is not None
        return self._parent.stdout.readline().strip()


@pytest.fixture
def schedulers(engine: Engine) -> Iterator[Schedulers]:
    started = Schedulers(engine)
    yield started
    started.end()


@pytest.fixture
def ear() -> Iterator[Ear]:
    with hearing() as one:
        yield one


def until(condition: Callable[[], bool]) -> None:
    pause, deadline_s = threading.Event(), time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to this"
        pause.wait(0.01)


def begin(engine: Engine, ear: Ear, *, count: int) -> dict[str, str]:
    """So many tests whose first day is over, and what is to become of each."""
    numbers = iter(range(count))
    yesterday = Tests(
        engine, clock=lambda: time.time() - DAY_S - 60, new_id=lambda: f"t{next(numbers)}"
    )
    sender = Deliveries(engine, clock=time.time, post=lambda *_: 200, chance=lambda: 0.0)
    Webhooks(engine, clock=time.time, new_id=lambda: "w", deliveries=sender, private=True).add(
        ear.url, events=["test.advanced", "test.promoted", "test.ended"]
    )
    options = TestOptions(gate=GateOptions(min_days=1, min_clicks=50), on_futility="keep")
    variants = (NewVariant(name="white", image="w"), NewVariant(name="oak", image="o"))
    fates: dict[str, str] = {}
    for number in range(count):
        new = NewTest(item=f"mug-{number}", variants=variants, options=options)
        test = yesterday.start(yesterday.create(new, who="anna").id, who="anna").id
        fates[test] = "promoted" if number % 2 else "moved"
    with writing(engine) as connection:
        connection.execute(
            insert(COUNT),
            [
                {"test_id": test, "segment": "everyone", "variant": variant, "period": 1,
                 "day": int(time.time() // DAY_S) - 1, "impressions": 1500, "clicks": clicks,
                 "conversions": 0, "value_micros": 0, "value_squares": 0.0}
                for test, fate in fates.items() for variant, clicks in CLICKS[fate].items()
            ],
        )  # fmt: skip
    return fates


def progress(engine: Engine) -> tuple[int, int]:
    """How many tests were acted on, and how many notices of it wait."""
    acts = select(func.count()).where(AUDIT.c.action.in_(["advance", "promote"]))
    waiting = select(func.count()).where(DELIVERY.c.state != "delivered")
    with reading(engine) as connection:
        return (
            connection.execute(acts).scalar_one(),
            connection.execute(waiting).scalar_one(),
        )


def is_done(engine: Engine, *, count: int) -> bool:
    """Whether each of so many tests has been acted on, and all of it was told."""
    return progress(engine) == (count, 0)


def has_come_so_far(engine: Engine, wanted: int) -> bool:
    """Whether so many tests were acted on; all of them are enough only once all was told."""
    acted, waiting = progress(engine)
    return wanted <= acted < TESTS or (acted, waiting) == (TESTS, 0)


@pytest.mark.slow
def test_killed_schedulers_leave_what_one_that_was_not_would_have_left(
    engine: Engine, schedulers: Schedulers, ear: Ear
) -> None:
    fates = begin(engine, ear, count=TESTS)
    when = random.Random(11)
    pause = threading.Event()
    killed = 0
    while not is_done(engine, count=TESTS):
        # One of the two leads, and the other takes over where that one is killed first.
        pids = [schedulers.start(), schedulers.start()]
        wanted = progress(engine)[0] + when.randint(1, 3)
        until(partial(has_come_so_far, engine, wanted))
        for pid in when.sample(pids, 2):
            pause.wait(when.uniform(0.0, 0.03))
            schedulers.kill(pid)
            killed += 1
    assert killed >= 2 * TESTS // 10
    tests = Tests(engine, clock=time.time, new_id=lambda: "x")
    expected: Counter[str] = Counter()
    for test, fate in fates.items():
        record = tests.get(test)
        actions = [entry.action for entry in tests.audit(test)]
        assert [period.number for period in record.periods] == [1, 2], test
        assert record.periods[0].ended_s == record.periods[1].started_s
        if fate == "promoted":
            assert record.state is TestState.PROMOTED
            assert [each.variant for each in record.promotions] == ["oak"]
            assert actions == ["create", "start", "promote"]
            expected.update(["test.promoted", "test.ended"])
        else:
            assert record.state is TestState.RUNNING
            assert actions == ["create", "start", "advance"]
            expected["test.advanced"] += 1
    with reading(engine) as connection:
        notices = {row.id: row.body for row in connection.execute(select(NOTICE))}
    # Each act was told under one id; a try that was cut off is repeated under the same.
    assert {heard.id for heard in ear.heard} == set(notices)
    assert all(heard.body.decode() == notices[heard.id] for heard in ear.heard)
    told = {heard.id: heard.data for heard in ear.heard}
    assert Counter(data["type"] for data in told.values()) == expected
    assert len({(data["type"], data["data"]["test"]) for data in told.values()}) == len(told)
    assert len(ear.heard) <= len(notices) + killed
