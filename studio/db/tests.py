"""Reading and writing tests. Every function works inside the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from abtest import TestState
from studio.db.parts import parts
from studio.db.records import (
    PeriodRecord,
    PromotionRecord,
    SegmentRecord,
    TestRecord,
    VariantRecord,
)
from studio.db.tables import (
    ITEM,
    PERIOD,
    PROMOTION,
    SEGMENT,
    TEST,
    VARIANT,
)
from studio.db.text import is_storable


def items_of(connection: Connection, test_ids: Iterable[str]) -> set[str]:
    """The items of tests."""
    found: set[str] = set()
    for part in parts(test_ids):
        found |= set(connection.execute(select(TEST.c.item).where(TEST.c.id.in_(part))).scalars())
    return found


def live_ids(
    connection: Connection, states: Sequence[TestState], wanted: Iterable[str] | None = None
) -> list[str]:
    """Ids of the tests in some states: of all items, or of the wanted ones."""
    statement = select(TEST.c.id).where(TEST.c.state.in_([str(state) for state in states]))
    if wanted is None:
        return list(connection.execute(statement).scalars())
    found: list[str] = []
    for part in parts(wanted):
        found += connection.execute(statement.where(TEST.c.item.in_(part))).scalars()
    return found


def add_test(connection: Connection, test: TestRecord) -> None:
    """Write a new test with its variants and segments; it has no periods yet."""
    connection.execute(
        insert(TEST).values(
            id=test.id,
            item=test.item,
            state=str(test.state),
            salt=test.salt,
            control=test.control,
            options=dict(test.options),
            created_s=test.created_s,
        )
    )
    connection.execute(
        insert(VARIANT),
        [
            {"test_id": test.id, "position": i, "name": each.name, "image": each.image}
            for i, each in enumerate(test.variants)
        ],
    )
    if test.segments:
        connection.execute(
            insert(SEGMENT),
            [
                {"test_id": test.id, "position": i, "name": each.name, "rule": dict(each.rule)}
                for i, each in enumerate(test.segments)
            ],
        )


def set_state(
    connection: Connection,
    test_id: str,
    state: TestState,
    *,
    started_s: float | None = None,
    ended_s: float | None = None,
) -> None:
    """Move a test to a state; times that are None stay as they are."""
    values: dict[str, object] = {"state": str(state)}
    if started_s is not None:
        values["started_s"] = started_s
    if ended_s is not None:
        values["ended_s"] = ended_s
    connection.execute(update(TEST).where(TEST.c.id == test_id).values(values))


def drop_variant(connection: Connection, test_id: str, name: str, *, at_s: float) -> None:
    """Mark a variant as dropped."""
    connection.execute(
        update(VARIANT)
        .where(VARIANT.c.test_id == test_id, VARIANT.c.name == name)
        .values(dropped_s=at_s)
    )


def close_period(connection: Connection, test_id: str, *, at_s: float) -> None:
    """End the open period, if there is one."""
    connection.execute(
        update(PERIOD)
        .where(PERIOD.c.test_id == test_id, PERIOD.c.ended_s.is_(None))
        .values(ended_s=at_s)
    )


def open_period(connection: Connection, test_id: str, period: PeriodRecord) -> None:
    """Begin a period."""
    connection.execute(
        insert(PERIOD).values(
            test_id=test_id,
            number=period.number,
            started_s=period.started_s,
            ended_s=period.ended_s,
            weights=dict(period.weights),
            segment_weights={name: dict(w) for name, w in period.segment_weights.items()},
            after_promotion=period.after_promotion,
        )
    )


def add_promotion(connection: Connection, test_id: str, promotion: PromotionRecord) -> None:
    """Record a promotion in force."""
    connection.execute(
        insert(PROMOTION).values(
            test_id=test_id,
            segment=promotion.segment,
            variant=promotion.variant,
            by_verdict=promotion.by_verdict,
            who=promotion.who,
            reason=promotion.reason,
            at_s=promotion.at_s,
        )
    )


def undo_promotions(connection: Connection, test_id: str, *, at_s: float) -> None:
    """Mark all promotions in force as rolled back."""
    connection.execute(
        update(PROMOTION)
        .where(PROMOTION.c.test_id == test_id, PROMOTION.c.undone_s.is_(None))
        .values(undone_s=at_s)
    )


def find_test(connection: Connection, test_id: str) -> TestRecord | None:
    """One test, or None."""
    return load_tests(connection, [test_id]).get(test_id)


def lock_test(connection: Connection, test_id: str) -> TestRecord | None:
    """One test, with no other transaction acting on it until this one ends."""
    return load_tests(connection, [test_id], lock=True).get(test_id)


def list_ids(
    connection: Connection, *, states: Sequence[TestState] | None = None, item: str | None = None
) -> list[str]:
    """Ids of tests, newest first."""
    statement = select(TEST.c.id).order_by(TEST.c.created_s.desc(), TEST.c.id)
    if states is not None:
        statement = statement.where(TEST.c.state.in_([str(state) for state in states]))
    if item is not None:
        statement = statement.where(TEST.c.item == item)
    return list(connection.execute(statement).scalars())


def load_tests(
    connection: Connection, test_ids: Iterable[str], *, lock: bool = False
) -> dict[str, TestRecord]:
    """Tests by id; unknown ids are left out."""
    found: dict[str, TestRecord] = {}
    for part in parts(filter(is_storable, test_ids)):
        found |= _load_some(connection, part, lock=lock)
    return found


def _load_some(
    connection: Connection, wanted: Sequence[str], *, lock: bool
) -> dict[str, TestRecord]:
    statement = (
        select(TEST, ITEM.c.image.label("default_image"))
        .join(ITEM, ITEM.c.item == TEST.c.item)
        .where(TEST.c.id.in_(wanted))
        .order_by(TEST.c.id)
    )
    if lock:
        # SQLite has no row locks and needs none: a writer has the whole database.
        statement = statement.with_for_update(of=TEST)
    rows = connection.execute(statement).all()
    variants = _children(connection, VARIANT, wanted, order="position")
    segments = _children(connection, SEGMENT, wanted, order="position")
    periods = _children(connection, PERIOD, wanted, order="number")
    promotions = _children(connection, PROMOTION, wanted, order="id")
    return {
        row.id: TestRecord(
            id=row.id,
            item=row.item,
            default_image=row.default_image,
            state=TestState(row.state),
            salt=row.salt,
            control=row.control,
            options=row.options,
            created_s=row.created_s,
            started_s=row.started_s,
            ended_s=row.ended_s,
            variants=tuple(_variant(each) for each in variants[row.id]),
            segments=tuple(SegmentRecord(name=s.name, rule=s.rule) for s in segments[row.id]),
            periods=tuple(_period(each) for each in periods[row.id]),
            promotions=tuple(_promotion(each) for each in promotions[row.id]),
        )
        for row in rows
    }


def _children(
    connection: Connection, table: Table, wanted: Sequence[str], *, order: str
) -> dict[str, list[Row[Any]]]:
    statement = select(table).where(table.c.test_id.in_(wanted)).order_by(table.c[order])
    grouped: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(statement):
        grouped[row.test_id].append(row)
    return grouped


def _variant(row: Row[Any]) -> VariantRecord:
    return VariantRecord(name=row.name, image=row.image, dropped_s=row.dropped_s)


def _period(row: Row[Any]) -> PeriodRecord:
    return PeriodRecord(
        number=row.number,
        started_s=row.started_s,
        ended_s=row.ended_s,
        weights=row.weights,
        segment_weights=row.segment_weights,
        after_promotion=row.after_promotion,
    )


def _promotion(row: Row[Any]) -> PromotionRecord:
    return PromotionRecord(
        segment=row.segment,
        variant=row.variant,
        by_verdict=row.by_verdict,
        who=row.who,
        reason=row.reason,
        at_s=row.at_s,
        undone_s=row.undone_s,
    )
