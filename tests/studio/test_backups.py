"""Backups of the embedded database: whole while it is written to, refused where they cannot be."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from studio.bootstrap.databases import METADATA
from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.leadership import leadership_of
from studio.db.revision import MARK
from studio.db.tables import ITEM
from studio.services import backups as services_backups
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


def test_a_backup_takes_the_place_of_a_database_that_is_none_any_more(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    """What backups are for: it was refused, as a file that could not be written."""
    put(engine, "mug")
    made = backups.make(tmp_path / "copy.sqlite")
    engine.dispose()
    database = Path(engine.url.database or "")
    damaged = b"no database at all" * 5000
    database.write_bytes(damaged)
    restored = backups.restore(made.path)
    assert items(engine) == ["mug"]
    assert restored.kept is not None
    assert restored.kept.read_bytes() == damaged
    assert not database.with_name(f"{database.name}.part").exists()


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


def test_a_backup_ends_while_another_process_writes_on_and_on(
    backups: Backups, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite begins a copy anew when it finds, between two steps, that somebody has written."""
    put(engine, *(f"item-{number:05}-{'x' * 200}" for number in range(20_000)))
    steps: list[int] = []
    refuse = services_backups._refuse_waiting

    def write(status: int, remaining: int, pages: int) -> None:
        steps.append(pages)
        assert len(steps) < 50, "it begins anew again and again"
        put(engine, f"late-{len(steps)}")
        refuse(status, remaining, pages)

    monkeypatch.setattr(services_backups, "_refuse_waiting", write)
    backups.make(tmp_path / "copy")
    assert steps[0] > 1000
    assert len(steps) == 1


def test_what_is_being_written_to_all_the_time_is_not_waited_for_for_ever(
    backups: Backups, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services_backups, "BUSY_TIMEOUT_S", 0.01)
    made = backups.make(tmp_path / "copy")
    with writing(engine), pytest.raises(BackupRefused, match="another process is writing"):
        backups.restore(made.path)
    assert not list(tmp_path.glob("*.before-*"))


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_touched(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    made = backups.make(tmp_path / "copy")
    with closing(sqlite3.connect(made.path)) as copy:
        copy.execute(f"UPDATE {MARK} SET version_num = '9999'")
        copy.commit()
    put(engine, "mug")
    with pytest.raises(BackupRefused, match=r"9999.*install the version"):
        backups.restore(made.path)
    assert items(engine) == ["mug"]
    assert not list(tmp_path.glob("*.before-*"))


def test_the_database_is_no_backup_of_itself(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    put(engine, "mug")
    with pytest.raises(BackupRefused, match="the database itself"):
        backups.restore(tmp_path / "packshot.sqlite")
    assert items(engine) == ["mug"]


def test_copies_are_as_private_as_the_database(backups: Backups, tmp_path: Path) -> None:
    (tmp_path / "packshot.sqlite").chmod(0o600)
    made = backups.make(tmp_path / "copy")
    done = backups.restore(made.path)
    assert done.kept is not None
    assert {made.path.stat().st_mode & 0o777, done.kept.stat().st_mode & 0o777} == {0o600}


def test_a_database_without_a_mark_of_its_step_is_not_backed_up(
    backups: Backups, engine: Engine, tmp_path: Path
) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"DROP TABLE {MARK}"))
    with pytest.raises(BackupRefused, match="copy the file itself"):
        backups.make(tmp_path / "copy")


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
