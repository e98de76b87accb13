"""Long lists of names, in as many statements as a database needs for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def parts(names: Iterable[str]) -> Iterator[list[str]]:
    """Each once, some hundreds at a time: SQLite takes at most some thousands in a statement."""
    wanted = sorted(set(names))
    for start in range(0, len(wanted), 500):
        yield wanted[start : start + 500]
