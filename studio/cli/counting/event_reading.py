"""How a file is read, and what is said of it afterwards."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

from abtest import DelayCurve, Metric
from studio.cli.counting.event_bots import Bots
from studio.cli.counting.event_log import EventLog
from studio.cli.counting.event_trials import Trials, TrialUnit

_MANY_BOTS: Final = 0.5
"""Of all events: rather than by bots, the log may be of units that are no persons."""
_WINDOW_DAYS: Final = 7.0
"""Default attribution window of metrics that count conversions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read; all but the first four concern events alone.

    Parameters
    ----------
        metric           : what will be compared
        variants         : names in the merchant's order; empty to take all that occur
        split            : share of traffic that each was meant to get; None where none was told
        now_s            : time of the reading
        test, item       : which events, where the file has those of several
        per              : what counts as one impression
        zone             : whose midnight parts the days
        attribution_days : within which an outcome must come; None for the metric's default
        delay_corrected  : whether young exposures count for a part rather than not at all
        keep_bots        : whether units count that do what no person does
    """

    metric: Metric
    variants: tuple[str, ...] = ()
    split: Mapping[str, float] | None = None
    now_s: float
    test: str | None = None
    item: str | None = None
    per: TrialUnit = "unit-day"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    attribution_days: float | None = None
    delay_corrected: bool = False
    keep_bots: bool = False

    @property
    def window_days(self) -> float:
        """The attribution window, infinite for none."""
        if self.attribution_days is not None:
            return self.attribution_days
        return math.inf if self.metric == "click_rate" else _WINDOW_DAYS

    @property
    def names(self) -> tuple[str, ...]:
        """The variants that are told, by name or by share."""
        return self.variants or tuple(self.split or ())


_TRIAL_WORDS: Final[dict[TrialUnit, str]] = {
    "unit-day": "a shopper who saw an image on a day counts once",
    "unit": "a shopper who saw an image counts once, on the first day",
    "impression": "every impression counts, so that shoppers who return weigh more",
}
_DROP_WORDS: Final = {
    "malformed": "malformed",
    "duplicate": "sent before (same id)",
    "unknown_variant": "of a variant that is not in the test",
    "other_test": "of another test",
    "other_item": "of another item",
    "future": "from the future, by more than five minutes",
    "bots": "of bots, by what they did or called themselves",
    "stray_day": "impressions on days far from all others, so from clocks that are off",
    "before_exposure": "outcomes before their impression",
    "without_exposure": "outcomes without any impression of their unit and variant",
    "after_window": "outcomes after the attribution window",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Account:
    """What was read of a file of events, and what was left out and why."""

    log: EventLog
    reading: Reading
    bots: Bots
    strays: int
    every: Trials
    counted: Trials
    curve: DelayCurve | None
    notes: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """For programs."""
        reading = self.reading
        return {
            "content": "events",
            "read": self.log.read,
            "trial": reading.per,
            "trials": len(self.counted.unit),
            "timezone": str(reading.zone),
            "left_out": self._left_out(),
            "bot_units": self.bots.units,
            "malformed_lines": [asdict(fault) for fault in self.log.faults],
            "attribution_days": _finite(reading.window_days),
            "window_open": self._open,
            "delay": None if self.curve is None else _delay_facts(self.curve),
            "notes": list(self.notes),
        }

    def remarks(self) -> tuple[str, ...]:
        """For a person, a sentence each."""
        said = [
            f"{self.log.read:,} events read; {len(self.counted.unit):,} impressions count: "
            f"{_TRIAL_WORDS[self.reading.per]}. Days are those of {self.reading.zone}."
        ]
        left = self._left_out()
        if left:
            parts = ", ".join(f"{count:,} {_DROP_WORDS[why]}" for why, count in left.items())
            said.append(f"Left out: {parts}.")
        if self.bots.units:
            said.append(
                f"{self.bots.units:,} units are bots by the rules that a server has; --keep-bots "
                "lets them count."
            )
        if self.bots.share > _MANY_BOTS:
            said.append(
                "They hold most of the events: where `unit` is no single shopper, keep them."
            )
        said += [f"line {fault.line}: {fault.why}" for fault in self.log.faults]
        more = left.get("malformed", 0) - len(self.log.faults)
        if more > 0:
            said.append(f"and {more:,} more malformed lines")
        if self._open:
            said.append(
                f"{self._open:,} impressions do not count yet: less than "
                f"{self.reading.window_days:g} days old, so that their outcomes are still to come."
            )
        if self.curve is not None:
            said.append(_delay_sentence(self.curve))
        return (*said, *self.notes)

    @property
    def _open(self) -> int:
        return len(self.every.unit) - len(self.counted.unit)

    def _left_out(self) -> dict[str, int]:
        found: dict[str, int] = {
            **{str(why): count for why, count in self.log.dropped.items()},
            "bots": self.bots.events,
            "stray_day": self.strays,
            "before_exposure": self.every.before,
            "without_exposure": self.every.without,
            "after_window": self.every.late,
        }
        return {why: found[why] for why in _DROP_WORDS if found.get(why)}


def _finite(days: float) -> float | None:
    return days if math.isfinite(days) else None


def _delay_facts(curve: DelayCurve) -> dict[str, object]:
    return {
        "family": curve.family,
        "median_days": curve.median_days,
        "conversions": curve.conversions,
        "relative_error": curve.relative_error,
    }


def _delay_sentence(curve: DelayCurve) -> str:
    return (
        f"Young impressions count for the share of their conversions that has come by now: half "
        f"come within {curve.median_days:.1f} days ({curve.conversions:,} conversions fitted, "
        f"standard error {curve.relative_error:.0%})."
    )
