import logging
import os
from pathlib import Path

import pytest

from studio.services.snapshot_file import TOUCHES, SnapshotFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "snapshot.json"


def spoilt(path: Path) -> None:
    """One bit of the document, its length kept."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_what_was_written_is_read(path: Path) -> None:
    assert SnapshotFile(path).write(b'{"a": 1}', now_s=1000.0)
    kept = SnapshotFile(path).read()
    assert kept is not None
    assert (kept.document, kept.heading.checked_s, kept.heading.whole) == (
        b'{"a": 1}',
        1000.0,
        True,
    )
    assert SnapshotFile(path).heading() == kept.heading


def test_there_may_be_no_file(path: Path) -> None:
    file = SnapshotFile(path)
    assert (file.read(), file.heading(), file.stamp()) == (None, None, None)
    assert file.faults == {"damaged": 0, "unwritable": 0}


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b'{"kind": "cake"}\n',
        b"\xff\xfe\n",
        b"x" * 5000,
        "cut",
        "longer",
        "spoilt",
    ],
)
def test_a_damaged_file_is_told_of_and_its_predecessor_used(
    path: Path, damage: bytes | str, caplog: pytest.LogCaptureFixture
) -> None:
    writer = SnapshotFile(path)
    writer.write(b"older", now_s=1.0)
    writer.write(b"newer", now_s=2.0)
    match damage:
        case bytes():
            path.write_bytes(damage)
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case "longer":
            path.write_bytes(path.read_bytes() + b"\n")
        case _:
            spoilt(path)
    reader = SnapshotFile(path)
    with caplog.at_level(logging.ERROR):
        kept = reader.read()
    assert kept is not None
    assert (kept.document, kept.heading.checked_s) == (b"older", 1.0)
    assert reader.faults["damaged"] == 1
    assert [record.message for record in caplog.records] == ["snapshot_damaged"]


def test_a_damaged_file_never_becomes_the_predecessor(path: Path) -> None:
    writer = SnapshotFile(path)
    writer.write(b"first", now_s=1.0)
    writer.write(b"second", now_s=2.0)
    path.write_bytes(path.read_bytes()[:-1])
    assert not writer.touch(3.0)
    writer.write(b"third", now_s=3.0)
    path.write_bytes(b"")
    kept = SnapshotFile(path).read()
    assert kept is not None
    assert kept.document == b"first"


def test_a_touch_notices_bytes_that_somebody_has_altered(path: Path) -> None:
    file = SnapshotFile(path)
    file.write(b'{"a": 1}', now_s=1.0)
    spoilt(path)
    assert not file.touch(2.0)
    assert file.faults["damaged"] == 1
    file.write(b'{"a": 1}', now_s=3.0)
    assert file.touch(4.0)
    path.write_bytes(path.read_bytes())  # by somebody else, and the same
    assert file.touch(5.0)
    assert file.faults["damaged"] == 1
    spoilt(path)
    assert not file.touch(6.0)


def test_bytes_that_were_altered_without_a_trace_are_noticed_in_time(path: Path) -> None:
    file = SnapshotFile(path)
    file.write(b'{"a": 1}', now_s=1.0)
    assert file.touch(2.0)
    status = path.stat()
    spoilt(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    kept = [file.touch(2.0) for _ in range(TOUCHES)]
    assert not all(kept)


def test_a_touch_makes_it_young_and_changes_its_stamp(path: Path) -> None:
    file = SnapshotFile(path)
    file.write(b"{}", now_s=1.0)
    before = file.stamp()
    assert file.touch(9.0)
    heading = file.heading()
    assert heading is not None
    assert heading.checked_s == 9.0
    assert file.stamp() != before


def test_a_file_that_is_gone_has_to_be_written_anew(path: Path) -> None:
    file = SnapshotFile(path)
    file.write(b"{}", now_s=1.0)
    path.unlink()
    assert not file.touch(2.0)


def test_what_cannot_be_written_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    file = SnapshotFile(tmp_path / "file" / "snapshot.json")
    with caplog.at_level(logging.ERROR):
        assert not file.write(b"{}", now_s=1.0)
    assert file.faults["unwritable"] == 1
    assert caplog.records[0].message == "snapshot_unwritable"


def test_a_full_disk_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = SnapshotFile(path)
    file.write(b"old", now_s=1.0)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert not file.write(b"new", now_s=2.0)
    kept = SnapshotFile(path).read()
    assert kept is not None
    assert kept.document == b"old"
    assert [each.name for each in path.parent.iterdir()] == ["snapshot.json"]
