"""What raw events say of their own soundness: units, repeats, and each unit's days in the test."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from abtest import AgeCell, EventTraffic, Metric, Observed, UnitDay, unit_traffic
from studio.cli.counting.event_log import EventLog
from studio.cli.counting.event_trials import Trials, day_name
from studio.services.experiment_analysis import DAY_S

_OLDEST_DAYS = 60
"""Returns after two months are counted together."""


def observed_of(log: EventLog, by_day: Trials, *, metric: Metric) -> Observed:
    """What the engine's health checks look at.

    Parameters
    ----------
        by_day : trials of a unit and day
    """
    return Observed(
        units=unit_traffic(_unit_days(log, by_day)),
        events=EventTraffic(
            received=log.read, repeated=log.dropped.get("duplicate", 0), orphans=by_day.without
        ),
        ages=_ages(log, by_day, metric),
    )


def _unit_days(log: EventLog, trials: Trials) -> Iterator[UnitDay]:
    order = np.lexsort((trials.variant, trials.segment, trials.day, trials.unit))
    columns = (trials.unit, trials.day, trials.segment)
    key: tuple[int, ...] = ()
    variants: dict[str, tuple[int, int]] = {}
    for row in order.tolist():
        own = tuple(int(column[row]) for column in columns)
        if own != key and variants:
            yield _unit_day(log, key, variants)
            variants = {}
        key = own
        name = log.variants[trials.variant[row]]
        variants[name] = (int(trials.shown[row]), int(trials.clicks[row]))
    if variants:
        yield _unit_day(log, key, variants)


def _unit_day(log: EventLog, key: tuple[int, ...], variants: dict[str, tuple[int, int]]) -> UnitDay:
    _, day, segment = key
    return UnitDay(segment=log.segments[segment], period=day_name(day), variants=variants)


def _ages(log: EventLog, trials: Trials, metric: Metric) -> tuple[AgeCell, ...]:
    """Trials and successes by variant and whole days since the unit's first exposure."""
    if not len(trials.unit):
        return ()
    place = np.unique(trials.unit, return_inverse=True)[1]
    first_s = np.full(int(place.max()) + 1, np.inf)
    np.minimum.at(first_s, place, trials.at_s)
    age = np.minimum((trials.at_s - first_s[place]) // DAY_S, _OLDEST_DAYS).astype(np.int64)
    success = trials.clicked if metric == "click_rate" else trials.converted
    found, inverse = np.unique(age * len(log.variants) + trials.variant, return_inverse=True)
    shown, succeeded = np.bincount(inverse), np.bincount(inverse, weights=success)
    return tuple(
        AgeCell(
            variant=log.variants[key % len(log.variants)],
            age_days=key // len(log.variants),
            impressions=seen,
            clicks=int(won),
        )
        for key, seen, won in zip(found.tolist(), shown.tolist(), succeeded.tolist(), strict=True)
    )
