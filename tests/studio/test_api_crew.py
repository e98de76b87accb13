"""Processes that are kept running."""

import os
import signal
import subprocess
import sys
import threading
import time
from itertools import count
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


def test_a_process_that_dies_is_started_again_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "FIRST_PAUSE_S", 0.01)
    dying, staying = tmp_path / "dying", tmp_path / "staying"

    def tell() -> None:
        """SIGTERM once all has happened that is to be seen."""
        pause = threading.Event()
        for _ in range(3000):
            if len(read(dying)) >= 3 and read(staying):
                break
            pause.wait(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    telling = threading.Thread(target=tell)
    telling.start()
    Crew(
        [
            Post(name="dying", work=note_and_die, given=(str(dying),)),
            Post(name="staying", work=note_and_stay, given=(str(staying),)),
        ]
    ).run()
    telling.join()
    assert len(set(read(dying))) >= 3
    (steady,) = read(staying)
    assert not is_alive(steady)
    assert signal.getsignal(signal.SIGTERM) is before


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
    from studio.bootstrap import open_shell
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
    script = f"""
from studio.api.crew import Crew, Post
from tests.studio.test_api_crew import note_and_stay
if __name__ == "__main__":
    Crew([Post(name="p", work=note_and_stay, given=({str(file)!r},))]).run()
"""
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, "-c", script], cwd=root, env=environment) as supervisor:
        pause = threading.Event()
        while not read(file):
            assert supervisor.poll() is None
            pause.wait(0.01)
        supervisor.kill()
    (orphan,) = read(file)
    until_s = time.monotonic() + 60
    while is_alive(orphan):
        assert time.monotonic() < until_s
        pause.wait(0.01)
