"""The index of a template library: one SQLite file, rebuilt only where folders changed.

A search reads postings, not folders. That folders came or went is seen by the modification times
of the library's roots; that a record was edited, by its own. Every record's time is read while
that is cheap; in a library of many thousands, only the times of those a search would return.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipelines.errors import IndexUnusable, TemplateInvalid, TemplateNotFound
from pipelines.library.folders import TemplateLibrary
from pipelines.library.search.entry import MAKING, entry_of, literals_of
from pipelines.library.search.lexicon import Lexicon, Slot

_LOOK_AT_EACH = 4096
"""Templates up to which every record's time is read before a search: about 20 ms."""
_BUSY_S = 60.0
_SCHEMA = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, stamp TEXT NOT NULL,
    sentences TEXT NOT NULL);
CREATE TABLE posting (
    term TEXT NOT NULL, entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    weight REAL NOT NULL, PRIMARY KEY (term, entry)) WITHOUT ROWID;
CREATE INDEX posting_entry ON posting (entry);
CREATE TABLE literal (word TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE vector (
    entry INTEGER NOT NULL REFERENCES entry ON DELETE CASCADE,
    model TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (entry, model));
CREATE TABLE seen (state TEXT NOT NULL);
"""
_TABLES = ("vector", "posting", "literal", "seen", "entry")
_QUERY = "CREATE TEMP TABLE query (slot INTEGER, value REAL, term TEXT, degree REAL)"
_WANTED = "CREATE TEMP TABLE wanted (name TEXT PRIMARY KEY)"
_BEST = """
WITH share AS (
    SELECT entry, slot, value, MAX(weight * degree) AS share
    FROM query JOIN posting USING (term) GROUP BY entry, slot, value),
best AS (
    SELECT entry FROM share GROUP BY entry ORDER BY SUM(share * value) DESC, entry LIMIT ?)
SELECT name, slot, share
FROM best JOIN share USING (entry) JOIN entry ON entry.id = best.entry
"""

Vectors = npt.NDArray[np.float32]
Shares = dict[int, float]
"""How well a template serves each slot of a query, by the slot's number, in (0, 1]."""


class TemplateIndex:
    """Postings of every template of a library.

    Each call opens the file for itself, so that threads and processes may share it.

    Parameters
    ----------
    file
        Made when it is first searched, and made anew when it cannot be read.
    """

    def __init__(self, file: Path, library: TemplateLibrary, lexicon: Lexicon) -> None:
        self._file = file
        self._library = library
        self._lexicon = lexicon

    def refresh(self) -> None:
        """Take in what changed since the last time."""
        state = self._library.state()
        with self._open() as index:
            same = index.execute("SELECT 1 FROM seen WHERE state = ?", (state,)).fetchone()
            (known,) = index.execute("SELECT COUNT(*) FROM entry").fetchone()
            if same and known > _LOOK_AT_EACH:
                return
            self._take_in(index)
            if not same:
                index.execute("DELETE FROM seen")
                index.execute("INSERT INTO seen VALUES (?)", (state,))

    def is_current(self, name: str) -> bool:
        """Whether a template is as it was when it was indexed; if not, it is indexed again."""
        stamp = self._library.stamp(name)
        with self._open() as index:
            row = index.execute("SELECT stamp FROM entry WHERE name = ?", (name,)).fetchone()
            if row == (stamp,):
                return True
            index.execute("DELETE FROM entry WHERE name = ?", (name,))
            if stamp is not None:
                self._add(index, name, stamp)
        return False

    def literals(self) -> frozenset[str]:
        """Every word that some template bears."""
        with self._open() as index:
            return frozenset(word for (word,) in index.execute("SELECT word FROM literal"))

    def names(self, *, limit: int) -> list[str]:
        """The first templates by name."""
        with self._open() as index:
            rows = index.execute("SELECT name FROM entry ORDER BY name LIMIT ?", (limit,))
            return [name for (name,) in rows]

    def best(self, slots: Sequence[Slot], *, limit: int) -> dict[str, Shares]:
        """The templates with the highest sum over the slots, with their shares."""
        found: dict[str, Shares] = {}
        with self._open() as index:
            index.execute(_QUERY)
            index.executemany("INSERT INTO query VALUES (?, ?, ?, ?)", _query(slots))
            for name, slot, share in index.execute(_BEST, (limit,)):
                found.setdefault(name, {})[slot] = share
        return found

    def unread(self, names: Iterable[str], model: str) -> dict[str, list[str]]:
        """Which of some templates a sentence model has not read yet, and their sentences."""
        query = (
            "SELECT name, sentences FROM wanted JOIN entry USING (name) "
            "WHERE id NOT IN (SELECT entry FROM vector WHERE model = ?)"
        )
        with self._wanting(names) as index:
            rows = index.execute(query, (model,))
            return {name: json.loads(sentences) for name, sentences in rows}

    def keep_vectors(self, vectors: Mapping[str, Vectors], model: str) -> None:
        """Keep what a sentence model made of some templates."""
        with self._open() as index:
            index.executemany(
                "INSERT OR REPLACE INTO vector SELECT id, ?, ? FROM entry WHERE name = ?",
                [(model, one.astype("<f4").tobytes(), name) for name, one in vectors.items()],
            )

    def vectors(self, names: Iterable[str], model: str) -> dict[str, Vectors]:
        """What a sentence model made of some templates: float32 (sentences, D) each."""
        query = (
            "SELECT name, json_array_length(sentences), value "
            "FROM wanted JOIN entry USING (name) JOIN vector ON entry = id WHERE model = ?"
        )
        with self._wanting(names) as index:
            return {
                name: np.frombuffer(value, "<f4").reshape(count, -1)
                for name, count, value in index.execute(query, (model,))
            }

    @contextmanager
    def _wanting(self, names: Iterable[str]) -> Iterator[sqlite3.Connection]:
        with self._open() as index:
            index.execute(_WANTED)
            index.executemany("INSERT INTO wanted VALUES (?)", [(name,) for name in names])
            yield index

    def _take_in(self, index: sqlite3.Connection) -> None:
        before = dict(index.execute("SELECT name, stamp FROM entry"))
        now = dict(self._library.stamps())
        changed = [name for name, stamp in before.items() if now.get(name) != stamp]
        index.executemany("DELETE FROM entry WHERE name = ?", [(name,) for name in changed])
        for name, stamp in now.items():
            if before.get(name) != stamp:
                self._add(index, name, stamp)

    def _add(self, index: sqlite3.Connection, name: str, stamp: str) -> None:
        try:
            entry = entry_of(self._library.get(name), self._lexicon)
        except (TemplateInvalid, TemplateNotFound):
            return  # `templates validate` says what is wrong with it; it cannot be used anyway
        row = index.execute(
            "INSERT INTO entry (name, stamp, sentences) VALUES (?, ?, ?)",
            (name, stamp, json.dumps(entry.sentences)),
        )
        index.executemany(
            "INSERT INTO posting VALUES (?, ?, ?)",
            [(term, row.lastrowid, weight) for term, weight in entry.terms.items()],
        )
        index.executemany(
            "INSERT OR IGNORE INTO literal VALUES (?)", [(word,) for word in literals_of(entry)]
        )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._connected()) as index, index:
                yield index
        except sqlite3.OperationalError as fault:
            raise IndexUnusable(path=str(self._file), why=str(fault)) from fault

    def _connected(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        index = sqlite3.connect(self._file, timeout=_BUSY_S)
        try:
            (version,) = index.execute("PRAGMA user_version").fetchone()
        except sqlite3.OperationalError:
            index.close()
            raise
        except sqlite3.DatabaseError:  # cut off, or something else under its name
            index.close()
            self._file.unlink()
            return self._connected()
        if version != self._version:
            self._lay_out(index)
        index.execute("PRAGMA foreign_keys = ON")
        return index

    @cached_property
    def _version(self) -> int:
        """Changes with whatever makes what is stored worthless."""
        makes = f"{_SCHEMA} {MAKING} {self._lexicon.revision}"
        return zlib.crc32(makes.encode()) >> 1

    def _lay_out(self, index: sqlite3.Connection) -> None:
        drop = "".join(f"DROP TABLE IF EXISTS {name};" for name in _TABLES)
        index.executescript(
            f"BEGIN IMMEDIATE; {drop} {_SCHEMA} PRAGMA user_version = {self._version}; COMMIT;"
        )


def _query(slots: Sequence[Slot]) -> Iterator[tuple[int, float, str, float]]:
    for number, slot in enumerate(slots):
        value = -slot.weight if slot.excluded else slot.weight
        for term, degree in slot.terms.items():
            # "No flowers" says nothing against what merely resembles flowers.
            if degree == 1.0 or not slot.excluded:
                yield number, value, term, degree
