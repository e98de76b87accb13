"""What units did in a test, as far as its health needs it: a bounded sample of the exposures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from abtest import TestState
from studio.db.tables import EXPOSURE, PERIOD, TEST


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


def watches_due(connection: Connection, *, opened_before_s: float, since_s: float) -> list[str]:
    """Promoted tests, ended since `since_s`, whose open period began before `opened_before_s`."""
    statement = (
        select(TEST.c.id)
        .join(PERIOD, PERIOD.c.test_id == TEST.c.id)
        .where(
            TEST.c.state == str(TestState.PROMOTED),
            TEST.c.ended_s >= since_s,
            PERIOD.c.ended_s.is_(None),
            PERIOD.c.after_promotion,
            PERIOD.c.started_s <= opened_before_s,
        )
        .order_by(TEST.c.id)
    )
    return list(connection.execute(statement).scalars())
