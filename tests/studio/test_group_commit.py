import threading
from collections.abc import Sequence

import pytest

from studio.services.errors import EventsBusy
from studio.services.group_commit import GroupCommit


class Disk:
    """Writes groups, each once it is let."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.writing = threading.Semaphore(0)
        self.let = threading.Semaphore(0)
        self.fault: Exception | None = None

    def write(self, batches: Sequence[str]) -> None:
        self.writing.release()
        self.let.acquire()
        if self.fault is not None:
            raise self.fault
        self.groups.append(list(batches))


class Callers:
    """Each in a thread of its own."""

    def __init__(self, line: GroupCommit[str]) -> None:
        self.line = line
        self.faults: dict[str, BaseException] = {}
        self.threads: list[threading.Thread] = []

    def send(self, batch: str) -> None:
        def submit() -> None:
            try:
                self.line.submit(batch, size=10)
            except (OSError, EventsBusy) as fault:
                self.faults[batch] = fault

        # Who finds a write going on is in line once the line is longer.
        in_line, before = self.line._writing, len(self.line._line)
        self.threads.append(threading.Thread(target=submit))
        self.threads[-1].start()
        pause = threading.Event()
        while in_line and len(self.line._line) == before:
            pause.wait(0.001)

    def join(self) -> None:
        for thread in self.threads:
            thread.join()


def test_those_who_come_during_a_write_share_the_next() -> None:
    disk = Disk()
    callers = Callers(GroupCommit(disk.write, most_held=100, most_group=30))
    callers.send("first")
    disk.writing.acquire()
    for name in ("a", "b", "c", "d"):
        callers.send(name)
    for _ in range(3):
        disk.let.release()
    callers.join()
    assert disk.groups == [["first"], ["a", "b", "c"], ["d"]]
    assert callers.line._held == 0


def test_more_than_may_be_held_is_sent_away() -> None:
    disk = Disk()
    callers = Callers(GroupCommit(disk.write, most_held=20, most_group=20))
    callers.send("first")
    disk.writing.acquire()
    callers.send("second")
    with pytest.raises(EventsBusy) as busy:
        callers.line.submit("third", size=1)
    assert busy.value.retry_after_s > 0
    disk.let.release(2)
    callers.join()
    disk.let.release()
    callers.line.submit("third", size=10_000)
    assert disk.groups == [["first"], ["second"], ["third"]]


def test_a_fault_is_told_to_all_of_its_group_and_to_nobody_else() -> None:
    disk = Disk()
    callers = Callers(GroupCommit(disk.write, most_held=100, most_group=100))
    callers.send("first")
    disk.writing.acquire()
    callers.send("a")
    callers.send("b")
    disk.let.release()
    disk.writing.acquire()
    disk.fault = OSError("disk full")
    disk.let.release()
    callers.join()
    assert disk.groups == [["first"]]
    assert callers.faults == {"a": disk.fault, "b": disk.fault}
    disk.fault = None
    disk.let.release()
    callers.line.submit("again", size=10)
    assert disk.groups[-1] == ["again"]
