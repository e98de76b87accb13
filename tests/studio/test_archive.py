import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assets import BlobStoreUnwritable, LocalBlobs
from assets.blobs.s3 import S3Blobs
from studio.db import archive as archive_rows
from studio.db import event_log
from studio.db.archive import ArchiveFile, archived_to
from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.events import EventRecord
from studio.db.tables import create_schema
from studio.services.archiving.archive import Archive
from studio.services.archiving.errors import ArchiveDamaged
from studio.services.archiving.rebuild import Rebuilding
from studio.services.events import Events
from studio.services.tests import NewTest, Tests

DAY_S = 86_400.0


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """SQLite, and PostgreSQL for the tests that ask for both."""
    opened = open_engine(request.getfixturevalue(getattr(request, "param", "sqlite_url")))
    create_schema(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def running(tests: Tests, mug: NewTest) -> str:
    for item in ("mug", "cup"):
        test = tests.create(NewTest(item=item, variants=mug.variants), who="merchant")
        tests.start(test.id, who="merchant")
    return "t0"


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def archive(engine: Engine, blobs: LocalBlobs, clock: Callable[[], float]) -> Archive:
    return Archive(engine, blobs=blobs, clock=clock)


@pytest.fixture
def send(events: Events) -> Callable[[int], None]:
    numbers = iter(range(10**9))

    def send(count: int, *, settle: bool = True) -> None:
        raws = [
            {"id": f"e{n}", "type": "impression", "unit": f"u{n}", "test": f"t{n % 2}",
             "variant": "oak"}
            for n in (next(numbers) for _ in range(count))
        ]  # fmt: skip
        assert events.accept(raws).accepted == count
        if settle:
            events.counter.settle()

    return send


def ids(events: object) -> list[str]:
    assert hasattr(events, "__iter__")
    return sorted((event.id for event in events), key=lambda name: int(name[1:]))


def named(count: int) -> list[str]:
    return [f"e{n}" for n in range(count)]


def test_nothing_is_written_before_it_is_worth_a_file_or_an_hour_old(
    archive: Archive, send: Callable[[int], None], running: str, pass_days: Callable[[float], None]
) -> None:
    send(4)
    assert archive.write() == ()
    pass_days(1.1 / 24)
    send(2)
    (file,) = archive.write()
    assert file.events == 6
    assert archive.write() == ()
    assert ids(archive.events()) == named(6)


@pytest.mark.parametrize("engine", ["sqlite_url", "postgres_url"], indirect=True)
def test_archive_and_log_together_hold_each_event_once(
    archive: Archive, send: Callable[..., None], running: str, engine: Engine
) -> None:
    send(4)
    archive.write(everything=True)
    send(3)
    assert ids(archive.events()) == named(7)
    assert ids(archive.events(test_id="t1")) == ["e1", "e3", "e5"]
    send(2, settle=False)
    assert ids(archive.events()) == named(7)
    (file,) = archive.write(everything=True)
    assert file.events == 3
    with reading(engine) as connection:
        assert archived_to(connection) == file.last == event_log.counted_to(connection)


def test_a_file_holds_one_day_of_receipt_and_days_are_joined_once_they_are_over(
    archive: Archive,
    send: Callable[[int], None],
    running: str,
    pass_days: Callable[[float], None],
    blobs: LocalBlobs,
) -> None:
    for _ in range(3):
        send(2)
        archive.write(everything=True)
    send(1)
    pass_days(1.0)
    send(2)
    assert [file.events for file in archive.write(everything=True)] == [1, 2]
    assert [file.events for file in archive.files()] == [2, 2, 2, 1, 2]
    assert archive.compact() == 4
    first, last = archive.files()
    assert (first.events, last.events) == (7, 2)
    assert ids(archive.events()) == named(9)
    assert archive.compact() == 0
    assert hashlib.sha256(blobs.read(first.digest)).hexdigest() == first.digest


@pytest.mark.parametrize("engine", ["sqlite_url", "postgres_url"], indirect=True)
def test_the_log_is_removed_only_once_it_is_archived(
    archive: Archive, send: Callable[[int], None], running: str, engine: Engine, events: Events,
    pass_days: Callable[[float], None],
) -> None:  # fmt: skip
    send(2)
    archive.write(everything=True)
    send(2)
    pass_days(30.0)
    events.forget()
    assert ids(archive.events()) == named(4)
    archive.write()
    events.forget()
    with reading(engine) as connection:
        assert event_log.read_chunks(connection, after=0, most=9) == []
    assert ids(archive.events()) == named(4)


def test_two_archivers_write_each_event_once(
    archive: Archive, send: Callable[[int], None], running: str, engine: Engine,
    blobs: LocalBlobs, clock: Callable[[], float],
) -> None:  # fmt: skip
    send(4)

    class Slow(LocalBlobs):
        """While one writes its file, another lists the same events."""

        def write(self, digest: str, data: bytes) -> None:
            super().write(digest, data)
            archive.write(everything=True)

    other = Archive(engine, blobs=Slow(blobs.root), clock=clock)
    assert other.write(everything=True) == ()
    assert [file.events for file in archive.files()] == [4]


@pytest.mark.parametrize("engine", ["postgres_url"], indirect=True)
def test_whoever_lists_a_file_waits_for_whoever_is_about_to(
    archive: Archive, send: Callable[[int], None], running: str, engine: Engine
) -> None:
    send(4)
    own = ArchiveFile(
        digest="0" * 64, day=0, first=1, last=1, events=4, size_bytes=1, written_s=0.0
    )
    other = threading.Thread(target=archive.write, kwargs={"everything": True})
    with writing(engine) as connection:
        archive_rows.add_file(connection, own)
        event_log.set_reader(connection, archive_rows.ARCHIVE, own.last)
        other.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while other.is_alive() and not connection.exec_driver_sql(waits).scalar():
            other.join(0.01)
    other.join()
    assert archive.files() == (own,)


class Killed(LocalBlobs):
    """A store whose process ends as soon as the bytes lie there."""

    def write(self, digest: str, data: bytes) -> None:
        super().write(digest, data)
        raise KeyboardInterrupt


def test_a_crash_before_the_listing_loses_nothing(
    archive: Archive, send: Callable[[int], None], running: str, engine: Engine,
    blobs: LocalBlobs, clock: Callable[[], float],
) -> None:  # fmt: skip
    send(4)

    with pytest.raises(KeyboardInterrupt):
        Archive(engine, blobs=Killed(blobs.root), clock=clock).write(everything=True)
    assert archive.files() == ()
    archive.write(everything=True)
    assert ids(archive.events()) == named(4)


def lying(blobs: LocalBlobs) -> set[str]:
    return {file.name for file in blobs.root.glob("??/??/*")}


@pytest.mark.parametrize("engine", ["sqlite_url", "postgres_url"], indirect=True)
def test_what_was_joined_is_deleted_a_week_later(
    archive: Archive, send: Callable[[int], None], running: str, blobs: LocalBlobs,
    pass_days: Callable[[float], None],
) -> None:  # fmt: skip
    for _ in range(3):
        send(2)
        archive.write(everything=True)
    former = {file.digest for file in archive.files()}
    pass_days(1.0)
    assert archive.compact() == 3
    (joined,) = archive.files()
    reader = archive.events()
    assert next(reader).id
    pass_days(6.9)
    assert archive.sweep() == 0
    assert lying(blobs) == former | {joined.digest}
    pass_days(0.2)
    assert archive.sweep() == 3
    assert lying(blobs) == {joined.digest}
    assert archive.sweep() == 0
    pass_days(100.0)
    assert archive.sweep() == 0
    assert ids(archive.events()) == named(6)


def test_what_a_crash_left_is_swept_up_and_what_is_listed_never(
    archive: Archive, send: Callable[[int], None], running: str, engine: Engine,
    blobs: LocalBlobs, clock: Callable[[], float], pass_days: Callable[[float], None],
) -> None:  # fmt: skip
    send(4)

    with pytest.raises(KeyboardInterrupt):
        Archive(engine, blobs=Killed(blobs.root), clock=clock).write(everything=True)
    send(1)
    (file,) = archive.write(everything=True)
    assert len(lying(blobs)) == 2
    with writing(engine) as connection:  # by one who wrote the same, and was slower
        archive_rows.leave(connection, file.digest, at_s=clock())
    pass_days(8.0)
    assert archive.sweep() == 1
    assert lying(blobs) == {file.digest}
    assert ids(archive.events()) == named(5)


class Stubborn(LocalBlobs):
    """A store that does not let go of some of its bytes."""

    kept: frozenset[str] = frozenset()

    def remove(self, digest: str) -> None:
        if digest in self.kept:
            raise BlobStoreUnwritable(path=digest, why="not permitted")
        super().remove(digest)


def test_bytes_that_cannot_be_deleted_keep_no_others(
    archive: Archive, send: Callable[[int], None], running: str, engine: Engine,
    blobs: LocalBlobs, clock: Callable[[], float], pass_days: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    for _ in range(3):
        send(2)
        archive.write(everything=True)
    former = sorted(file.digest for file in archive.files())
    pass_days(1.0)
    archive.compact()
    pass_days(8.0)
    stubborn = Stubborn(blobs.root)
    sweeping = Archive(engine, blobs=stubborn, clock=clock)
    stubborn.kept = frozenset(former[:2])
    with pytest.raises(BlobStoreUnwritable, match=former[0]):
        sweeping.sweep()
    assert lying(blobs) & set(former) == set(former[:2])
    (told,) = (line for line in caplog.records if line.message == "archive_not_swept")
    assert (told.__dict__["files"], told.__dict__["of"]) == (2, 3)
    # One that keeps everything is asked no oftener than says so.
    monkeypatch.setattr("studio.services.archiving.archive._MOST_KEPT", 1)
    with pytest.raises(BlobStoreUnwritable, match=former[0]):
        sweeping.sweep()
    stubborn.kept = frozenset()
    assert sweeping.sweep() == 2
    assert lying(blobs) & set(former) == set()


def test_bytes_that_are_being_deleted_are_not_listed_meanwhile(
    archive: Archive, send: Callable[[int], None], running: str, engine: Engine,
    blobs: LocalBlobs, clock: Callable[[], float], pass_days: Callable[[float], None],
) -> None:  # fmt: skip
    """A sweep was killed between its mark and the deletion; the next one ends its work."""
    send(4)
    (file,) = archive.write(everything=True)
    with writing(engine) as connection:
        archive_rows.drop_files(connection, [file.digest], at_s=clock())
    pass_days(8.0)
    with writing(engine) as connection:
        assert archive_rows.take_left(connection, until_s=clock()) == (file.digest,)
    assert archive.write(everything=True) == ()
    assert archive.sweep() == 1
    assert lying(blobs) == set()
    (again,) = archive.write(everything=True)
    assert (again.digest, ids(archive.events())) == (file.digest, named(4))


def test_an_archive_in_a_bucket_is_read_joined_and_swept(
    send: Callable[[int], None], running: str, engine: Engine, clock: Callable[[], float],
    s3_url: str, tmp_path: Path, pass_days: Callable[[float], None],
) -> None:  # fmt: skip
    blobs = S3Blobs.at(s3_url, below=tmp_path.name)
    archive = Archive(engine, blobs=blobs, clock=clock)
    for _ in range(2):
        send(2)
        archive.write(everything=True)
    former = [file.digest for file in archive.files()]
    pass_days(1.0)
    archive.compact()
    pass_days(8.0)
    assert archive.sweep() == 2
    assert [blobs.exists(digest) for digest in former] == [False, False]
    assert ids(archive.events()) == named(4)
    assert not Rebuilding(engine, archive).rebuild("t0").differences


def test_damage_is_seen(
    archive: Archive, send: Callable[[int], None], running: str, blobs: LocalBlobs
) -> None:
    send(4)
    (file,) = archive.write(everything=True)
    path = blobs.path(file.digest)
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1])
    with pytest.raises(ArchiveDamaged, match="not those that were written"):
        list(archive.events())
    path.unlink()
    with pytest.raises(ArchiveDamaged, match="not in the store"):
        list(archive.events())


def test_a_new_archive_begins_with_what_the_log_has(
    archive: Archive, running: str, engine: Engine
) -> None:
    event = EventRecord("x", "impression", "t0", "u", "oak", "everyone", 1.0)
    with writing(engine) as connection:
        event_log.make_partition(connection, 0)
        event_log.append(connection, {event_log.digest_of("x"): event}, received_s=5.0)
    assert archive.write() == ()
    assert list(archive.events()) == []
