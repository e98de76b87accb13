"""Several processes that are kept running, and end together.

A process that dies is started again, at once the first time and with growing pauses when it dies
again and again; the others go on meanwhile. A process that learns that its supervisor is gone ends
by itself, so that none is left holding the port.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from typing import Any, Final

import structlog

_LOG = structlog.get_logger("studio.crew")

_SPAWN: Final = multiprocessing.get_context("spawn")
"""A forked process would inherit locks that threads of its parent hold at that moment."""
FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 30.0
STEADY_S: Final = 30.0
"""A process that ran so long is well: its next death is a first one again."""
END_S: Final = 45.0
"""How long a process may take to end: somewhat more than its requests may."""
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What one process of a crew does: `work(*given)`, until SIGTERM."""

    name: str
    work: Callable[..., None]
    given: tuple[Any, ...]


@dataclass(slots=True, kw_only=True)
class _Held:
    """A post and the process that holds it."""

    post: Post
    process: SpawnProcess | None = None
    started_s: float = 0.0
    deaths: int = 0
    due_s: float = 0.0


class Crew:
    """Keeps a process running for each post.

    Parameters
    ----------
        end_s : how long processes may take to end before they are killed
        clock : seconds, monotonic
    """

    def __init__(
        self,
        posts: Iterable[Post],
        *,
        end_s: float = END_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._held = [_Held(post=post) for post in posts]
        self._end_s = end_s
        self._clock = clock
        self._told = False

    def run(self) -> None:
        """Start all, keep them running until SIGTERM or SIGINT, then end all and return."""
        with self._listening() as bell:
            while not self._told:
                for held in self._held:
                    self._look_at(held)
                wait_s = min(
                    (held.due_s for held in self._held if held.process is None), default=None
                )
                running = [held.process.sentinel for held in self._held if held.process is not None]
                timeout_s = None if wait_s is None else max(wait_s - self._clock(), 0.0)
                connection.wait([bell, *running], timeout_s)
        self._end()

    def _look_at(self, held: _Held) -> None:
        """Note a death; start a process where none is and its time has come."""
        now_s = self._clock()
        if held.process is not None and not held.process.is_alive():
            held.deaths = 0 if now_s - held.started_s >= STEADY_S else held.deaths
            exit_code = held.process.exitcode
            held.process.close()
            _note_a_death(held, "process_died", now_s, exit_code=exit_code)
        if held.process is None and held.due_s <= now_s:
            process = _SPAWN.Process(
                target=_member, name=held.post.name, args=(held.post.work, held.post.given)
            )
            try:
                process.start()
            except OSError as fault:  # no process or memory is left: for a moment, it may be
                _note_a_death(held, "process_not_started", now_s, fault=str(fault))
                return
            held.process, held.started_s = process, now_s
            _LOG.info("process_started", process=held.post.name, pid=process.pid)

    def _end(self) -> None:
        running = [held.process for held in self._held if held.process is not None]
        for process in running:
            process.terminate()
        until_s = self._clock() + self._end_s
        for process in running:
            process.join(max(until_s - self._clock(), 0.0))
            if process.is_alive():
                _LOG.error("process_killed", process=process.name, waited_s=self._end_s)
                process.kill()
                process.join()

    @contextmanager
    def _listening(self) -> Iterator[socket.socket]:
        """A socket that can be read once a signal has come: nothing else wakes a wait."""
        bell, rope = socket.socketpair()
        rope.settimeout(0)  # as a signal's wake-up must not block

        def tell(_number: int, _frame: object) -> None:
            self._told = True

        before = {number: signal.signal(number, tell) for number in _SIGNALS}
        former = signal.set_wakeup_fd(rope.fileno())
        try:
            yield bell
        finally:
            signal.set_wakeup_fd(former)
            for number, handler in before.items():
                signal.signal(number, handler)
            bell.close()
            rope.close()


def _note_a_death(held: _Held, event: str, now_s: float, **what: object) -> None:
    """Have a post taken again, later the oftener this has happened."""
    held.deaths += 1
    pause_s = pause_after(held.deaths)
    _LOG.error(event, process=held.post.name, again_in_s=pause_s, **what)
    held.process, held.due_s = None, now_s + pause_s


def pause_after(deaths: int) -> float:
    """Seconds before a process is started again that died so many times in a row.

    >>> [pause_after(deaths) for deaths in (1, 2, 3, 4, 20)]
    [0.0, 0.25, 0.5, 1.0, 30.0]
    """
    if deaths <= 1:
        return 0.0
    return float(min(FIRST_PAUSE_S * 2 ** min(deaths - 2, 16), LONGEST_PAUSE_S))


def _member(work: Callable[..., None], given: tuple[Any, ...]) -> None:
    """The main function of a process of a crew."""
    # A Ctrl-C reaches the whole group; the supervisor alone says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_the_supervisor, name="supervisor", daemon=True).start()
    work(*given)


def _follow_the_supervisor() -> None:
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)
