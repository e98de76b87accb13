"""Few threads do the work of many tenants."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from studio.services.scheduling import Duty, Rounds

LONG_S = 3600.0
PATIENCE_S = 20.0


@pytest.fixture
def rounds() -> Iterator[Rounds]:
    made = Rounds(threads=2)
    yield made
    assert made.stop(timeout_s=PATIENCE_S)


def test_forty_tenants_take_two_threads(rounds: Rounds) -> None:
    done, all_done = Counter[str](), threading.Event()

    def work(name: str) -> None:
        done[name] += 1
        if len(done) == 40:
            all_done.set()

    assert rounds.threads == 0
    for number in range(40):
        name = f"tenant-{number}"
        duty = Duty(name="count", every_s=LONG_S, run=partial(work, name))
        rounds.add(name, duty)
    assert all_done.wait(PATIENCE_S)
    assert rounds.threads == 2
    assert set(done.values()) == {1}


def test_who_has_more_to_do_lets_others_go_first() -> None:
    turns: list[str] = []
    left = {"large": 3, "small": 1}
    all_here, over = threading.Event(), threading.Event()

    def work(name: str) -> bool:
        turns.append(name)
        left[name] -= 1
        if not any(left.values()):
            over.set()
        return left[name] > 0

    rounds = Rounds(threads=1)
    wait = Duty(name="wait", every_s=LONG_S, run=lambda: all_here.wait(PATIENCE_S) and None)
    rounds.add("first", wait)
    for name in left:
        rounds.add(name, Duty(name="make", every_s=LONG_S, run=partial(work, name)))
    all_here.set()
    assert over.wait(PATIENCE_S)
    assert rounds.stop(timeout_s=PATIENCE_S)
    assert turns == ["large", "small", "large", "large"]


def test_a_piece_never_runs_twice_at_once_and_its_fault_holds_up_no_other(
    rounds: Rounds, caplog: pytest.LogCaptureFixture
) -> None:
    inside, most, tries, over = [0], [0], [0], threading.Event()
    guard = threading.Lock()

    def steady() -> bool:
        with guard:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            tries[0] += 1
        with guard:
            inside[0] -= 1
        if tries[0] == 50:
            over.set()
        return tries[0] < 50

    def broken() -> None:
        raise ValueError("broken")

    rounds.add("bad", Duty(name="break", every_s=LONG_S, run=broken))
    rounds.add("good", Duty(name="count", every_s=LONG_S, run=steady))
    assert over.wait(PATIENCE_S)
    assert most == [1]
    assert rounds.stop(timeout_s=PATIENCE_S)
    (told,) = [record for record in caplog.records if record.message == "duty_failed"]
    assert (told.__dict__["tenant"], told.__dict__["duty"]) == ("bad", "break")


def test_what_only_a_leader_does_waits_for_the_lead(rounds: Rounds) -> None:
    done, asked, leads = threading.Event(), threading.Event(), threading.Event()

    def may() -> bool:
        asked.set()
        return leads.is_set()

    rounds.add("acme", Duty(name="advance", every_s=0.1, run=done.set), may=may)
    assert asked.wait(PATIENCE_S)
    assert not done.is_set()
    leads.set()
    assert done.wait(PATIENCE_S)


def test_nothing_of_who_is_dropped_is_begun_again() -> None:
    """What runs when they are dropped ends, and is not done again; the others' work goes on."""
    turns: list[str] = []
    begun, dropped, over = threading.Event(), threading.Event(), threading.Event()

    def run_long() -> bool:
        turns.append("gone-running")
        begun.set()
        dropped.wait(PATIENCE_S)
        return True  # there would be more to do

    def go_on() -> bool:
        turns.append("stays")
        if len(turns) > 4:
            over.set()
        return not over.is_set()

    rounds = Rounds(threads=1)
    rounds.add("gone", Duty(name="long", every_s=LONG_S, run=run_long))
    assert begun.wait(PATIENCE_S)
    waiting = Duty(name="wait", every_s=LONG_S, run=lambda: turns.append("gone-waiting"))
    rounds.add("gone", waiting)
    rounds.add("stays", Duty(name="make", every_s=LONG_S, run=go_on))
    rounds.drop("gone")
    dropped.set()
    assert over.wait(PATIENCE_S)
    assert turns == ["gone-running", *["stays"] * 4]
    back = threading.Event()
    rounds.add("gone", Duty(name="back", every_s=LONG_S, run=back.set))
    assert back.wait(PATIENCE_S)
    assert rounds.stop(timeout_s=PATIENCE_S)
