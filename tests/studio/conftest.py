"""Fixtures of the shell's tests: a database of each kind, and a clock that is moved by hand."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from assets import AssetStore, LocalBlobs
from assets.index import sql as asset_index
from studio.db.engine import Engine, open_engine
from studio.db.tables import create_schema
from studio.services.events import Events
from studio.services.feed import Feed
from studio.services.tests import NewTest, NewVariant, Tests
from tests.studio.commanding import Commands

START_S = 1_750_000_000.0
DAY_S = 86_400.0


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = START_S

    def __call__(self) -> float:
        return self.now_s

    def pass_days(self, days: float) -> None:
        self.now_s += days * DAY_S


@pytest.fixture
def packshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    """The command line, with a home folder of its own."""
    return Commands(tmp_path, monkeypatch, capsys)


@pytest.fixture
def clock() -> HandClock:
    """The time of a test: it begins at `START_S`."""
    return HandClock()


@pytest.fixture
def pass_days(clock: HandClock) -> Callable[[float], None]:
    """Moves the clock."""
    return clock.pass_days


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an empty SQLite database."""
    return f"sqlite:///{tmp_path / 'packshot.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with its tables, once of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    opened = open_engine(request.getfixturevalue(name))
    create_schema(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def tests(engine: Engine, clock: HandClock) -> Tests:
    """The use cases of tests; ids are t0, t1, ..."""
    numbers = count()
    return Tests(engine, clock=clock, new_id=lambda: f"t{next(numbers)}")


@pytest.fixture
def events(engine: Engine, clock: HandClock) -> Events:
    """The intake of events."""
    return Events(engine, clock=clock)


@pytest.fixture
def feed(engine: Engine, clock: HandClock, tmp_path: Path) -> Feed:
    """The feed of one process."""
    return Feed(engine, clock=clock, file=tmp_path / "snapshot.json")


@pytest.fixture
def mug() -> NewTest:
    """A test of three images of a mug."""
    images = {"white": "white.webp", "oak": "oak.webp", "marble": "marble.webp"}
    variants = tuple(NewVariant(name=name, image=image) for name, image in images.items())
    return NewTest(item="mug", variants=variants)


@pytest.fixture
def store(tmp_path: Path, sqlite_url: str) -> Iterator[AssetStore]:
    """An empty store of assets."""
    opened = open_engine(sqlite_url)
    asset_index.create_schema(opened)
    yield AssetStore(
        blobs=LocalBlobs(tmp_path / "blobs"), index=asset_index.SqlIndex(opened), clock=lambda: 0.0
    )
    opened.dispose()
