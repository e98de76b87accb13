"""Units that move no counts: who they are, why, and what they did."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select

from studio.db.parts import parts
from studio.db.tables import EXCLUDED_DAY, EXCLUDED_UNIT
from studio.db.upserts import conflict_insert

UnitKey = tuple[str, str]
"""(test, unit)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDecision:
    """Whether a unit counts; `who` is None where the rules decided."""

    test_id: str
    unit: str
    excluded: bool
    who: str | None
    why: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDayRecord:
    """What a unit did on a UTC day (days since 1970), and the rules it broke.

    Parameters
    ----------
        signs : each with `reason`, `value`, `limit`, `text`
    """

    test_id: str
    unit: str
    day: int
    impressions: int
    clicks: int
    signs: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """How much a test's excluded units did, each event once."""

    units: int
    impressions: int
    clicks: int


NOBODY = LeftOut(units=0, impressions=0, clicks=0)


def excluded_units(connection: Connection, test_ids: Collection[str]) -> set[UnitKey]:
    """The units of these tests that move no counts."""
    found: set[UnitKey] = set()
    for some in parts(test_ids):
        statement = select(EXCLUDED_UNIT.c.test_id, EXCLUDED_UNIT.c.unit).where(
            EXCLUDED_UNIT.c.test_id.in_(some), EXCLUDED_UNIT.c.excluded
        )
        found |= {(row.test_id, row.unit) for row in connection.execute(statement)}
    return found


def decisions_of(connection: Connection, test_id: str) -> tuple[UnitDecision, ...]:
    """All that was decided on units of a test, newest first."""
    rows = connection.execute(
        select(EXCLUDED_UNIT)
        .where(EXCLUDED_UNIT.c.test_id == test_id)
        .order_by(EXCLUDED_UNIT.c.at_s.desc(), EXCLUDED_UNIT.c.unit)
    )
    return tuple(UnitDecision(**row) for row in rows.mappings())


def decided(connection: Connection) -> dict[UnitKey, UnitDecision]:
    """All decisions on units, of all tests."""
    rows = connection.execute(select(EXCLUDED_UNIT)).mappings()
    return {(row["test_id"], row["unit"]): UnitDecision(**row) for row in rows}


def days_of(connection: Connection, test_id: str) -> tuple[UnitDayRecord, ...]:
    """What the watched units of a test did, by unit and day."""
    statement = select(EXCLUDED_DAY).where(EXCLUDED_DAY.c.test_id == test_id)
    rows = connection.execute(statement.order_by(EXCLUDED_DAY.c.unit, EXCLUDED_DAY.c.day))
    return tuple(UnitDayRecord(**{**row, "signs": tuple(row["signs"])}) for row in rows.mappings())


def units_with_signs(connection: Connection, units: Collection[UnitKey]) -> set[UnitKey]:
    """Of these units, those that broke a rule on any day."""
    found: set[UnitKey] = set()
    for some in parts(unit for _, unit in units):
        rows = connection.execute(select(EXCLUDED_DAY).where(EXCLUDED_DAY.c.unit.in_(some)))
        found |= {(row.test_id, row.unit) for row in rows if row.signs}
    return found & set(units)


def left_out_of(connection: Connection, test_id: str) -> LeftOut:
    """What a test's excluded units did, as far as days were searched."""
    same = (EXCLUDED_DAY.c.test_id == EXCLUDED_UNIT.c.test_id) & (
        EXCLUDED_DAY.c.unit == EXCLUDED_UNIT.c.unit
    )
    row = connection.execute(
        select(
            func.count(EXCLUDED_UNIT.c.unit.distinct()),
            func.coalesce(func.sum(EXCLUDED_DAY.c.impressions), 0),
            func.coalesce(func.sum(EXCLUDED_DAY.c.clicks), 0),
        )
        .select_from(EXCLUDED_UNIT.outerjoin(EXCLUDED_DAY, same))
        .where(EXCLUDED_UNIT.c.test_id == test_id, EXCLUDED_UNIT.c.excluded)
    ).one()
    return LeftOut(units=int(row[0]), impressions=int(row[1]), clicks=int(row[2]))


def put_decisions(connection: Connection, decisions: Iterable[UnitDecision]) -> None:
    """Write decisions; a unit's last one stands."""
    rows = [{name: getattr(each, name) for name in UnitDecision.__slots__} for each in decisions]
    if not rows:
        return
    statement = conflict_insert(connection, EXCLUDED_UNIT)
    changed = {name: statement.excluded[name] for name in ("excluded", "who", "why", "at_s")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["test_id", "unit"], set_=changed), rows
    )


def drop_decisions(connection: Connection, units: Iterable[UnitKey]) -> None:
    """Forget decisions: the rules hold nothing against these units any more."""
    for test_id, unit in sorted(units):
        connection.execute(
            delete(EXCLUDED_UNIT).where(
                EXCLUDED_UNIT.c.test_id == test_id, EXCLUDED_UNIT.c.unit == unit
            )
        )


def replace_day(connection: Connection, day: int, found: Sequence[UnitDayRecord]) -> None:
    """Write what a search of one day found, in the place of what an earlier one did."""
    connection.execute(delete(EXCLUDED_DAY).where(EXCLUDED_DAY.c.day == day))
    rows = [
        {
            "test_id": each.test_id,
            "unit": each.unit,
            "day": each.day,
            "impressions": each.impressions,
            "clicks": each.clicks,
            "signs": [dict(sign) for sign in each.signs],
        }
        for each in found
    ]
    if rows:
        connection.execute(EXCLUDED_DAY.insert(), rows)
