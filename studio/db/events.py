"""Writing events and moving the counts, inside the caller's one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from studio.db.exposures import NOTHING, ZERO, Marks, Tally, tallies
from studio.db.tables import COUNT, EVENT, EXPOSURE, ORDER
from studio.db.tests import conflict_insert

EventType = Literal["impression", "click", "conversion"]

Thread = tuple[str, str, str, str]
"""(test, unit, variant, segment): what one unit did with one variant, over all periods."""
CellKey = tuple[str, str, str, int]
"""(test, segment, variant, period)."""

SQUARE_MICRO = 1e-12
"""Money squared of a millionth squared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """A valid event, with the period that its time falls in."""

    id: str
    type: EventType
    test_id: str
    unit: str
    variant: str
    segment: str
    period: int
    at_s: float
    value_micros: int
    received_s: float


def insert_new(connection: Connection, events: Sequence[EventRecord]) -> list[EventRecord]:
    """Write the events whose id is new, and return those."""
    if not events:
        return []
    statement = conflict_insert(connection, EVENT).on_conflict_do_nothing().returning(EVENT.c.id)
    rows = [
        {
            "id": event.id,
            "type": event.type,
            "test_id": event.test_id,
            "unit": event.unit,
            "variant": event.variant,
            "segment": event.segment,
            "period": event.period,
            "at_s": event.at_s,
            "value_micros": event.value_micros,
            "received_s": event.received_s,
        }
        for event in events
    ]
    written = set(connection.execute(statement, rows).scalars())
    return [event for event in events if event.id in written]


def move_counts(connection: Connection, events: Sequence[EventRecord]) -> None:
    """Count new events: bring what their units did up to date, and the counts with it.

    The caller holds the lock of every test concerned, so that nobody else counts the same units.
    """
    news: dict[Thread, dict[int, Marks]] = defaultdict(dict)
    for event in events:
        thread = (event.test_id, event.unit, event.variant, event.segment)
        before = news[thread].get(event.period, NOTHING)
        news[thread][event.period] = before | _marks(event)
    known = _histories(connection, {(test, unit) for test, unit, _, _ in news})
    changed: list[tuple[Thread, int, Marks]] = []
    deltas: dict[CellKey, Tally] = defaultdict(lambda: ZERO)
    for thread, marks in news.items():
        old = known.get(thread, {})
        new = {**old, **{period: old.get(period, NOTHING) | marks[period] for period in marks}}
        changed += [(thread, p, new[p]) for p in marks if new[p] != old.get(p)]
        _add_deltas(deltas, thread, tallies(old), tallies(new))
    _write_exposures(connection, changed)
    moved = {cell: tally for cell, tally in deltas.items() if tally != ZERO}
    _write_counts(connection, moved)
    _write_orders(connection, moved)


def _marks(event: EventRecord) -> Marks:
    return Marks(
        exposed=event.type == "impression",
        clicked=event.type == "click",
        converted=event.type == "conversion",
        value_micros=event.value_micros,
    )


def _add_deltas(
    deltas: dict[CellKey, Tally],
    thread: Thread,
    before: Mapping[int, Tally],
    after: Mapping[int, Tally],
) -> None:
    test, _, variant, segment = thread
    for period in before.keys() | after.keys():
        change = after.get(period, ZERO) + -before.get(period, ZERO)
        deltas[test, segment, variant, period] += change


def _histories(
    connection: Connection, units: set[tuple[str, str]]
) -> dict[Thread, dict[int, Marks]]:
    of_test: dict[str, list[str]] = defaultdict(list)
    for test, unit in sorted(units):
        of_test[test].append(unit)
    histories: dict[Thread, dict[int, Marks]] = defaultdict(dict)
    for test, names in of_test.items():
        for start in range(0, len(names), 1000):
            statement = select(EXPOSURE).where(
                EXPOSURE.c.test_id == test, EXPOSURE.c.unit.in_(names[start : start + 1000])
            )
            for row in connection.execute(statement):
                histories[row.test_id, row.unit, row.variant, row.segment][row.period] = Marks(
                    exposed=row.exposed,
                    clicked=row.clicked,
                    converted=row.converted,
                    value_micros=row.value_micros,
                )
    return histories


def _write_exposures(connection: Connection, changed: Sequence[tuple[Thread, int, Marks]]) -> None:
    if not changed:
        return
    statement = conflict_insert(connection, EXPOSURE)
    marks = ("exposed", "clicked", "converted", "value_micros")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["test_id", "unit", "variant", "segment", "period"],
            set_={name: statement.excluded[name] for name in marks},
        ),
        [
            {
                "test_id": test,
                "unit": unit,
                "variant": variant,
                "segment": segment,
                "period": period,
                "exposed": each.exposed,
                "clicked": each.clicked,
                "converted": each.converted,
                "value_micros": each.value_micros,
            }
            for (test, unit, variant, segment), period, each in changed
        ],
    )


def _write_counts(connection: Connection, deltas: Mapping[CellKey, Tally]) -> None:
    if not deltas:
        return
    statement = conflict_insert(connection, COUNT)
    numbers = ("impressions", "clicks", "conversions", "value_micros")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["test_id", "segment", "variant", "period"],
            set_={name: COUNT.c[name] + statement.excluded[name] for name in numbers},
        ),
        [
            {
                "test_id": test,
                "segment": segment,
                "variant": variant,
                "period": period,
                "impressions": tally.impressions,
                "clicks": tally.clicks,
                "conversions": tally.conversions,
                "value_micros": tally.value_micros,
            }
            for (test, segment, variant, period), tally in sorted(deltas.items())
        ],
    )


def _write_orders(connection: Connection, deltas: Mapping[CellKey, Tally]) -> None:
    sold = [
        (cell, tally) for cell, tally in deltas.items() if tally.conversions or tally.value_squares
    ]
    if not sold:
        return
    statement = conflict_insert(connection, ORDER)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["test_id", "segment", "variant", "period"],
            set_={
                name: ORDER.c[name] + statement.excluded[name]
                for name in ("conversions", "value_squares")
            },
        ),
        [
            {
                "test_id": test,
                "segment": segment,
                "variant": variant,
                "period": period,
                "conversions": tally.conversions,
                "value_squares": tally.value_squares * SQUARE_MICRO,
            }
            for (test, segment, variant, period), tally in sorted(sold)
        ],
    )
