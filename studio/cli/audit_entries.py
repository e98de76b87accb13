"""Entries of the audit trail for a person."""

from __future__ import annotations

from collections.abc import Iterable

from studio.cli.console import moment, out
from studio.db.records import AuditRecord

_MOMENTS = ("signs_from_s", "former_until_s", "was_s", "is_s")
"""Details of entries that are times, in seconds since the epoch."""


def show_audit(entries: Iterable[AuditRecord]) -> None:
    """Print who did what, when, and why; the numbers it rested on are in the JSON."""
    for entry in entries:
        out.print(f"{moment(entry.at_s)}  {entry.who}  {entry_text(entry)}", markup=False)


def entry_text(entry: AuditRecord) -> str:
    """What was done and why, in a line, without the numbers that it rested on."""
    facts = [
        f"{name.removesuffix('_s')} {moment(value)}"
        if name in _MOMENTS and isinstance(value, int | float)
        else f"{name} {value if isinstance(value, str) else _plain(value)}"
        for name, value in entry.detail.items()
        if name not in ("numbers", "weights", "segment_weights") and value not in (None, "", [])
    ]
    return f"{entry.action}: {', '.join(facts)}" if facts else entry.action


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(_plain(each) for each in value)
    if isinstance(value, dict) and "ranges" in value:
        return str(value["layer"])
    if isinstance(value, dict):
        return " ".join(f"{name} {each}" for name, each in value.items() if each is not None)
    return str(value)
