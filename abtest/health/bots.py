"""Which units are no people: what a shopper cannot do with one test's images on one day.

The rules look at all that one unit did in one test on one UTC day, in whatever order it came, so
that the same events always give the same answer, today or when counts are rebuilt. Each limit lies
far beyond what a person does with one product: a mistake costs an honest shopper, a crawler that
stays below the limits costs next to nothing, because a unit counts once a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Final, Literal

from abtest.errors import InvalidOptions

HEAVY_IMPRESSIONS: Final = 100
"""More impressions of one item in a day than a person makes; a crawler makes thousands."""
HEAVY_CLICKS: Final = 20

MINUTE_S: Final = 60.0
HOUR_S: Final = 3600.0

BotReason = Literal[
    "crawler", "minute_rate", "hour_rate", "day_rate", "click_rate", "unseen_clicks", "day_clicks",
    "regular", "sleepless",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRules:
    """What a person does at most with the images of one test.

    Parameters
    ----------
        minute_impressions : within any 60 s: a feed that is scrolled up and down shows an item
                             again every few seconds, not every second
        hour_impressions   : within any hour
        day_impressions    : on a day
        day_clicks         : on a day
        click_share        : clicks an impression, where there are `click_share_of` of them
        unseen_clicks      : clicks of a day on which no image was seen
        regular_impressions: so many of one image, at gaps that differ by less than
                             `regular_spread` of themselves, are a machine's. People refresh, read,
                             and leave: the gaps between their visits differ by their own size
        awake_hours        : hours of a day with an event in each
    Raises        InvalidOptions
    """

    minute_impressions: int = 30
    hour_impressions: int = 60
    day_impressions: int = HEAVY_IMPRESSIONS
    day_clicks: int = HEAVY_CLICKS
    click_share: float = 0.9
    click_share_of: int = 15
    unseen_clicks: int = 10
    regular_impressions: int = 30
    regular_spread: float = 0.02
    awake_hours: int = 20

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise InvalidOptions(name, getattr(self, name), "limits are above 0")
        if self.awake_hours > 23:
            raise InvalidOptions("awake_hours", self.awake_hours, "a day has 24")

    @property
    def least_events(self) -> int:
        """Fewer events of a unit and day break no rule, but that of known crawlers."""
        return min(
            self.minute_impressions + 1, self.hour_impressions + 1, self.day_impressions + 1,
            self.day_clicks + 1, self.click_share_of, self.unseen_clicks + 1,
            self.regular_impressions, self.awake_hours + 1,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitActs:
    """What one unit did in one test on one UTC day, each event once.

    Parameters
    ----------
        seen_s    : variant to the times of its impressions, seconds since 1970, in any order
        clicked_s : times of clicks
        crawlers  : names of known crawlers that it called itself
    """

    seen_s: Mapping[str, Sequence[float]] = field(default_factory=dict)
    clicked_s: Sequence[float] = ()
    crawlers: frozenset[str] = frozenset()

    @property
    def impressions(self) -> int:
        """Of all variants."""
        return sum(map(len, self.seen_s.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSign:
    """A rule that was broken: what was found and what a person does at most."""

    reason: BotReason
    value: float
    limit: float
    text: str


def bot_signs(acts: UnitActs, rules: BotRules | None = None) -> tuple[BotSign, ...]:
    """The rules that a unit broke, none for a person.

    Examples
    --------
    >>> shopper = UnitActs(seen_s={"oak": [0.0, 40.0, 900.0]}, clicked_s=[42.0])
    >>> bot_signs(shopper)
    ()
    >>> crawler = UnitActs(seen_s={"oak": [float(second) for second in range(500)]})
    >>> [sign.reason for sign in bot_signs(crawler)]
    ['minute_rate', 'hour_rate', 'day_rate', 'regular']
    """
    limits = rules or BotRules()
    return (*_named(acts), *_rates(acts, limits), *_clicks(acts, limits), *_clockwork(acts, limits))


def _named(acts: UnitActs) -> Iterator[BotSign]:
    if acts.crawlers:
        names = ", ".join(sorted(acts.crawlers))
        yield BotSign(reason="crawler", value=1, limit=0, text=f"calls itself {names}")


def _rates(acts: UnitActs, rules: BotRules) -> Iterator[BotSign]:
    times = sorted(at_s for seen in acts.seen_s.values() for at_s in seen)
    spans: tuple[tuple[BotReason, int, int, str], ...] = (
        ("minute_rate", _busiest(times, MINUTE_S), rules.minute_impressions, "in a minute"),
        ("hour_rate", _busiest(times, HOUR_S), rules.hour_impressions, "in an hour"),
        ("day_rate", len(times), rules.day_impressions, "in a day"),
    )
    for reason, value, limit, when in spans:
        if value > limit:
            text = f"saw the item {value:,} times {when} (limit {limit})"
            yield BotSign(reason=reason, value=value, limit=limit, text=text)


def _busiest(times: Sequence[float], span_s: float) -> int:
    """Most of the sorted times that lie within any span, its end left out."""
    first = most = 0
    for place, at_s in enumerate(times):
        while at_s - times[first] >= span_s:
            first += 1
        most = max(most, place - first + 1)
    return most


def _clicks(acts: UnitActs, rules: BotRules) -> Iterator[BotSign]:
    clicks, seen = len(acts.clicked_s), acts.impressions
    if clicks > rules.day_clicks:
        limit = rules.day_clicks
        text = f"clicked {clicks:,} times in a day (limit {limit})"
        yield BotSign(reason="day_clicks", value=clicks, limit=limit, text=text)
    if seen >= rules.click_share_of and clicks >= rules.click_share * seen:
        text = f"clicked {clicks:,} times on {seen:,} impressions (limit {rules.click_share:.0%})"
        yield BotSign(reason="click_rate", value=clicks / seen, limit=rules.click_share, text=text)
    if not seen and clicks > rules.unseen_clicks:
        limit = rules.unseen_clicks
        text = f"clicked {clicks:,} times on a day without an impression (limit {limit})"
        yield BotSign(reason="unseen_clicks", value=clicks, limit=limit, text=text)


def _clockwork(acts: UnitActs, rules: BotRules) -> Iterator[BotSign]:
    for seen in acts.seen_s.values():
        spread = _gap_spread(seen)
        if len(seen) >= rules.regular_impressions and spread < rules.regular_spread:
            text = f"saw one image {len(seen):,} times, at gaps that differ by {spread:.1%}"
            yield BotSign(reason="regular", value=spread, limit=rules.regular_spread, text=text)
            break
    hours: defaultdict[int, int] = defaultdict(int)
    for at_s in (*acts.clicked_s, *(at_s for seen in acts.seen_s.values() for at_s in seen)):
        hours[int(at_s // HOUR_S)] += 1
    if len(hours) > rules.awake_hours:
        text = f"was there in {len(hours)} of the day's 24 hours (limit {rules.awake_hours})"
        yield BotSign(reason="sleepless", value=len(hours), limit=rules.awake_hours, text=text)


def _gap_spread(seen_s: Sequence[float]) -> float:
    """Median deviation of the gaps from their median, as a share of it; 1 where there are none.

    The median: a machine that was paused once is a machine still.
    """
    gaps = [later - earlier for earlier, later in pairwise(sorted(seen_s))]
    middle = median(gaps) if gaps else 0.0
    # Gaps of less than a second are one sighting that was sent in pieces; rates judge those.
    return median(abs(gap - middle) for gap in gaps) / middle if middle >= 1.0 else 1.0
