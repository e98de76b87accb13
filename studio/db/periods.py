"""Open periods, read lightly: a scheduler looks at all of them every few seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select, update

from abtest import TestState
from studio.db.tables import PERIOD, TEST


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriod:
    """The period of a test that goes on, and what says how long it lasts."""

    test_id: str
    number: int
    started_s: float
    promoted: bool
    options: Mapping[str, object]


def open_periods(
    connection: Connection, *, watched_since_s: float, test_id: str | None = None
) -> list[OpenPeriod]:
    """The open periods of running tests, and of promotions made after `watched_since_s`.

    Of all tests, the newest first, or of one.
    """
    promoted = and_(
        TEST.c.state == str(TestState.PROMOTED),
        TEST.c.ended_s >= watched_since_s,
        PERIOD.c.after_promotion,
    )
    statement = (
        select(TEST.c.id, TEST.c.state, TEST.c.options, PERIOD.c.number, PERIOD.c.started_s)
        .join(PERIOD, PERIOD.c.test_id == TEST.c.id)
        .where(PERIOD.c.ended_s.is_(None), or_(TEST.c.state == str(TestState.RUNNING), promoted))
        .order_by(TEST.c.created_s.desc(), TEST.c.id)
    )
    if test_id is not None:
        statement = statement.where(TEST.c.id == test_id)
    return [
        OpenPeriod(
            test_id=row.id,
            number=row.number,
            started_s=row.started_s,
            promoted=row.state == str(TestState.PROMOTED),
            options=row.options,
        )
        for row in connection.execute(statement)
    ]


def move_back(
    connection: Connection, test_id: str, numbers: Iterable[int], *, latest_s: float
) -> None:
    """Let no period of these begin or end after `latest_s`."""
    for column in (PERIOD.c.started_s, PERIOD.c.ended_s):
        connection.execute(
            update(PERIOD)
            .where(
                PERIOD.c.test_id == test_id,
                PERIOD.c.number.in_(list(numbers)),
                column > latest_s,
            )
            .values({column.name: latest_s})
        )
