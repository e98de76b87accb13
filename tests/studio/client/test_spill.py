"""Events on disk: whole or not at all, shared by processes, bounded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from studio.client.spill import Segment, Spill, SpillFull

LINES = (b'{"id":"a"}', b'{"id":"b"}')


def spill_of(folder: Path, max_bytes: int = 1000) -> Spill:
    numbers = iter(range(1_700_000_000, 1_800_000_000))
    return Spill(folder, max_bytes=max_bytes, clock=lambda: float(next(numbers)))


def oldest(spill: Spill) -> Segment:
    segment = spill.oldest()
    assert segment is not None
    return segment


def test_batches_come_back_oldest_first(tmp_path: Path) -> None:
    spill = spill_of(tmp_path / "new" / "folder")
    spill.keep(LINES)
    spill.keep([b'{"id":"c"}'])
    first = oldest(spill)
    assert first.lines == LINES
    spill.done(first)
    second = oldest(spill)
    assert second.lines == (b'{"id":"c"}',)
    spill.done(second)
    assert spill.oldest() is None
    assert list((tmp_path / "new" / "folder").iterdir()) == []


def test_what_was_not_taken_stays(tmp_path: Path) -> None:
    spill = spill_of(tmp_path)
    spill.keep(LINES)
    spill.release(oldest(spill))
    again = oldest(spill)
    assert again.lines == LINES
    spill.release(again)


def test_many_batches_are_not_listed_once_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a day's outage there are thousands."""
    spill = spill_of(tmp_path)
    for number in range(8):
        spill.keep([b"%d" % number])
    listed = Mock(wraps=os.scandir)
    monkeypatch.setattr(os, "scandir", listed)
    sent = []
    while (segment := spill.oldest()) is not None:
        sent.append(segment.lines)
        spill.done(segment)
    assert sent == [(b"%d" % number,) for number in range(8)]
    assert listed.call_count == 2


def test_what_came_after_the_listing_is_found(tmp_path: Path) -> None:
    spill = spill_of(tmp_path)
    spill.keep([b"a"])
    spill.keep([b"b"])
    spill.done(oldest(spill))
    theirs = oldest(spill_of(tmp_path))
    spill.keep([b"c"])
    ours = oldest(spill)
    assert (theirs.lines, ours.lines) == ((b"b",), (b"c",))
    spill.done(theirs)
    spill.done(ours)


def test_two_processes_never_send_one_batch_at_once(tmp_path: Path) -> None:
    mine, other = spill_of(tmp_path), spill_of(tmp_path)
    mine.keep(LINES)
    mine.keep([b'{"id":"c"}'])
    first, second = oldest(mine), oldest(other)
    assert first.path != second.path
    assert spill_of(tmp_path).oldest() is None
    mine.done(first)
    other.release(second)


def test_a_killed_process_lets_go_of_its_batch(tmp_path: Path) -> None:
    spill = spill_of(tmp_path)
    spill.keep(LINES)
    script = (
        "import sys, os, signal; from pathlib import Path; from studio.client.spill import Spill\n"
        f"held = Spill(Path({str(tmp_path)!r}), max_bytes=1000).oldest()\n"
        "print(len(held.lines), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("2", -9)
    segment = oldest(spill)
    assert segment.lines == LINES
    spill.done(segment)


FORK = """
import os, sys
from pathlib import Path
from studio.client.spill import Spill
spill = Spill(Path(sys.argv[1]), max_bytes=1000)
held = spill.oldest()
ready, go = os.pipe(), os.pipe()
if os.fork() == 0:
    spill.forked()
    os.write(ready[1], b".")
    os.read(go[0], 1)
    os._exit(0)
os.read(ready[0], 1)
spill.release(held)
again = Spill(Path(sys.argv[1]), max_bytes=1000).oldest()
os.write(go[1], b".")
os.wait()
print("claimed" if again is None else "free")
"""


def test_a_forked_process_lets_go_of_what_its_parent_sends(tmp_path: Path) -> None:
    """A child shares its parent's claim; kept, the batch would wait for the child's end."""
    spill_of(tmp_path).keep(LINES)
    done = subprocess.run(
        [sys.executable, "-c", FORK, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "free"


def test_it_is_bounded(tmp_path: Path) -> None:
    spill = spill_of(tmp_path, max_bytes=30)
    spill.keep(LINES)
    with pytest.raises(SpillFull, match="holds its 30 bytes"):
        spill.keep(LINES)
    assert spill.held_bytes() == 22


def test_a_place_that_cannot_be_written_is_full(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpillFull, match="file"):
        spill_of(tmp_path / "file" / "folder").keep(LINES)
    assert spill_of(tmp_path / "nowhere").oldest() is None


def test_half_written_files_are_passed_over_and_swept(tmp_path: Path) -> None:
    old, fresh = tmp_path / "old.part", tmp_path / "fresh.part"
    for path in (old, fresh):
        path.write_bytes(b'{"id":"ha')
    os.utime(old, (1.6e9, 1.6e9))
    os.utime(fresh, (1.7e9, 1.7e9))
    assert spill_of(tmp_path).oldest() is None
    assert list(tmp_path.iterdir()) == [fresh]
