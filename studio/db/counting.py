"""Counting: from events to what units did, and from that to the counts.

Works inside the caller's one transaction, in which nobody else counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, case

from studio.db.bulk import put_histories, read_histories
from studio.db.delays import DelayKey, add_delays, delay_bin
from studio.db.events import EventRecord
from studio.db.exposures import (
    MOST_MICROS,
    SHOWN,
    ZERO,
    CountingRule,
    Tally,
    Thread,
    TrialKey,
    delays,
    tallies,
)
from studio.db.tables import COUNT
from studio.db.upserts import conflict_insert

CellKey = tuple[str, str, int, int]
"""(segment, variant, period, day)."""

SQUARE_MICRO: Final = 1e-12
"""Money squared of a millionth squared."""

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(list[Thread]).decode

_Happened = tuple[int, EventRecord]
"""An event, with the period that its time falls in."""


class _Done(NamedTuple):
    """What a unit did with a variant, as it counts."""

    trials: Mapping[TrialKey, Tally]
    delays: tuple[tuple[int, float], ...]


_NOTHING: Final = _Done({}, ())


@dataclass(slots=True)
class Changes:
    """By how much the counts of a test move: those of cells, and of how late conversions came."""

    cells: dict[CellKey, Tally] = field(default_factory=dict)
    delays: dict[DelayKey, int] = field(default_factory=dict)

    def __neg__(self) -> Changes:
        return Changes(
            cells={cell: -tally for cell, tally in self.cells.items()},
            delays={key: -often for key, often in self.delays.items()},
        )

    def put(self, connection: Connection, test_id: str) -> None:
        """Move them; the caller counts alone, see `event_log.lead_counting`."""
        add_counts(connection, test_id, self.cells)
        add_delays(connection, test_id, self.delays)


def count(
    connection: Connection,
    events: Iterable[EventRecord],
    rules: Mapping[str, CountingRule],
    *,
    excluded: Collection[tuple[str, str]] = frozenset(),
) -> int:
    """Count events; how many of them fell into no period of their test.

    That happens only to those that were on their way while their test ended.

    Parameters
    ----------
        excluded : (test, unit) of units that move no counts; what they do is remembered all the
                   same, so that they can be let in again
    """
    of_test: dict[str, dict[str, list[_Happened]]] = defaultdict(lambda: defaultdict(list))
    outside = 0
    for event in events:
        rule = rules.get(event.test_id)
        exposure = event.type == "impression"
        period = None if rule is None else rule.period_at(event.at_s, exposure=exposure)
        if period is None:
            outside += 1
        else:
            of_test[event.test_id][event.unit].append((period, event))
    for test_id, units in sorted(of_test.items()):
        left_out = {unit for test, unit in excluded if test == test_id}
        changes = _count_test(connection, test_id, units, rules[test_id], left_out=left_out)
        changes.put(connection, test_id)
    return outside


def unit_changes(
    connection: Connection, test_id: str, units: Iterable[str], rule: CountingRule
) -> Changes:
    """All that some units of a test did, as it counts, or would if they were not left out."""
    changes = Changes()
    for _, stored in read_histories(connection, test_id, units):
        for thread in _DECODE(stored):
            _add_changes(changes, thread, _NOTHING, _done(thread, rule))
    return changes


def history_of(stored: bytes) -> list[Thread]:
    """What a unit did in a test, from its row."""
    return _DECODE(stored)


def _count_test(
    connection: Connection,
    test_id: str,
    units: Mapping[str, list[_Happened]],
    rule: CountingRule,
    *,
    left_out: Collection[str],
) -> Changes:
    known = dict(read_histories(connection, test_id, units))
    changed: dict[str, bytes] = {}
    changes = Changes()
    for unit, news in units.items():
        stored = known.get(unit)
        if stored is None and len(news) == 1 and unit not in left_out:
            changed[unit] = _first(news[0], changes.cells, rule)
            continue
        history = [] if stored is None else _DECODE(stored)
        for thread, before in _moved(history, news, rule):
            if unit not in left_out:
                _add_changes(changes, thread, before, _done(thread, rule))
        changed[unit] = _ENCODE(history)
    put_histories(
        connection,
        test_id,
        {unit: history for unit, history in changed.items() if known.get(unit) != history},
    )
    return changes


def _done(thread: Thread, rule: CountingRule) -> _Done:
    late = tuple(delays(thread, rule)) if rule.keeps_delays and thread.sold else ()
    return _Done(tallies(thread, rule), late)


def _first(happened: _Happened, deltas: dict[CellKey, Tally], rule: CountingRule) -> bytes:
    """The history of a unit that was not seen before and did one thing, as most have at first."""
    period, event = happened
    thread = Thread(event.variant, event.segment)
    thread.take(event.type, period=period, at_s=event.at_s, value_micros=event.value_micros)
    if event.type == "impression":
        cell = (event.segment, event.variant, period, rule.day_of(event.at_s))
        deltas[cell] = deltas.get(cell, ZERO) + SHOWN
    return _ENCODE((thread,))


def _moved(
    history: list[Thread], news: Iterable[_Happened], rule: CountingRule
) -> list[tuple[Thread, _Done]]:
    """Take events into a history; the threads that they belong to, with what those counted."""
    threads = {(thread.variant, thread.segment): thread for thread in history}
    before: dict[tuple[str, str], _Done] = {}
    for period, event in news:
        key = (event.variant, event.segment)
        thread = threads.get(key)
        if thread is None:
            thread = threads[key] = Thread(event.variant, event.segment)
            history.append(thread)
            before[key] = _NOTHING
        elif key not in before:
            before[key] = _done(thread, rule)
        thread.take(event.type, period=period, at_s=event.at_s, value_micros=event.value_micros)
    return [(threads[key], done) for key, done in before.items()]


def _add_changes(changes: Changes, thread: Thread, was: _Done, now: _Done) -> None:
    before, after, cells = was.trials, now.trials, changes.cells
    for trial in before.keys() | after.keys() if before else after:
        change = after.get(trial, ZERO)
        if before:
            change += -before.get(trial, ZERO)
        if change != ZERO:
            cell = (thread.segment, thread.variant, *trial)
            cells[cell] = cells.get(cell, ZERO) + change
    if was.delays != now.delays:
        for done, sign in ((was, -1), (now, 1)):
            for day, delay_s in done.delays:
                key = (thread.variant, day, delay_bin(delay_s))
                changes.delays[key] = changes.delays.get(key, 0) + sign


def add_counts(connection: Connection, test_id: str, deltas: Mapping[CellKey, Tally]) -> None:
    """Move the counts of a test; the caller counts alone, see `event_log.lead_counting`."""
    rows = [
        {
            "test_id": test_id,
            "segment": segment,
            "variant": variant,
            "period": period,
            "day": day,
            "impressions": tally.impressions,
            "clicks": tally.clicks,
            "conversions": tally.conversions,
            "value_micros": tally.value_micros,
            "value_squares": tally.value_squares * SQUARE_MICRO,
        }
        for (segment, variant, period, day), tally in sorted(deltas.items())
        if tally != ZERO
    ]
    if not rows:
        return
    statement = conflict_insert(connection, COUNT)
    numbers = ("impressions", "clicks", "conversions", "value_micros", "value_squares")
    sums: dict[str, ColumnElement[Any]] = {
        name: COUNT.c[name] + statement.excluded[name] for name in numbers
    }
    money = sums["value_micros"]
    sums["value_micros"] = case(
        (money > MOST_MICROS, MOST_MICROS), (money < -MOST_MICROS, -MOST_MICROS), else_=money
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["test_id", "segment", "variant", "period", "day"], set_=sums
        ),
        rows,
    )
