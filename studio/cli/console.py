"""What the terminal shows: results on stdout, remarks and progress on stderr."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

_WIDEST = 1000
"""Characters of a table's line at most, so that one endless name does not fill the memory."""

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Remark on stderr, so that stdout stays for results."""
    err.print(escape(text))


def complain(text: str) -> None:
    """Say in one line what went wrong."""
    err.print(f"[red]error:[/red] {escape(text)}")


def print_json(value: Any) -> None:
    """Write one JSON document to stdout."""
    out.print(json.dumps(value, ensure_ascii=False, indent=2), markup=False)


def print_table(table: Table) -> None:
    """Write a table as wide as its contents: cut off numbers and digests are of no use."""
    unbounded = out.options.update(max_width=_WIDEST)
    needed = Measurement.get(out, unbounded, table).maximum
    # A console's own width bounds all that it prints, so that a wider one prints the table.
    Console(highlight=False, width=max(out.width, needed)).print(table, crop=False)


@contextmanager
def progress_bar(title: str, total: int) -> Iterator["Bar"]:
    """Show a bar on a terminal; nothing where stderr is a file or a pipe."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, disable=not err.is_terminal, transient=True) as progress:
        yield Bar(progress, progress.add_task(title, total=total))


class Bar:
    """A progress bar that counts whole things."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress, self._task = progress, task

    def step(self, what: str = "") -> None:
        """One more is done."""
        if what:
            self._progress.update(self._task, description=what)
        self._progress.advance(self._task)


def moment(at_s: float) -> str:
    """A time as a person reads it, in UTC."""
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M} UTC"
