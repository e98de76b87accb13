"""``packshot db``: where the database lies, the steps of its tables, backups."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from studio.bootstrap.databases import backups_of, open_database, schema_of, tenants_within
from studio.cli.console import complain, out, print_json
from studio.cli.context import settings
from studio.cli.options import AsJson
from studio.db.engine import DatabaseFault, Engine
from studio.db.shown import first_line, shown_url
from studio.services.backups import Backup
from studio.services.errors import DatabaseUnusable, ServiceError
from studio.services.schema import Moved
from studio.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Keep the database's tables in step with this version, back it up, say where it lies.

    The embedded database moves on by itself when a newer version opens it. A PostgreSQL database
    moves when `packshot db upgrade` is run, and other commands say so until then.
    """,
)

_Done = TypeVar("_Done")
To = Annotated[str, typer.Option("--to", metavar="STEP", help="As `packshot db status` names it.")]


@app.command()
def upgrade(to: To = "head", as_json: AsJson = False) -> None:
    """Take the steps that are missing, up to the newest or to one; new databases get all tables.

    The tables of all tenants are brought up with the installation's own; where one cannot be, the
    others are all the same, and the exit code is 1.
    """
    work = partial(_upgraded, to=to)
    moved = work(settings())
    tenants, failed = _of_tenants(work)
    if as_json:
        told = {"database": shown_url(settings().url), **_moved_json(moved)}
        print_json(_with_tenants(told, {n: _moved_json(one) for n, one in tenants.items()}, failed))
    else:
        out.print(f"{_place()}: {_told(moved)}", markup=False)
        for name, each in tenants.items():
            out.print(f"tenant {name}: {_told(each)}", markup=False)
    _end_with(failed)


def _upgraded(chosen: Settings, *, to: str) -> Moved:
    with _opened(chosen) as engine:
        return schema_of(engine).upgrade(to=to)


@contextmanager
def _opened(chosen: Settings) -> Iterator[Engine]:
    """A database that says which one it is where it fails: there may be many."""
    engine = open_database(chosen)
    try:
        yield engine
    except DatabaseFault as fault:
        place = shown_url(engine.url)
        raise DatabaseUnusable(url=place, why=first_line(fault)) from fault
    finally:
        engine.dispose()


def _of_tenants(work: Callable[[Settings], _Done]) -> tuple[dict[str, _Done], dict[str, str]]:
    """What work came to for each tenant, and why it failed for others: it ends for none of them."""
    done: dict[str, _Done] = {}
    failed: dict[str, str] = {}
    for own in tenants_within(settings()):
        try:
            done[own.tenant] = work(own)
        except ServiceError as fault:
            failed[own.tenant] = str(fault)
    return done, failed


def _with_tenants(
    told: dict[str, object], tenants: dict[str, dict[str, object]], failed: dict[str, str]
) -> dict[str, object]:
    told |= {"tenants": tenants} if tenants else {}
    return told | ({"failed": failed} if failed else {})


def _end_with(failed: dict[str, str]) -> None:
    for name, why in failed.items():
        complain(f"tenant {name}: {why}")
    if failed:
        sys.exit(1)


@app.command()
def downgrade(
    to: Annotated[
        str, typer.Option("--to", metavar="STEP", help="The step to go back to; base: before all.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take steps back, with what their tables and columns hold; make a backup first.

    Tenants' tables stay as they are: `packshot --tenant NAME db downgrade` is for one of them.
    """
    if not yes:
        typer.confirm(f"Go back to {to}? What later steps keep is lost", abort=True, err=True)
    engine = open_database(settings())
    try:
        moved = schema_of(engine).downgrade(to=to)
    finally:
        engine.dispose()
    _show(engine, moved, as_json=as_json)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show the step that the database stands at, and those that wait."""
    engine = open_database(settings())
    try:
        found = schema_of(engine).status()
    finally:
        engine.dispose()
    if as_json:
        waiting = [{"step": step, "title": title} for step, title in found.waiting]
        print_json({"database": shown_url(engine.url), "step": found.revision,
                    "newest": found.head, "waiting": waiting, "tables": found.tables,
                    "lacks": list(found.lacks)})  # fmt: skip
        return
    stands = f"at step {found.revision}" if found.revision else "without a mark of its step"
    out.print(f"{_place()}: {found.tables} tables, {stands}, newest {found.head}", markup=False)
    if found.lacks:
        out.print("made before tables were brought up step by step: it cannot be brought up")
        out.print("next: move it away and let a new one be made")
        return
    for step, title in found.waiting:
        out.print(f"  waits: {step}  {title}", markup=False)
    if found.waiting:
        out.print("next: packshot db upgrade")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Compare the database with the tables that this version wants; exit 1 if they differ."""
    engine = open_database(settings())
    try:
        found = schema_of(engine).check()
    finally:
        engine.dispose()
    if as_json:
        print_json({"database": shown_url(engine.url), "differences": list(found)})
    elif not found:
        out.print(f"{_place()}: as this version wants it", markup=False)
    else:
        for difference in found:
            complain(difference)
    if found:
        sys.exit(1)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; must not be there yet.")],
    as_json: AsJson = False,
) -> None:
    """Copy the embedded database to a file, while everything goes on; checked before it counts.

    Images and archived events lie in the folder `assets` or a bucket, as files that are never
    changed: copy those within a week after this command, and all that the copy of the database
    knows is among them. The copy holds the secrets of webhooks: keep it as you keep keys.

    A tenant's database is copied beside it, with shop.sqlite to shop.of-NAME.sqlite. Each is put
    back by itself, with `packshot --tenant NAME db restore`, after the installation's own. Where
    one cannot be copied, the others are all the same, and the exit code is 1.
    """
    made = _copied(settings(), file)
    tenants, failed = _of_tenants(
        lambda own: _copied(own, file.with_name(f"{file.stem}.of-{own.tenant}{file.suffix}"))
    )
    copies = {name: (settings().of_tenant(name), copy) for name, copy in tenants.items()}
    if as_json:
        others = {name: _copy_json(*each) for name, each in copies.items()}
        print_json(_with_tenants(_copy_json(settings(), made), others, failed))
    else:
        for own, copy in ((settings(), made), *copies.values()):
            out.print(f"{copy.path}: {copy.size_bytes:,} bytes, step {copy.revision}", markup=False)
            out.print(f"now copy {_assets(own)} as well", markup=False)
    _end_with(failed)


def _copied(chosen: Settings, file: Path) -> Backup:
    with _opened(chosen) as engine:
        return backups_of(chosen, engine).make(file)


def _copy_json(chosen: Settings, made: Backup) -> dict[str, object]:
    return {"file": str(made.path), "bytes": made.size_bytes, "step": made.revision,
            "assets": _assets(chosen)}  # fmt: skip


def _assets(chosen: Settings) -> str:
    """Where images and archived events lie."""
    return chosen.assets_url or str(chosen.home_dir / "assets")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `db backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the embedded database; stop the server first.

    What is there now is kept beside it, under the name that the command tells. Copy the folder
    `assets` back before.
    """
    if not yes:
        typer.confirm(f"Put {file} in the place of {_place()}?", abort=True, err=True)
    engine = open_database(settings())
    try:
        done = backups_of(settings(), engine).restore(file)
        schema_of(engine).make_ready()
    finally:
        engine.dispose()
    kept = None if done.kept is None else str(done.kept)
    if as_json:
        print_json({"database": _place(), "kept": kept, "step": done.revision})
    else:
        before = "" if kept is None else f"; what was there is kept as {kept}"
        out.print(f"{_place()}: restored from {file}{before}", markup=False)


@app.command()
def path(as_json: AsJson = False) -> None:
    """Show where the database lies: a file, or a URL without its password."""
    if as_json:
        print_json({"database": shown_url(settings().url), "path": _place()})
    else:
        out.print(_place(), markup=False)


def _show(engine: Engine, moved: Moved, *, as_json: bool) -> None:
    if as_json:
        print_json({"database": shown_url(engine.url), **_moved_json(moved)})
    else:
        out.print(f"{_place()}: {_told(moved)}", markup=False)


def _moved_json(moved: Moved) -> dict[str, object]:
    return {"was": moved.before, "is": moved.after, "created": list(moved.created),
            "dropped": list(moved.dropped), "tables": moved.tables}  # fmt: skip


def _told(moved: Moved) -> str:
    if (moved.before, moved.created, moved.dropped) == (moved.after, (), ()):
        return f"at step {moved.after}, all {moved.tables} tables are there, nothing to do"
    told = f"from step {moved.before} to {moved.after}"
    for what, names in (("created", moved.created), ("dropped", moved.dropped)):
        if names:
            told += f", {what} {len(names)} tables: {', '.join(names)}"
    return told


def _place() -> str:
    return shown_url(settings().url).removeprefix("sqlite:///")
