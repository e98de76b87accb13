"""Bots in raw events: left out by the rules by which a server leaves them out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from abtest.health import BotRules, UnitActs, bot_signs
from studio.cli.counting.event_fields import CLICK, IMPRESSION
from studio.cli.counting.event_log import EventLog
from studio.cli.counting.event_trials import rows_of
from studio.services.experiment_analysis import DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Bots:
    """Who was left out.

    Parameters
    ----------
        units  : that broke a rule on any day
        events : all of theirs, on every day
        share  : of all events of the log
    """

    units: int = 0
    events: int = 0
    share: float = 0.0


def without_bots(log: EventLog, rules: BotRules | None = None) -> tuple[EventLog, Bots]:
    """The log without units that did on any UTC day what no person does."""
    limits = rules or BotRules()
    guilty = [unit for unit, acts in _busy_days(log, limits) if bot_signs(acts, limits)]
    if not guilty:
        return log, Bots()
    kept = ~np.isin(log.unit, np.array(guilty, dtype=np.int64))
    events = int((~kept).sum())
    left = Bots(units=len(set(guilty)), events=events, share=events / len(kept))
    return replace(log, **rows_of(log, kept)), left


def _busy_days(log: EventLog, rules: BotRules) -> Iterator[tuple[int, UnitActs]]:
    """What each unit did on a day, where it may have been too much."""
    day = (log.at_s // DAY_S).astype(np.int64)
    order = np.lexsort((log.at_s, day, log.unit))
    unit, of_day = log.unit[order], day[order]
    begins = np.flatnonzero(np.diff(unit, prepend=unit[:1] - 1) | np.diff(of_day, prepend=0))
    begins = np.union1d([0], begins) if len(order) else begins
    for start, end in zip(begins, [*begins[1:], len(order)], strict=True):
        rows = order[start:end]
        if end - start >= rules.least_events or log.crawler[rows].any():
            yield int(unit[start]), _acts(log, rows)


def _acts(log: EventLog, rows: NDArray[np.intp]) -> UnitActs:
    kind, variant, at_s = log.kind[rows], log.variant[rows], log.at_s[rows]
    seen = kind == IMPRESSION
    named = log.crawler[rows]
    return UnitActs(
        seen_s={
            log.variants[place]: at_s[seen & (variant == place)].tolist()
            for place in np.unique(variant[seen])
        },
        clicked_s=at_s[kind == CLICK].tolist(),
        crawlers=frozenset(log.crawlers[place - 1] for place in np.unique(named[named > 0])),
    )
