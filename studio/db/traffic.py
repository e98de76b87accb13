"""What units did in a test, as far as its health needs it: a bounded sample of the exposures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, select

from studio.db.counting import history_of
from studio.db.exposures import Thread
from studio.db.tables import EXPOSURE


class ExposureRecord(NamedTuple):
    """That a unit saw a variant in a period, and what it did there; thousands are read at once."""

    unit: str
    variant: str
    segment: str
    period: int
    clicked: bool
    converted: bool


def exposures_by_unit(
    connection: Connection, test_id: str, *, most: int
) -> Iterator[ExposureRecord]:
    """The first `most` exposures of a test in order of the unit's id.

    All of a unit's exposures follow each other, the last unit's may be cut off. The order is that
    of the primary key, so that the database reads hardly more rows than it gives.
    """
    columns = EXPOSURE.c
    statement = (
        select(columns.unit, columns.history)
        .where(columns.test_id == test_id)
        .order_by(columns.unit)
        .limit(most)
    )
    every = (
        exposure
        for row in connection.execute(statement)
        for exposure in _exposures(row.unit, history_of(row.history))
    )
    return islice(every, most)


def _exposures(unit: str, history: list[Thread]) -> Iterator[ExposureRecord]:
    for thread in sorted(history, key=lambda thread: (thread.variant, thread.segment)):
        for period in sorted(thread.seen):
            yield ExposureRecord(
                unit=unit,
                variant=thread.variant,
                segment=thread.segment,
                period=period,
                clicked=period in thread.clicked,
                converted=period in thread.sold,
            )
