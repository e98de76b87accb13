"""Queues and clocks for the tests of jobs and workers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Engine, create_engine, event

from gpu import JobSpec, RowSpec
from gpu.queues.sql import SqlJobQueue, create_schema

MakeRows: TypeAlias = Callable[..., list[RowSpec]]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
        event.listen(engine, "connect", _enable_wal)
    else:
        engine = create_engine(request.getfixturevalue("postgres_url"))
    create_schema(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def queue(engine: Engine, clock: Clock) -> SqlJobQueue:
    return SqlJobQueue(engine, clock=clock, is_dead=lambda name: name.startswith("dead"))


@pytest.fixture
def make_rows() -> MakeRows:
    """Rows with jobs: `make_rows("a", "b")` or `make_rows(3, kind="work")`."""

    def make(*names: Any, kind: str = "work", first: int = 0) -> list[RowSpec]:
        if len(names) == 1 and isinstance(names[0], int):
            names = tuple(f"job-{number:03}" for number in range(names[0]))
        return [
            RowSpec(
                number=first + number,
                label=f"{name}.jpg",
                job=JobSpec(id=name, kind=kind, payload={"name": name}),
                data={"out": f"{name}.png"},
            )
            for number, name in enumerate(names)
        ]

    return make


def _enable_wal(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=10000")
    connection.execute("PRAGMA foreign_keys=ON")
