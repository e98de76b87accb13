"""Backups of the embedded database: whole while it is written to, refused where they cannot be."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from studio.bootstrap import METADATA
from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.leadership import leadership_of
from studio.db.tables import ITEM
from studio.services.backups import Backups, examine
from studio.services.errors import BackupRefused, BackupUnusable
from studio.services.schema import Schema
from tests.studio.conftest import HandClock


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    opened = open_engine(sqlite_url)
    Schema(opened, METADATA).make_ready()
    yield opened
    opened.dispose()


@pytest.fixture
def backups(engine: Engine, clock: HandClock) -> Backups:
    return Backups(engine, clock=clock)


def put(engine: Engine, *items: str) -> None:
    with writing(engine) as connection:
        connection.execute(insert(ITEM), [{"item": item, "image": "x"} for item in items])


def items(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(text("SELECT item FROM item ORDER BY item")).scalars())


def test_a_backup_holds_one_state_while_the_database_is_written_to(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    """Items are always written in pairs: a copy with half a pair would be of no state at all."""
    ended = threading.Event()
    begun = threading.Event()

    def write() -> None:
        number = 0
        while not ended.is_set() and number < 3000:
            put(engine, f"left-{number:05}", f"right-{number:05}")
            number += 1
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(60)
    try:
        made = [backups.make(tmp_path / f"copy-{number}") for number in range(4)]
    finally:
        ended.set()
        writer.join()
    counts = []
    for one in made:
        with closing(sqlite3.connect(one.path)) as copy:
            left, right = (
                copy.execute(
                    "SELECT count(*) FROM item WHERE item LIKE ?", [f"{side}-%"]
                ).fetchone()
                for side in ("left", "right")
            )
        assert left == right
        counts.append(left)
    assert counts == sorted(counts)
    assert not list(tmp_path.glob("*.part*"))


def test_a_restored_database_is_what_it_was_and_what_was_there_is_kept(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    put(engine, "mug")
    made = backups.make(tmp_path / "copy")
    put(engine, "jug")
    done = backups.restore(made.path)
    assert items(engine) == ["mug"]
    assert done.kept is not None
    assert backups.restore(done.kept).revision == made.revision
    assert items(engine) == ["jug", "mug"]


def test_whoever_reads_meanwhile_sees_all_or_nothing(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    put(engine, "mug")
    made = backups.make(tmp_path / "copy")
    put(engine, "jug")
    with reading(engine) as connection:
        before = list(connection.execute(text("SELECT item FROM item ORDER BY item")).scalars())
    backups.restore(made.path)
    assert (before, items(engine)) == (["jug", "mug"], ["mug"])


def test_nothing_is_put_back_under_a_running_server(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    made = backups.make(tmp_path / "copy")
    lead = leadership_of(engine)
    assert lead.hold()
    with pytest.raises(BackupRefused, match="stop that first"):
        backups.restore(made.path)
    lead.release()
    backups.restore(made.path)


def test_files_that_are_no_backup_are_refused(backups: Backups, tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="no such file"):
        backups.restore(tmp_path / "none")
    text_file = tmp_path / "list"
    text_file.write_text("a shopping list " * 100)
    with pytest.raises(BackupUnusable, match="not a database"):
        backups.restore(text_file)
    foreign = tmp_path / "foreign"
    with closing(sqlite3.connect(foreign)) as other:
        other.execute("CREATE TABLE shop (id INTEGER)")
    with pytest.raises(BackupUnusable, match="alembic_version"):
        backups.restore(foreign)


def test_a_damaged_backup_is_refused(backups: Backups, engine: Engine, tmp_path: Path) -> None:
    put(engine, *(f"item-{number:05}-{'x' * 200}" for number in range(500)))
    made = backups.make(tmp_path / "copy")
    whole = made.path.read_bytes()
    made.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupUnusable):
        examine(made.path)


def test_a_backup_never_takes_the_place_of_another_file(backups: Backups, tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(BackupRefused, match="already"):
        backups.make(tmp_path / "copy")
    with pytest.raises(BackupRefused, match="cannot be written"):
        backups.make(tmp_path / "nowhere" / "copy")
    assert (tmp_path / "copy").read_text() == "mine"


def test_there_is_nothing_to_back_up_before_the_first_use(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'none.sqlite'}")
    with pytest.raises(BackupRefused, match="no database yet"):
        Backups(engine, clock=HandClock()).make(tmp_path / "copy")
