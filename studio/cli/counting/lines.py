"""Lines of a text file, plain or gzipped, one at a time whatever the file's size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal, cast

from studio.services.errors import CountsInvalid, InputMissing

_GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
LONGEST_BYTES: Final = 1 << 20
"""A longer line is no event and no counts; it must not fill the memory."""

MOST_BYTES: Final = 1 << 28
"""Of a file of counts, unpacked: four million lines. A small gzip file may unpack to anything."""

Content = Literal["counts", "events"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line that is not empty, and its number in the file, from 1."""

    number: int
    text: bytes


def content_of(path: Path) -> Content:
    """What a file holds, by its first character: an object begins with a brace.

    Raises
    ------
    InputMissing, CountsInvalid: it cannot be read; a JSON array
    """
    first = next(read_lines(path), None)
    start = b"" if first is None else first.text[:1]
    if start == b"[":
        why = "a JSON array; write one event a line instead (JSONL)"
        raise CountsInvalid(path=str(path), why=why)
    return "events" if start == b"{" else "counts"


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a file, stripped; empty ones are left out.

    Raises
    ------
    InputMissing, CountsInvalid: it cannot be read; a damaged gzip file, an endless line
    """
    with _opened(path) as stream:
        number = 0
        while raw := stream.readline(LONGEST_BYTES):
            number += 1
            if len(raw) == LONGEST_BYTES:
                why = f"line {number} is longer than {LONGEST_BYTES:,} bytes"
                raise CountsInvalid(path=str(path), why=why)
            text = (raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw).strip()
            if text:
                yield Line(number=number, text=text)


def read_text(path: Path) -> bytes:
    """A file of counts whole, unpacked.

    Raises
    ------
    InputMissing, CountsInvalid
    """
    with _opened(path) as stream:
        text = stream.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        why = f"more than {MOST_BYTES >> 20} MB; counts need a line a segment, variant and day only"
        raise CountsInvalid(path=str(path), why=why)
    return text


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            if not packed:
                yield file
                return
            with gzip.open(file) as stream:
                yield cast("IO[bytes]", stream)
    except (EOFError, gzip.BadGzipFile, zlib.error) as fault:
        raise CountsInvalid(path=str(path), why="a damaged or cut off gzip file") from fault
    except OSError as fault:
        raise InputMissing(
            path=str(path),
            fact=f"cannot be read ({fault.strerror})",
            fix="check the path and its permissions",
        ) from fault
