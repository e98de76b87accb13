"""Events on disk, while the server is away.

A folder of files, each a batch of events as lines of JSON, named by time and at random. A file
appears whole or not at all, and goes when the server has taken its events. Several processes may
share a folder: a file that one is sending is passed over by the others. Should one be sent twice
all the same, by a process that was killed before it could delete it, the events' ids let each
count once.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from studio.client.ids import event_id

try:
    import fcntl
except ImportError:  # pragma: no cover - not on Windows, where every process sends what it finds
    fcntl = None  # type: ignore[assignment]

_SUFFIX = ".ndjson"
_PART_SUFFIX = ".part"
_STALE_PART_S = 3600.0
"""A part older than this belongs to no write that still runs."""


class SpillFull(Exception):
    """The folder holds as much as it may, or cannot be written; the batch was not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A file of events that this process is sending; nobody else sends it meanwhile."""

    path: Path
    lines: tuple[bytes, ...]
    stream: IO[bytes] = field(repr=False, compare=False)


class Spill:
    """A folder of events to send later.

    Parameters
    ----------
        folder    : made when the first events are kept
        max_bytes : of all files together
        clock     : seconds since the epoch
    """

    def __init__(
        self, folder: Path, *, max_bytes: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._sending: IO[bytes] | None = None
        self._known: deque[Path] = deque()

    def keep(self, lines: Sequence[bytes]) -> None:
        """Write a batch; when this returns, it survives a power cut.

        Raises
        ------
            SpillFull
        """
        data = b"".join(line + b"\n" for line in lines)
        with self._lock:
            if self.held_bytes() + len(data) > self._max_bytes:
                raise SpillFull(f"{self._folder} holds its {self._max_bytes:,} bytes")
            try:
                self._write(data)
            except OSError as fault:
                raise SpillFull(f"{self._folder}: {fault.strerror or fault}") from fault

    def forked(self) -> None:
        """Begin anew in a forked process: a thread of the parent may have held the lock.

        What the parent was sending is let go of, else it stayed claimed until this process ends.
        """
        self._lock = threading.Lock()
        if self._sending is not None:
            self._sending.close()

    def held_bytes(self) -> int:
        """Of all files that wait, those that other processes are sending included."""
        return sum(size for _, size in self._files())

    def oldest(self) -> Segment | None:
        """The oldest batch that no other process is sending; `done` or `release` must follow."""
        # What was listed goes first: thousands of files must not be listed once for each of them.
        for path in self._known_then_found():
            with contextlib.suppress(OSError):
                segment = _claimed(path)
                if segment is not None:
                    self._sending = segment.stream
                    return segment
        return None

    def done(self, segment: Segment) -> None:
        """Delete a batch that was taken."""
        with contextlib.suppress(OSError):
            segment.path.unlink(missing_ok=True)
        segment.stream.close()

    def release(self, segment: Segment) -> None:
        """Let go of a batch that was not taken; it stays, and is the oldest again."""
        self._known.appendleft(segment.path)
        segment.stream.close()

    def _known_then_found(self) -> Iterator[Path]:
        while self._known:
            yield self._known.popleft()
        self._known.extend(path for path, _ in self._files())
        while self._known:
            yield self._known.popleft()

    def _files(self) -> list[tuple[Path, int]]:
        with contextlib.suppress(OSError):
            return sorted(self._scan())
        return []

    def _scan(self) -> Iterator[tuple[Path, int]]:
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.name.endswith(_SUFFIX):
                        yield Path(entry.path), entry.stat().st_size
                    elif entry.name.endswith(_PART_SUFFIX) and self._is_stale(entry):
                        Path(entry.path).unlink()

    def _is_stale(self, entry: os.DirEntry[str]) -> bool:
        return self._clock() - entry.stat().st_mtime > _STALE_PART_S

    def _write(self, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{event_id(self._clock())}{_SUFFIX}"
        part = path.with_suffix(_PART_SUFFIX)
        try:
            with part.open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)


def _claimed(path: Path) -> Segment | None:
    """The batch of a file, locked; None where another process has it or has just sent it."""
    stream = path.open("rb")
    try:
        if fcntl is not None:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(stream.fileno()).st_nlink == 0:
            stream.close()
            return None
        lines = tuple(line for line in stream.read().split(b"\n") if line)
    except OSError:
        stream.close()
        return None
    return Segment(path=path, lines=lines, stream=stream)


def _sync_folder(folder: Path) -> None:
    """Let the name of a new file survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
