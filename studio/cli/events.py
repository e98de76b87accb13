"""``packshot events``: the raw events behind the counts."""

from __future__ import annotations

import gzip
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.table import Table

from studio.bootstrap.streams import stream_mover
from studio.cli.console import out, print_json, print_table, say
from studio.cli.context import shell
from studio.cli.options import AsJson, wrong_usage
from studio.db.engine import DatabaseFault
from studio.db.events import EventRecord
from studio.services.archiving.archive import FILE_EVENTS
from studio.services.experiment_analysis import DAY_S
from studio.streams import StreamGone

_LOG = structlog.get_logger("studio.count")
_WAIT_S = 1.0

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Keep, export and recount the raw events behind the counts.

    Events lie in the database until they are counted, then in Parquet files in the asset store.
    Counts can be computed anew from them at any time. `packshot serve` archives by itself.
    """,
)


@app.command()
def count() -> None:
    """Bring events from the stream to the database and count them, until told to stop.

    Run as many as you like, on any machine, beside servers with the same PACKSHOT_STREAM_URL;
    `packshot serve` runs one itself. What a killed one had in hand another takes over after 30 s.
    """
    from studio.api.serve import configure_logging

    opened = shell()
    mover = stream_mover(opened.settings, opened.events.write)
    if mover is None:
        wrong_usage("count: PACKSHOT_STREAM_URL names no stream; servers count by themselves")
    stopping: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda number, _frame: stopping.append(number))
    configure_logging(level=opened.settings.log_level, form=opened.settings.log_format)
    _LOG.info("counting", stream=opened.settings.stream_url.rpartition("@")[2])
    while not stopping:
        try:
            mover.step(wait_s=_WAIT_S)
            opened.events.counter.catch_up()
        except (StreamGone, DatabaseFault) as fault:
            # Nothing is lost: what is not written stays in the stream.
            _LOG.warning("counting_waits", why=str(fault))
            time.sleep(_WAIT_S)
    _LOG.info("stopped")


@app.command()
def archive(
    everything: Annotated[
        bool,
        typer.Option("--all", help="All that is counted, not only what makes a file's worth."),
    ] = False,
    compact: Annotated[
        bool,
        typer.Option(
            "--compact",
            help="Join the small files of days that are over; their bytes go a week later.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write counted events to Parquet files in the asset store.

    A file is listed in the transaction that marks its events as archived: a command that is killed
    leaves nothing half done.
    """
    shell().events.counter.settle()
    desk = shell().archive
    written = desk.write(everything=everything)
    joined = desk.compact() if compact else 0
    swept = desk.sweep() if compact else 0
    if as_json:
        print_json(
            {"written": [asdict(file) for file in written], "joined": joined, "swept": swept}
        )
        return
    events = sum(file.events for file in written)
    out.print(f"{events:,} events written to {len(written):,} files")
    if not written and not everything:
        out.print(f"[dim]a file is written once {FILE_EVENTS:,} events or an hour wait[/dim]")
    if compact:
        out.print(f"{joined:,} files joined, {swept:,} of former joins deleted")


@app.command()
def files(as_json: AsJson = False) -> None:
    """List the archive: one line a file, in the order of the log."""
    found = shell().archive.files()
    if as_json:
        print_json([asdict(file) for file in found])
        return
    table = Table("day of receipt", "events", "MB", "chunks", "sha256")
    for file in found:
        table.add_row(
            f"{datetime.fromtimestamp(file.day * DAY_S, UTC):%Y-%m-%d}",
            f"{file.events:,}",
            f"{file.size_bytes / 1e6:.1f}",
            f"{file.first:,} to {file.last:,}",
            file.digest,
        )
    print_table(table)


@app.command()
def rebuild(
    test: Annotated[
        str | None, typer.Option(metavar="ID", help="This test's counts only; default: all tests.")
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Put the new counts in the place of those that differ."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compute counts anew from the raw events and compare them with those that are there.

    Exit code 0: they agree to the last unit, or were replaced. 1: they differ, and each difference
    is shown.
    """
    shell().events.counter.settle()
    ids = [test] if test is not None else [one.id for one in shell().tests.all()]
    found = [shell().rebuilding.rebuild(one, replace=replace) for one in ids]
    if as_json:
        print_json([asdict(each) for each in found])
    for each in found if not as_json else ():
        word = "agree" if not each.differences else "replaced" if each.replaced else "DIFFER"
        out.print(f"test {each.test_id}: {each.events:,} events, {each.cells:,} counts {word}")
        for difference in each.differences[:20]:
            out.print(f"  {difference}", markup=False)
    if any(each.differences and not each.replaced for each in found):
        raise typer.Exit(1)


@app.command()
def export(
    test: Annotated[str, typer.Option(metavar="ID", help="The test's id.")],
    to: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help="Ends in .parquet, .jsonl or .jsonl.gz."),
    ],
    counted: Annotated[
        bool,
        typer.Option("--counted", help="Without units that are left out, such as bots."),
    ] = False,
) -> None:
    """Write a test's raw events to a file, for `packshot test analyse` or tools of your own."""
    if to.suffix == ".parquet":
        from studio.services.archiving.parquet import encode

        to.write_bytes(encode(list(_events_of(test, counted=counted))))
    elif to.name.endswith((".jsonl", ".jsonl.gz")):
        _write_lines(to, _events_of(test, counted=counted))
    else:
        wrong_usage(f"--out: {to.name!r} ends in none of .parquet, .jsonl, .jsonl.gz")
    say(f"wrote {to}")


def _events_of(test: str, *, counted: bool) -> Iterator[EventRecord]:
    shell().tests.get(test)  # an unknown test is an error, not an empty file
    shell().events.counter.settle()
    units = shell().traffic.report(test).units if counted else ()
    left_out = {unit.decision.unit for unit in units if unit.decision.excluded}
    events = shell().archive.events(test_id=test)
    return (event for event in events if event.unit not in left_out)


def _write_lines(to: Path, events: Iterator[EventRecord]) -> None:
    with gzip.open(to, "wt", encoding="utf-8") if to.suffix == ".gz" else to.open("w") as file:
        for event in events:
            file.write(json.dumps(_raw(event)) + "\n")


def _raw(event: EventRecord) -> dict[str, Any]:
    """An event as it is sent to `POST /v1/events`."""
    raw = {
        "id": event.id,
        "type": event.type,
        "test": event.test_id,
        "unit": event.unit,
        "variant": event.variant,
        "segment": event.segment,
        "ts": event.at_s,
    }
    if event.type == "conversion":
        raw["value"] = event.value_micros / 1e6
    kept = {"propensity": event.propensity, "snapshot": event.snapshot}
    return raw | {name: value for name, value in kept.items() if value is not None}
