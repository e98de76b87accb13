"""What was counted of a test. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Row, func, select

from studio.db.records import CountRecord
from studio.db.tables import COUNT


def counts_of(
    connection: Connection, test_id: str, *, until_day: int | None = None
) -> tuple[CountRecord, ...]:
    """All counts of a test, of trials that began on a day up to `until_day` where one is given."""
    key = (COUNT.c.segment, COUNT.c.variant, COUNT.c.period)
    numbers = ("impressions", "clicks", "conversions", "value_micros", "value_squares")
    statement = (
        select(*key, *(func.sum(COUNT.c[name]).label(name) for name in numbers))
        .where(COUNT.c.test_id == test_id)
        .group_by(*key)
    )
    if until_day is not None:
        statement = statement.where(COUNT.c.day <= until_day)
    return tuple(_count(row) for row in connection.execute(statement))


def daily_counts_of(connection: Connection, test_id: str) -> dict[int, tuple[CountRecord, ...]]:
    """The same by day of the trial, counted from 1970-01-01, in order."""
    of_day: dict[int, list[CountRecord]] = defaultdict(list)
    statement = select(COUNT).where(COUNT.c.test_id == test_id).order_by(COUNT.c.day)
    for row in connection.execute(statement):
        of_day[row.day].append(_count(row))
    return {day: tuple(counts) for day, counts in of_day.items()}


def _count(row: Row[Any]) -> CountRecord:
    return CountRecord(
        segment=row.segment,
        variant=row.variant,
        period=row.period,
        # Sums of whole numbers are decimals in PostgreSQL.
        impressions=int(row.impressions),
        clicks=int(row.clicks),
        conversions=int(row.conversions),
        value_micros=int(row.value_micros),
        value_squares=row.value_squares,
    )
