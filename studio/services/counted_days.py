"""What a test counted day by day, and which days may be analysed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from studio.db.records import CountRecord, TestRecord
from studio.services.experiment_options import TestOptions
from studio.services.rules import rule_of

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedDay:
    """The trials that began on a day of the test's time zone.

    Parameters
    ----------
        date   : of the day
        counts : by segment, variant and period
        closed : whether the attribution window of all of them is over; those of other days are
                 not analysed, or not in full: the youngest would look as if nobody had bought
    """

    date: date
    counts: tuple[CountRecord, ...]
    closed: bool

    @property
    def number(self) -> int:
        """The day, counted from 1970-01-01."""
        return (self.date - _EPOCH).days

    @property
    def impressions(self) -> int:
        """Trials of all variants."""
        return sum(count.impressions for count in self.counts)


def counted_days(
    counts: Mapping[int, Sequence[CountRecord]],
    test: TestRecord,
    options: TestOptions,
    *,
    now_s: float,
) -> tuple[CountedDay, ...]:
    """The days of a test, by day counted from 1970-01-01.

    Without an attribution window all are closed: what comes later is added when it comes.
    """
    rule = rule_of(test, options)
    last = None if options.attribution_days is None else rule.day_of(now_s - rule.window_s) - 1
    return tuple(
        CountedDay(
            date=_EPOCH + timedelta(days=day),
            counts=tuple(of_day),
            closed=last is None or day <= last,
        )
        for day, of_day in counts.items()
    )
