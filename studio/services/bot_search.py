"""Finding units that are no people among raw events.

Two passes over the events: the first counts roughly, in constant memory, which units have
enough events on a UTC day to break any rule; the second gathers what those few did. The outcome
depends on the set of events alone, so that a day searched live, again, or out of the archive gives
the same units.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from abtest.health import BotRules, BotSign, UnitActs, bot_signs
from studio.db.events import EventRecord
from studio.db.excluded import UnitKey
from studio.services.experiment_analysis import DAY_S

Events = Callable[[], Iterator[EventRecord]]
"""Goes through the events; called twice."""
UnitDayKey = tuple[str, str, int]
"""(test, unit, UTC day counted from 1970-01-01)."""

_SLOTS: Final = 1 << 23
"""Of the rough count, 32 MB: ten million units share slots so seldom that hardly any is gathered
in vain."""
_AT_ONCE: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDayFound:
    """What a unit did on a day, and the rules that it broke; none where it was only watched."""

    impressions: int
    clicks: int
    signs: tuple[BotSign, ...]


@dataclass(slots=True)
class _Gathered:
    seen_s: defaultdict[str, array[float]] = field(
        default_factory=lambda: defaultdict(lambda: array("d"))
    )
    clicked_s: array[float] = field(default_factory=lambda: array("d"))
    crawlers: set[str] = field(default_factory=set)

    def add(self, event: EventRecord) -> None:
        if event.type == "impression":
            self.seen_s[event.variant].append(event.at_s)
        elif event.type == "click":
            self.clicked_s.append(event.at_s)
        if event.crawler is not None:
            self.crawlers.add(event.crawler)

    def acts(self) -> UnitActs:
        return UnitActs(
            seen_s=self.seen_s, clicked_s=self.clicked_s, crawlers=frozenset(self.crawlers)
        )


def search(
    events: Events, *, rules: BotRules, watched: Collection[UnitKey] = frozenset()
) -> dict[UnitDayKey, UnitDayFound]:
    """Where a unit broke a rule on a day, and what each of `watched` did."""
    busy = _busy(events(), least=rules.least_events)
    gathered: defaultdict[UnitDayKey, _Gathered] = defaultdict(_Gathered)
    for event in events():
        key = _key(event)
        if busy[hash(key) % _SLOTS] or event.crawler is not None or key[:2] in watched:
            gathered[key].add(event)
    found = {key: _found(each.acts(), rules) for key, each in gathered.items()}
    return {key: each for key, each in found.items() if each.signs or key[:2] in watched}


def _key(event: EventRecord) -> UnitDayKey:
    return event.test_id, event.unit, int(event.at_s // DAY_S)


def _found(acts: UnitActs, rules: BotRules) -> UnitDayFound:
    return UnitDayFound(
        impressions=acts.impressions, clicks=len(acts.clicked_s), signs=bot_signs(acts, rules)
    )


def _busy(events: Iterator[EventRecord], *, least: int) -> NDArray[np.bool_]:
    """By slot, whether the unit-days of the slot have so many events together."""
    counts = np.zeros(_SLOTS, dtype=np.uint32)
    while slots := [hash(_key(event)) % _SLOTS for event in islice(events, _AT_ONCE)]:
        np.add.at(counts, slots, 1)
    return counts >= least
