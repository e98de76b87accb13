"""Counts computed anew from the raw events, and compared with those that are there."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from abtest.health import BotRules
from studio.db import event_log, excluded
from studio.db import tests as test_rows
from studio.db.counting import CellKey, count
from studio.db.counts import daily_counts_of
from studio.db.delays import DelayKey, delay_bin, delays_of
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.events import EventRecord
from studio.db.exposures import ZERO, CountingRule, Tally, Thread, delays, tallies
from studio.db.records import CountRecord
from studio.db.recounting import forget_counts
from studio.services.archiving.archive import Archive
from studio.services.bot_search import Events, search
from studio.services.errors import TestNotFound
from studio.services.experiment_options import TestOptions
from studio.services.rules import rule_of

_NUMBERS: Final = ("impressions", "clicks", "conversions", "value_micros")
_AT_ONCE: Final = 10_000
_SQUARES_DIFFER: Final = 1e-6
"""Squares are sums of floats, whose last digits depend on the order of the additions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What became of a test's counts.

    Parameters
    ----------
        events      : raw events read
        cells       : counts, one a (segment, variant, period, day)
        differences : a sentence each; none where the counts agree to the last unit
        bots        : units that the rules leave out by the raw events, and are not left out, or
                      the other way round
        replaced    : whether the new counts now stand in the place of the old
    """

    test_id: str
    events: int
    cells: int
    differences: tuple[str, ...]
    bots: tuple[str, ...]
    replaced: bool


class Rebuilding:
    """The use case. A unit's whole history is held in memory while its test is recounted."""

    def __init__(self, engine: Engine, archive: Archive, *, rules: BotRules | None = None) -> None:
        self._engine = engine
        self._archive = archive
        self._rules = rules or BotRules()

    def rebuild(self, test_id: str, *, replace: bool = False) -> Rebuilt:
        """Recount a test from all its raw events, as far as they are counted.

        Raises
        ------
            TestNotFound, ParquetMissing, ArchiveDamaged
        """
        if not replace:
            with reading(self._engine) as connection:
                return self._rebuilt(connection, test_id, replace=False)
        with writing(self._engine) as connection:
            event_log.lead_counting(connection, wait=True)
            return self._rebuilt(connection, test_id, replace=True)

    def _rebuilt(self, connection: Connection, test_id: str, *, replace: bool) -> Rebuilt:
        test = test_rows.find_test(connection, test_id)
        if test is None:
            raise TestNotFound(test_id=test_id)
        rule = rule_of(test, TestOptions.from_dict(test.options))
        out = {unit for _, unit in excluded.excluded_units(connection, [test_id])}

        def events() -> Iterator[EventRecord]:
            return self._archive.read(connection, test_id=test_id)

        recounted = recount(events(), rule, left_out=out)
        stored = {
            (each.segment, each.variant, each.period, day): each
            for day, counts in daily_counts_of(connection, test_id).items()
            for each in counts
        }
        differences = (
            *_differences(stored, recounted.cells),
            *_delays_differ(delays_of(connection, test_id), recounted.delays),
        )
        if differences and replace:
            _count_anew(connection, test_id, events(), rule, left_out=out)
        return Rebuilt(
            test_id=test_id,
            events=recounted.events,
            cells=len(recounted.cells),
            differences=differences,
            bots=tuple(self._bots(connection, test_id, events, out)),
            replaced=bool(differences) and replace,
        )

    def _bots(
        self, connection: Connection, test_id: str, events: Events, out: set[str]
    ) -> Iterator[str]:
        by_hand = {
            each.unit for each in excluded.decisions_of(connection, test_id) if each.who is not None
        }
        found = {unit for (_, unit, _) in search(events, rules=self._rules)}
        for unit in sorted((found ^ out) - by_hand):
            yield f"{unit}: {'broke a rule, and counts' if unit in found else 'broke no rule'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """Counts from raw events: of cells, and of how late conversions came; of how many events."""

    cells: Mapping[CellKey, Tally]
    delays: Mapping[DelayKey, int]
    events: int


def recount(
    events: Iterable[EventRecord], rule: CountingRule, *, left_out: set[str] | frozenset[str]
) -> Recount:
    """Count the events of one test, in whatever order they come."""
    units: dict[str, dict[tuple[str, str], Thread]] = defaultdict(dict)
    number = 0
    for event in events:
        number += 1
        period = rule.period_at(event.at_s, exposure=event.type == "impression")
        if period is None or event.unit in left_out:
            continue
        threads = units[event.unit]
        key = (event.variant, event.segment)
        if key not in threads:
            threads[key] = Thread(event.variant, event.segment)
        threads[key].take(
            event.type, period=period, at_s=event.at_s, value_micros=event.value_micros
        )
    cells: dict[CellKey, Tally] = {}
    late: dict[DelayKey, int] = defaultdict(int)
    for threads in units.values():
        for (variant, segment), thread in threads.items():
            for (period, day), tally in tallies(thread, rule).items():
                cell = (segment, variant, period, day)
                cells[cell] = cells.get(cell, ZERO) + tally
            if rule.keeps_delays:
                for day, delay_s in delays(thread, rule):
                    late[variant, day, delay_bin(delay_s)] += 1
    return Recount(
        cells={cell: tally for cell, tally in cells.items() if tally != ZERO},
        delays=late,
        events=number,
    )


def _count_anew(
    connection: Connection,
    test_id: str,
    events: Iterator[EventRecord],
    rule: CountingRule,
    *,
    left_out: set[str],
) -> None:
    """Forget what is counted and what units did, and let the counter's own code count it all."""
    forget_counts(connection, test_id)
    keys = {(test_id, unit) for unit in left_out}
    while some := list(islice(events, _AT_ONCE)):
        count(connection, some, {test_id: rule}, excluded=keys)


def _differences(
    stored: Mapping[CellKey, CountRecord], recounted: Mapping[CellKey, Tally]
) -> Iterator[str]:
    for cell in sorted(stored.keys() | recounted.keys()):
        old, new = stored.get(cell), recounted.get(cell, ZERO)
        where = "{} / {} / period {} / day {}".format(*cell)
        for name in _NUMBERS:
            before = 0 if old is None else getattr(old, name)
            if before != getattr(new, name):
                yield f"{where}: {name} {before:,}, by the raw events {getattr(new, name):,}"
        squares = 0.0 if old is None or old.value_squares is None else old.value_squares
        anew = new.value_squares * 1e-12
        if not math.isclose(squares, anew, rel_tol=_SQUARES_DIFFER, abs_tol=_SQUARES_DIFFER):
            yield f"{where}: value_squares {squares:g}, by the raw events {anew:g}"


def _delays_differ(
    stored: Mapping[DelayKey, int], recounted: Mapping[DelayKey, int]
) -> Iterator[str]:
    for key in sorted(stored.keys() | recounted.keys()):
        old, new = stored.get(key, 0), recounted.get(key, 0)
        if old != new:
            where = "{} / day {} / delay {}".format(*key)
            yield f"{where}: conversions {old:,}, by the raw events {new:,}"
