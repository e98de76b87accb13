"""A server that is told to stop ends, though a thread of it waits for good."""

import subprocess
import sys
import threading
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from studio.api.ending import ended_together
from studio.services.scheduling import Scheduler

SCRIPT = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from studio.api import ending

ending.END_S = 0.1 if "hangs" in sys.argv else 60.0
stopping = threading.Event()
ending.end_in_time(stopping)
if "hangs" in sys.argv:
    ThreadPoolExecutor(thread_name_prefix="hung").submit(threading.Event().wait)
if "stops" in sys.argv:
    stopping.set()
print("stopped", flush=True)
"""


@pytest.mark.parametrize("words", [["stops", "hangs"], ["stops"], []])
def test_a_process_ends_whatever_hangs(words: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
    assert ended.stdout.startswith("stopped\n")
    # Who ends in time is not cut off, and one that was not told to stop is left alone.
    assert ("stopped_while_busy" in ended.stdout) == ("hangs" in words)
    assert ("hung_0" in ended.stdout) == ("hangs" in words)


def test_all_that_is_ended_together_hears_of_it_at_once() -> None:
    """One after the other, each took its own half minute."""
    both = threading.Barrier(2)

    def meet(within_s: float) -> bool:
        both.wait(min(within_s, 60.0))
        return True

    with capture_logs() as told, ended_together(within_s=60.0) as stops:
        for name in ("duties", "images"):
            stops.add(name, meet)
    assert told == []


def test_what_hangs_or_fails_is_named_and_holds_up_no_end() -> None:
    never, ended = threading.Event(), threading.Event()

    def hang(_within_s: float) -> bool:
        return never.wait(60)

    def fail(_within_s: float) -> bool:
        raise OSError("gone")

    def end(_within_s: float) -> bool:
        ended.set()
        return True

    with capture_logs() as told, ended_together(within_s=0.05) as stops:
        for name, stop in (("hung", hang), ("late", lambda _: False), ("bad", fail), ("good", end)):
            stops.add(name, stop)
    never.set()
    assert ended.wait(60)
    assert [line["what"] for line in told if line["event"] == "stop_failed"] == ["bad"]
    (busy,) = (line["what"] for line in told if line["event"] == "still_busy")
    assert {"hung", "late"} <= set(busy)


@dataclass
class HungLead:
    """A lock of a database that takes questions and answers none."""

    asked: threading.Event = field(default_factory=threading.Event)
    elsewhere = False

    def hold(self) -> bool:
        self.asked.set()
        return threading.Event().wait(60)

    def release(self) -> None:
        self.hold()


def test_a_scheduler_whose_database_hangs_says_so_in_time() -> None:
    lead = HungLead()
    scheduler = Scheduler((), leadership=lead)
    scheduler.start()
    assert lead.asked.wait(60)
    assert not scheduler.stop(timeout_s=0.01)
