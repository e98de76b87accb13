"""From events to trials: which impressions count, and what became of each.

A **trial** is what the statistics count as one impression:

- `unit-day`: a unit that saw a variant on a day, however often, as `packshot serve` counts too.
  Refreshing a page makes no evidence, and a day's trials are as independent as its shoppers.
- `unit`: a unit that saw a variant at all, on the day when it first did.
- `impression`: every impression. Many by one shopper are taken for as many shoppers, so that
  intervals come out too narrow.

A click or conversion is credited to the latest trial of its unit and variant that began before it
(or up to five minutes after it: clocks differ), and takes that trial's segment. A trial has at most
one click and one conversion; the money of its conversions adds up. The order of the lines is
nothing to any of this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from studio.cli.counting.event_fields import CLICK, CONVERSION, IMPRESSION
from studio.cli.counting.event_log import SKEW_S, EventLog

TrialUnit = Literal["unit-day", "unit", "impression"]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_QUARTER_S: Final = 900.0
"""Zones change their offset at full quarters of an hour only."""
_LONGEST_GAP_DAYS: Final = 3
_STRAY_SHARE: Final = 1e-3
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """What counts, as columns of one entry a trial, in order of unit, variant and time.

    Parameters
    ----------
        unit, variant, segment : as in the log
        day                    : local day of the trial, counted from 1970-01-01
        at_s                   : of the impression that began it
        shown, clicks          : impressions and clicks, however many
        converted              : whether
        converted_s            : when first, NaN where it did not
        value                  : money of its conversions
        propensity             : of the impression that began it, NaN where it was not logged
        before                 : clicks and conversions of units that saw the variant only later
        without                : clicks and conversions of units that never saw the variant
        late                   : clicks and conversions that came after the attribution window
        ended_s                : time of the last event that no clock put far from all others:
                                 until then outcomes are known
    """

    unit: Ints
    variant: Ints
    segment: Ints
    day: Ints
    at_s: Floats
    shown: Ints
    clicks: Ints
    converted: NDArray[np.bool_]
    converted_s: Floats
    value: Floats
    propensity: Floats
    before: int
    without: int
    late: int
    ended_s: float

    @property
    def clicked(self) -> NDArray[np.bool_]:
        """Whether a trial led to a click."""
        return self.clicks > 0

    def begun_until(self, at_s: float) -> Trials:
        """The trials that began until a time, so that their window had closed by another."""
        return replace(self, **rows_of(self, self.at_s <= at_s))

    def of_clicks(self) -> Trials:
        """The same trials, with the conversions of those alone that clicked."""
        return replace(
            self,
            converted=self.converted & self.clicked,
            converted_s=np.where(self.clicked, self.converted_s, np.nan),
            value=np.where(self.clicked, self.value, 0.0),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sorted:
    """Events in order of unit, variant and time; `thread` numbers each (unit, variant)."""

    log: EventLog
    order: Ints
    thread: Ints
    day: Ints
    at_s: Floats
    kind: NDArray[np.int8]


def trials_of(
    log: EventLog, *, per: TrialUnit, zone: ZoneInfo, window_s: float = math.inf
) -> Trials:
    """The trials of a log, and the outcomes that came within `window_s` of their beginning."""
    events = _sorted(log, zone)
    seen_in = _seen_in(events, per)
    begins = seen_in == np.arange(len(seen_in))
    trial_of, before, without = _credited(events, begins)
    late = (trial_of >= 0) & (events.at_s - events.at_s[trial_of] > window_s)
    trial_of[late] = -1
    starts = np.flatnonzero(begins)
    rows = events.order[starts]
    number = np.cumsum(begins) - 1
    clicks, conversions = (
        np.flatnonzero((events.kind == kind) & (trial_of >= 0)) for kind in (CLICK, CONVERSION)
    )
    bought = number[trial_of[conversions]]
    first_s = np.full(len(starts), np.inf)
    np.minimum.at(first_s, bought, events.at_s[conversions])
    values = log.value[events.order[conversions]]
    return Trials(
        unit=log.unit[rows],
        variant=log.variant[rows].astype(np.int64),
        segment=log.segment[rows].astype(np.int64),
        day=events.day[starts],
        at_s=events.at_s[starts],
        shown=np.bincount(number[seen_in[seen_in >= 0]], minlength=len(starts)),
        clicks=np.bincount(number[trial_of[clicks]], minlength=len(starts)),
        converted=np.isfinite(first_s),
        # A clock that is off must not make a conversion older than its impression.
        converted_s=np.where(
            np.isfinite(first_s), np.maximum(first_s, events.at_s[starts]), np.nan
        ),
        value=np.bincount(bought, weights=values, minlength=len(starts)).astype(np.float64),
        propensity=log.propensity[rows],
        before=before,
        without=without,
        late=int(late.sum()),
        ended_s=_ended_s(events, (events.kind == IMPRESSION) | (trial_of >= 0)),
    )


def _sorted(log: EventLog, zone: ZoneInfo) -> _Sorted:
    # At the same instant the impression comes first.
    order = np.lexsort((log.kind, log.at_s, log.variant, log.unit))
    unit, variant = log.unit[order], log.variant[order]
    changes = (unit[1:] != unit[:-1]) | (variant[1:] != variant[:-1])
    thread = np.concatenate(([0], np.cumsum(changes))).astype(np.int64)[: len(order)]
    at_s = log.at_s[order]
    return _Sorted(
        log=log,
        order=order,
        thread=thread,
        day=local_days(at_s, zone),
        at_s=at_s,
        kind=log.kind[order],
    )


def _seen_in(events: _Sorted, per: TrialUnit) -> Ints:
    """For each impression the event that began its trial, -1 for other events."""
    trial = np.full(len(events.kind), -1, dtype=np.int64)
    places = np.flatnonzero(events.kind == IMPRESSION)
    if per == "impression":
        trial[places] = places
        return trial
    keys = [events.thread[places]]
    if per == "unit-day":
        segment = events.log.segment[events.order[places]].astype(np.int64)
        keys += [events.day[places], segment]
    # The sort is stable, so that the first of a group is its earliest impression.
    order = np.lexsort(keys[::-1])
    first = np.ones(len(places), dtype=np.bool_)
    first[1:] = np.any([np.diff(key[order]) != 0 for key in keys], axis=0)
    by_group = places[order]
    trial[by_group] = by_group[first][np.cumsum(first) - 1]
    return trial


def _credited(events: _Sorted, begins: NDArray[np.bool_]) -> tuple[Ints, int, int]:
    """The event that began each outcome's trial, -1 for none; and why not, by count."""
    count = len(begins)
    places = np.arange(count)
    latest = np.maximum.accumulate(np.where(begins, places, -1))
    following = np.minimum.accumulate(np.where(begins, places, count)[::-1])[::-1]
    thread = np.append(events.thread, -1)
    at_s = np.append(events.at_s, np.inf)
    own = (latest >= 0) & (thread[latest] == events.thread)
    ahead = thread[following] == events.thread
    soon = ahead & (at_s[following] - events.at_s <= SKEW_S)
    outcome = events.kind != IMPRESSION
    trial = np.where(outcome & own, latest, np.where(outcome & soon, following, -1))
    lost = outcome & (trial < 0)
    return trial, int((lost & ahead).sum()), int((lost & ~ahead).sum())


def without_strays(log: EventLog, zone: ZoneInfo) -> tuple[EventLog, int]:
    """The log without impressions of days far from nearly all others, and how many there were.

    They come from clocks that are off by days or years. A stretch of days is stray where more than
    three days without any impression part it from the busiest one, and where it holds less than a
    thousandth of the impressions.
    """
    seen = log.kind == IMPRESSION
    if not seen.any():
        return log, 0
    kept = np.ones(len(seen), dtype=np.bool_)
    kept[seen] = ~_is_stray(local_days(log.at_s[seen], zone))
    return replace(log, **rows_of(log, kept)), int((~kept).sum())


def _is_stray(day: Ints) -> NDArray[np.bool_]:
    """Of each event, whether it lies in a stray stretch of days."""
    days, place, shown = np.unique(day, return_inverse=True, return_counts=True)
    stretch = np.concatenate(([0], np.cumsum(np.diff(days) > _LONGEST_GAP_DAYS)))
    size = np.bincount(stretch, weights=shown)
    stray = (size < _STRAY_SHARE * len(day)) & (np.arange(len(size)) != size.argmax())
    return np.asarray(stray[stretch][place])


def _ended_s(events: _Sorted, counts: NDArray[np.bool_]) -> float:
    """Time of the last event.

    One click from a clock that runs ahead must not close every attribution window: an outcome that
    no trial is credited with tells that the log went on only where it is near the others.
    """
    if not len(events.at_s):
        return 0.0
    return float(events.at_s[counts | ~_is_stray(events.day)].max())


def rows_of(table: EventLog | Trials, kept: NDArray[np.bool_]) -> dict[str, Any]:
    """The columns of a table, of the rows that are kept."""
    columns = {field.name: getattr(table, field.name) for field in fields(table)}
    return {name: col[kept] for name, col in columns.items() if isinstance(col, np.ndarray)}


def local_days(at_s: Floats, zone: ZoneInfo) -> Ints:
    """The day of each time in a zone, counted from 1970-01-01."""
    quarters, place = np.unique(np.floor(at_s / _QUARTER_S), return_inverse=True)
    days = [
        (datetime.fromtimestamp(quarter * _QUARTER_S, tz=zone).date() - _EPOCH).days
        for quarter in quarters
    ]
    return np.array(days, dtype=np.int64)[place]


def day_name(day: int) -> str:
    """The date of a day, such as 2026-03-01."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def day_bounds_s(day: int, zone: ZoneInfo) -> tuple[float, float]:
    """When a local day begins and ends, seconds since 1970."""
    begin, end = (
        datetime.combine(_EPOCH + timedelta(days=at), datetime.min.time(), tzinfo=zone)
        for at in (day, day + 1)
    )
    return begin.astimezone(UTC).timestamp(), end.astimezone(UTC).timestamp()
