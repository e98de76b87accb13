"""What units did in a test, as far as its health needs it: a bounded sample of the exposures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from abtest import TestState
from studio.db.tables import EXPOSURE, PERIOD, TEST


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureRecord:
    """That a unit saw a variant in a period, and what it did there."""

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
    statement = (
        select(EXPOSURE)
        .where(EXPOSURE.c.test_id == test_id, EXPOSURE.c.exposed)
        .order_by(EXPOSURE.c.unit, EXPOSURE.c.variant, EXPOSURE.c.segment, EXPOSURE.c.period)
        .limit(most)
    )
    for row in connection.execute(statement):
        yield ExposureRecord(
            unit=row.unit,
            variant=row.variant,
            segment=row.segment,
            period=row.period,
            clicked=row.clicked,
            converted=row.converted,
        )


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
