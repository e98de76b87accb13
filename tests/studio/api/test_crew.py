"""Processes that are kept running."""

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from studio.api import crew
from studio.api.crew import Crew, Post, pause_after


def note_and_die(file: str) -> None:
    with Path(file).open("a") as notes:
        notes.write(f"{os.getpid()}\n")


def note_and_stay(file: str) -> None:
    note_and_die(file)
    threading.Event().wait()


def read(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def supervisor(**posts: tuple[Callable[[str], None], Path]) -> Iterator[subprocess.Popen[str]]:
    """A process that runs a crew: its signals must not reach the process that runs the tests."""
    given = [(name, work.__name__, str(file)) for name, (work, file) in posts.items()]
    script = f"""
from studio.api import crew
from tests.studio.api import test_crew as works
if __name__ == "__main__":
    crew.FIRST_PAUSE_S = 0.01
    crew.Crew(
        crew.Post(name=name, work=getattr(works, work), given=(file,))
        for name, work, file in {given!r}
    ).run()
"""
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, env=environment, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def until(condition: Callable[[], bool]) -> None:
    pause, deadline_s = threading.Event(), time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to this"
        pause.wait(0.01)


def test_a_process_that_dies_is_started_again_and_the_others_go_on(tmp_path: Path) -> None:
    dying, staying = tmp_path / "dying", tmp_path / "staying"
    with supervisor(dying=(note_and_die, dying), staying=(note_and_stay, staying)) as running:
        until(lambda: len(read(dying)) >= 3 and len(read(staying)) >= 1)
        running.terminate()
        assert running.wait(60) == 0
    assert len(set(read(dying))) >= 3
    (steady,) = read(staying)
    assert not is_alive(steady)


def test_a_process_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that has no process or memory left for a moment must not end the whole crew."""
    start, tries = SpawnProcess.start, count()

    def refused_at_first(process: SpawnProcess) -> None:
        if next(tries) < 2:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        start(process)

    monkeypatch.setattr(SpawnProcess, "start", refused_at_first)
    now_s = 0.0
    file = tmp_path / "f"
    watched = Crew([Post(name="p", work=note_and_die, given=(str(file),))], clock=lambda: now_s)
    (held,) = watched._held
    for _ in range(3):
        watched._look_at(held)
        now_s = held.due_s
    assert held.process is not None
    held.process.join(60)
    assert read(file) != []
    assert held.deaths == 2
    watched._end()


def test_pauses_grow_and_stay_bounded() -> None:
    pauses = [pause_after(deaths) for deaths in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.0
    assert pauses[-1] == crew.LONGEST_PAUSE_S


def test_a_process_that_ran_well_is_started_again_at_once(tmp_path: Path) -> None:
    """Time as told: 40 s go by at each glance at the clock."""
    glances = count(0.0, crew.STEADY_S + 10.0)
    watched = Crew(
        [Post(name="p", work=note_and_die, given=(str(tmp_path / "f"),))],
        clock=lambda: next(glances),
    )
    (held,) = watched._held
    for _ in range(3):
        watched._look_at(held)
        assert held.process is not None
        held.process.join(60)
        assert held.deaths <= 1
    watched._end()


def test_a_crew_lets_its_servers_drain_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--drain 600` is allowed: a process that drains must not be killed meanwhile."""
    # Not above: the processes of other tests would import all this, too.
    from studio.bootstrap.shell import open_shell
    from studio.cli.serve import _serve_as_crew
    from studio.settings import Settings

    allowed: list[float] = []

    class Noted(Crew):
        def run(self) -> None:
            allowed.append(self._end_s)

    monkeypatch.setattr(crew, "Crew", Noted)
    opened = open_shell(Settings(home=tmp_path))
    _serve_as_crew(opened, host="127.0.0.1", port=0, workers=2, drain_s=600.0)
    assert allowed == [600.0 + crew.END_S]


def test_an_orphan_ends_by_itself(tmp_path: Path) -> None:
    """A supervisor that is killed can tell nobody."""
    file = tmp_path / "orphan"
    with supervisor(p=(note_and_stay, file)) as running:
        until(lambda: read(file) != [])
        running.kill()
    (orphan,) = read(file)
    until(lambda: not is_alive(orphan))
