import os
import subprocess
import sys

import pytest

from gpu import is_dead, worker_id


def test_this_process_lives() -> None:
    assert not is_dead(worker_id())
    assert worker_id("1").endswith("#1")


def test_a_process_that_ended_is_dead() -> None:
    script = "from gpu import worker_id; print(worker_id(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert not is_dead(name)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(name), "a zombie has ended"
    assert is_dead(name)


def test_a_process_id_used_again_is_not_the_old_worker() -> None:
    machine, pid, _start = worker_id().partition("#")[0].rsplit(":", 2)
    assert is_dead(f"{machine}:{pid}:1#0")


@pytest.mark.parametrize("name", ["elsewhere/boot/1:1:1#0", "", "worker", "a:b:c#0"])
def test_what_cannot_be_known_may_live(name: str) -> None:
    assert not is_dead(name)
