"""The scheduler: who leads works, what fails is tried again, and no clock stops it."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo

import apscheduler.schedulers.base
import pytest

from studio.services.scheduling import Duty, Scheduler, scheduler
from tests.studio.conftest import HandClock

WAIT_S = 60.0


class Lead:
    """Leadership that is given and taken by hand."""

    def __init__(self, *, held: bool = True) -> None:
        self.held = held
        self.elsewhere = not held
        self.released = False

    def hold(self) -> bool:
        return self.held

    def release(self) -> None:
        self.released = True


class Work:
    """Counts how often it was done, and can be waited for."""

    def __init__(self) -> None:
        self.times = 0
        self._done = threading.Condition()

    def __call__(self) -> None:
        with self._done:
            self.times += 1
            self._done.notify_all()

    def wait_for(self, times: int) -> None:
        with self._done:
            assert self._done.wait_for(lambda: self.times >= times, timeout=WAIT_S)


class Counter:
    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], float] = {}

    def __call__(self, name: str, amount: float = 1.0, **labels: str) -> None:
        key = (name, *labels.values())
        self.values[key] = self.values.get(key, 0.0) + amount


Start = Callable[..., Scheduler]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts schedulers that are stopped in the end."""
    running: list[Scheduler] = []

    def begin(*duties: Duty, leadership: Lead | None = None, **options: object) -> Scheduler:
        made = Scheduler(duties, leadership=leadership or Lead(), **options)  # type: ignore[arg-type]
        running.append(made)
        made.start()
        return made

    yield begin
    for one in running:
        assert one.stop(timeout_s=WAIT_S)


def duty(name: str, run: Callable[[], object], every_s: float = 0.1) -> Duty:
    return Duty(name=name, every_s=every_s, run=run)


def test_who_leads_works_and_releases_the_lead_in_the_end(start: Start) -> None:
    work, lead, counter = Work(), Lead(), Counter()
    working = start(duty("count", work), leadership=lead, count=counter)
    work.wait_for(3)
    assert working.leads
    assert working.stop(timeout_s=WAIT_S)
    done = work.times
    assert lead.released
    assert counter.values["packshot_duties_total", "count", "done"] == done
    assert not working.leads


def test_who_does_not_lead_does_nothing_until_it_does(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "GLANCE_S", 0.01)
    work, lead, glanced = Work(), Lead(held=False), Work()
    lead.hold = lambda: (glanced(), lead.held)[1]  # type: ignore[func-returns-value,method-assign]
    working = start(duty("count", work), leadership=lead)
    glanced.wait_for(3)
    assert (work.times, working.leads) == (0, False)
    lead.held = True
    work.wait_for(1)


def test_a_lost_lead_ends_the_work(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "GLANCE_S", 3600.0)
    work, lead = Work(), Lead()
    working = start(duty("count", work), leadership=lead)
    work.wait_for(1)
    lead.held = False
    working.glance()
    assert not working.leads
    done = work.times
    working._run(working.duties[0])  # one that was about to begin
    assert work.times == done
    lead.held = True
    working.glance()
    work.wait_for(done + 1)


def test_a_duty_that_fails_waits_longer_and_longer_and_holds_up_no_other(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    failed, other, counter = Work(), Work(), Counter()

    def fail() -> None:
        failed()
        raise RuntimeError("the shelf fell down")

    with caplog.at_level(logging.ERROR, logger="studio"):
        start(duty("fail", fail), duty("count", other), count=counter)
        failed.wait_for(3)
        other.wait_for(8)
    assert other.times > failed.times
    told = [record for record in caplog.records if record.message == "duty_failed"]
    assert [(one.failures, one.again_in_s) for one in told][:3] == [(1, 0.2), (2, 0.4), (3, 0.8)]  # type: ignore[attr-defined]
    assert counter.values["packshot_duties_total", "fail", "failed"] >= 3


def test_a_slow_duty_is_not_begun_twice(start: Start) -> None:
    counter, begun, go = Counter(), Work(), threading.Event()

    def slow() -> None:
        begun()
        assert go.wait(WAIT_S)

    other = Work()
    start(duty("slow", slow), duty("count", other), count=counter)
    begun.wait_for(1)
    other.wait_for(other.times + 4)
    assert begun.times == 1
    go.set()
    begun.wait_for(2)
    assert counter.values["packshot_duties_total", "slow", "still_busy"] >= 1


def test_a_clock_that_is_set_back_by_a_day_stops_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library plans by the clock: without a look at it, nothing would run for a day."""
    behind = timedelta()

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) - behind

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Shifted)
    monkeypatch.setattr(scheduler, "datetime", Shifted)
    monkeypatch.setattr(scheduler, "GLANCE_S", 3600.0)
    wall, ticks, work = HandClock(), HandClock(), Work()
    working = start(duty("count", work), wall=wall, monotonic=ticks)
    work.wait_for(2)
    behind = timedelta(days=1)
    wall.now_s -= 86_400.0
    done = work.times
    working.glance()
    work.wait_for(done + 3)


def test_a_clock_that_runs_on_is_not_taken_for_one_that_was_set_back(
    start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "GLANCE_S", 3600.0)
    wall, ticks, work = HandClock(), HandClock(), Work()
    with caplog.at_level(logging.WARNING, logger="studio"):
        working = start(duty("count", work), wall=wall, monotonic=ticks)
        work.wait_for(1)
        wall.now_s += 7200.0  # the machine has slept: its monotonic clock has not
        working.glance()
        wall.now_s += 10.0
        ticks.now_s += 10.0
        working.glance()
        assert not caplog.records
        wall.now_s -= 60.0
        working.glance()
    assert [record.message for record in caplog.records] == ["clock_set_back"]


@pytest.mark.parametrize(("name", "every_s"), [("", 1.0), ("busy", 0.0)])
def test_a_duty_without_a_name_or_a_pause_is_refused(name: str, every_s: float) -> None:
    with pytest.raises(ValueError, match=name or "name"):
        Duty(name=name, every_s=every_s, run=print)
