"""What units did in a test, as far as its health needs it: a bounded sample of the exposures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

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
    of the primary key, so that the database reads no more rows than it gives.
    """
    columns = EXPOSURE.c
    statement = (
        select(
            columns.unit, columns.variant, columns.segment, columns.period,
            columns.clicked, columns.converted,
        )
        .where(columns.test_id == test_id, columns.exposed)
        .order_by(columns.unit, columns.variant, columns.segment, columns.period)
        .limit(most)
    )  # fmt: skip
    return map(ExposureRecord._make, connection.execute(statement))
