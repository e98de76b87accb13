"""From what a unit did to what counts: the counting rule, as a pure function.

A **unit-period** is the trial of the statistics: a unit that saw an image in a period counts one
impression there, however often it saw it, and at most one click and one conversion. So clicks never
exceed impressions, refreshing a page makes no evidence, and the trials of a period are as
independent as its shoppers. (A shopper who returns on another day is another trial; the few who
return often, and always or never click, make the intervals slightly too narrow.)

A click or conversion is credited to the latest period, up to its own, in which the unit had seen
that variant: a click just after midnight belongs to the evening's impression. Without any such
impression it waits, and counts as soon as the impression comes. All of this depends on the set of
events alone, never on their order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What one unit did with one variant in one period."""

    exposed: bool = False
    clicked: bool = False
    converted: bool = False
    value_micros: int = 0

    def __or__(self, other: Marks) -> Marks:
        return Marks(
            exposed=self.exposed or other.exposed,
            clicked=self.clicked or other.clicked,
            converted=self.converted or other.converted,
            value_micros=self.value_micros + other.value_micros,
        )


NOTHING = Marks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A contribution to the counts of a cell, or a change of one.

    `value_squares` sums the square of each unit's money, in millionths squared.
    """

    impressions: int = 0
    clicks: int = 0
    conversions: int = 0
    value_micros: int = 0
    value_squares: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            impressions=self.impressions + other.impressions,
            clicks=self.clicks + other.clicks,
            conversions=self.conversions + other.conversions,
            value_micros=self.value_micros + other.value_micros,
            value_squares=self.value_squares + other.value_squares,
        )

    def __neg__(self) -> Tally:
        return Tally(
            impressions=-self.impressions,
            clicks=-self.clicks,
            conversions=-self.conversions,
            value_micros=-self.value_micros,
            value_squares=-self.value_squares,
        )


ZERO = Tally()


def tallies(history: Mapping[int, Marks]) -> dict[int, Tally]:
    """What one unit contributes, by period.

    Parameters
    ----------
        history : period to what the unit did with one variant in it

    Examples
    --------
    >>> night = tallies({1: Marks(exposed=True), 2: Marks(clicked=True)})
    >>> night[1].impressions, night[1].clicks, 2 in night
    (1, 1, False)
    """
    credited: dict[int, Tally] = {}
    seen: int | None = None
    for period in sorted(history):
        marks = history[period]
        if marks.exposed:
            seen = period
            credited[period] = Tally(impressions=1)
        if seen is None or not (marks.clicked or marks.converted or marks.value_micros):
            continue
        so_far = credited[seen]
        value = so_far.value_micros + marks.value_micros
        credited[seen] = Tally(
            impressions=1,
            clicks=max(so_far.clicks, int(marks.clicked)),
            conversions=max(so_far.conversions, int(marks.converted)),
            value_micros=value,
            # All that a unit bought is one order: what varies is what a shopper spends.
            value_squares=value * value,
        )
    return credited
