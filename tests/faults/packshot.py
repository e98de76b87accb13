"""`packshot serve` as a user starts it, to be killed, stopped and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.waiting import until

ROOT = Path(__file__).resolve().parents[2]
COMMAND = "from studio.cli.app import main; main()"


class Packshot:
    """One home folder, and the server that runs on it now.

    Parameters
    ----------
        code : what the interpreter runs; the command line's arguments follow
    """

    def __init__(
        self, home: Path, *words: str, environment: Mapping[str, str], code: str = COMMAND
    ) -> None:
        self.home = home
        self.url = ""
        self._words = words
        self._environment = environment
        self._code = code
        self._log = home.parent / f"{home.name}.log"
        self._running: subprocess.Popen[bytes] | None = None
        self._begins = 0

    @property
    def pid(self) -> int:
        """Of the process that was started, which with several workers is their supervisor."""
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start it, after the first time at the port that it had, and wait until it listens."""
        assert self._running is None
        port = self.url.rpartition(":")[2] or "0"
        self._begins = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [sys.executable, "-c", self._code, "serve", "--port", port, *self._words],
                cwd=ROOT,
                stderr=log,
                env={
                    **os.environ,
                    "PYTHONPATH": str(ROOT),
                    "PACKSHOT_HOME": str(self.home),
                    "PACKSHOT_LOG_FORMAT": "json",
                    **self._environment,
                },
            )
        until(lambda: bool(self.logged("listening")) or self._has_ended(), "a listening server")
        assert not self._has_ended(), self._log.read_text()
        self.url = str(self.logged("listening")[-1]["url"])

    def logged(self, event: str, **fields: object) -> list[dict[str, Any]]:
        """What was logged under this name since the last start."""
        with self._log.open("rb") as log:
            log.seek(self._begins)
            # The last line may be half written; a word to the person at the terminal is no JSON.
            lines = [line for line in log if line.startswith(b"{") and line.endswith(b"\n")]
        every: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [one for one in every if one["event"] == event and fields.items() <= one.items()]

    def kill_worker(self, name: str) -> None:
        """SIGKILL to one of its processes, and wait until another one holds its post."""
        started = self.logged("process_started", process=name)
        os.kill(int(started[-1]["pid"]), signal.SIGKILL)
        until(
            lambda: len(self.logged("process_started", process=name)) > len(started),
            f"another {name}",
        )

    def kill(self) -> None:
        """SIGKILL to the process that was started."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and wait; the exit code."""
        return self._end(signal.SIGTERM)

    def _has_ended(self) -> bool:
        return self._running is None or self._running.poll() is not None

    def _end(self, how: signal.Signals) -> int:
        ending, self._running = self._running, None
        if ending is None:
            return 0
        ending.send_signal(how)
        return ending.wait(120)


@contextmanager
def packshot(
    home: Path, *words: str, environment: Mapping[str, str] | None = None, code: str = COMMAND
) -> Iterator[Packshot]:
    """A server for the length of the block."""
    one = Packshot(home, *words, environment=environment or {}, code=code)
    one.start()
    try:
        yield one
    finally:
        one.kill()
