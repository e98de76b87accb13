"""The threads of one executor, and who takes the place of those that wait for a device."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_HERE = threading.local()


class Crew:
    """A fixed number of threads, and stand-ins for those of them that wait.

    A worker that waits for a device needs no processor. While it waits, a stand-in does further
    jobs, which then come to wait beside it: that is how a batch forms.

    Parameters
    ----------
        work : what each of the fixed threads does until it ends, by its number
        step : does one job, by the thread's number; whether there was one
        stand_ins : at most so many further threads
    """

    def __init__(
        self, *, work: Callable[[int], None], step: Callable[[int], bool], stand_ins: int
    ) -> None:
        self._work = work
        self._step = step
        self._free = list(range(stand_ins))
        self._standing = 0
        self._aside = 0
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def start(self, count: int) -> None:
        """Start the fixed threads."""
        self._free = [count + number for number in self._free]
        for number in range(count):
            self._launch(self._work, number)

    @property
    def alive(self) -> tuple[threading.Thread, ...]:
        """Threads that have not ended."""
        with self._lock:
            return tuple(thread for thread in self._threads if thread.is_alive())

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let a stand-in work while the block runs."""
        with self._lock:
            self._aside += 1
            number = self._free.pop(0) if self._wanted(1) else None
            self._standing += number is not None
        if number is not None:
            self._launch(self._stand_in, number)
        try:
            yield
        finally:
            with self._lock:
                self._aside -= 1

    def _stand_in(self, number: int) -> None:
        try:
            while self._step(number):
                with self._lock:
                    if not self._wanted(0):
                        break
        finally:
            with self._lock:
                self._standing -= 1
                self._free.append(number)

    def _wanted(self, more: int) -> bool:
        """Whether those that wait leave room for the stand-ins there are, and so many more."""
        return self._standing + more <= self._aside and len(self._free) >= more

    def _launch(self, target: Callable[[int], None], number: int) -> None:
        def run() -> None:
            _HERE.crew = self
            target(number)

        thread = threading.Thread(target=run, name=f"worker-{number}", daemon=True)
        with self._lock:
            self._threads = [one for one in self._threads if one.is_alive()]
            # Started under the lock: who looks whether all have ended must not miss it.
            thread.start()
            self._threads.append(thread)


@contextmanager
def aside() -> Iterator[None]:
    """Let another thread work while the block waits for a device; for any thread.

    On a thread that is no worker's, nothing happens.
    """
    crew: Crew | None = getattr(_HERE, "crew", None)
    if crew is None:
        yield
        return
    with crew.aside():
        yield
