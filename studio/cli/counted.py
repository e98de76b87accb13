"""A file of counts or events, read into what the engine analyses, and what was made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from abtest import (
    AbtestError,
    Counts,
    DelayCurve,
    Exposure,
    Metric,
    Observed,
    delay_corrected,
    exposures_by_age,
    fit_delay,
)
from studio.cli.counts import counts_of_file
from studio.cli.event_counts import calendar_of, cells_of, table_of
from studio.cli.event_health import observed_of
from studio.cli.event_log import EventLog, Wanted, read_events
from studio.cli.event_trials import Trials, TrialUnit, day_name, trials_of, without_strays
from studio.cli.lines import content_of
from studio.services.errors import CountsInvalid

_DAY_S: Final = 86_400.0
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Counted:
    """What a file holds.

    Parameters
    ----------
        counts   : for the engine
        dropped  : variants that took no part any more at the end
        observed : what raw events say beyond the counts, None for a file of counts
        facts    : what was read and left out, for programs
        remarks  : the same for a person, a sentence each
    """

    counts: Counts
    dropped: frozenset[str]
    observed: Observed | None
    facts: Mapping[str, object]
    remarks: tuple[str, ...]


def read_counted(path: Path, reading: Reading) -> Counted:
    """The counts of a file, whichever of the two kinds it is.

    Raises
    ------
    InputMissing, CountsInvalid, AbtestError
    """
    if content_of(path) == "counts":
        table = counts_of_file(path, variants=reading.names, split=reading.split)
        return Counted(
            counts=table.counts,
            dropped=frozenset(table.dropped),
            observed=None,
            facts={"content": "counts", "lines": table.lines, "notes": list(table.notes)},
            remarks=table.notes,
        )
    wanted = Wanted(
        variants=reading.names, test=reading.test, item=reading.item, now_s=reading.now_s
    )
    try:
        return _of_events(path, read_events(path, wanted), reading)
    except AbtestError as fault:
        raise CountsInvalid(path=str(path), why=str(fault)) from fault


def _of_events(path: Path, log: EventLog, reading: Reading) -> Counted:
    log, strays = without_strays(log, reading.zone)
    window_s = reading.window_days * _DAY_S
    every = trials_of(log, per=reading.per, zone=reading.zone, window_s=window_s)
    if not len(every.unit):
        why = "holds no impression; clicks and conversions alone cannot be compared"
        raise CountsInvalid(path=str(path), why=why)
    whole = reading.delay_corrected or math.isinf(window_s)
    counted = every if whole else every.begun_until(every.ended_s - window_s)
    if not len(counted.unit):
        why = (
            f"no attribution window of {reading.window_days:g} days has closed by the last event; "
            "choose a shorter --attribution-days, or --delay-corrected"
        )
        raise CountsInvalid(path=str(path), why=why)
    if reading.metric == "conversion_per_click":
        # Whoever bought without a click is no part of it, neither of the clicks nor of the buyers.
        counted = counted.of_clicks()
    table = table_of(counted, log.variants, log.segments)
    calendar = calendar_of(counted, table, zone=reading.zone, split=reading.split)
    cells, curve = cells_of(counted, table), None
    if reading.delay_corrected:
        cohorts = exposures_by_age(_exposures(log, counted), now_s=every.ended_s)
        window = None if math.isinf(reading.window_days) else reading.window_days
        curve = fit_delay(cohorts, window_days=window)
        cells = dict(delay_corrected(cohorts, curve).cells)
    counts = Counts(
        variants=log.variants, periods=calendar.periods, cells=cells, segments=table.segments
    )
    by_day = every if reading.per == "unit-day" else trials_of(
        log, per="unit-day", zone=reading.zone, window_s=window_s
    )  # fmt: skip
    account = _Account(
        log=log, reading=reading, strays=strays, every=every, counted=counted, curve=curve,
        notes=calendar.notes,
    )  # fmt: skip
    return Counted(
        counts=counts,
        dropped=frozenset(calendar.dropped),
        observed=observed_of(log, by_day, metric=reading.metric),
        facts=account.facts(),
        remarks=account.remarks(),
    )


def _exposures(log: EventLog, trials: Trials) -> Sequence[Exposure]:
    columns = zip(
        trials.segment.tolist(), trials.variant.tolist(), trials.day.tolist(),
        trials.at_s.tolist(), trials.clicked.tolist(), trials.converted_s.tolist(),
        trials.value.tolist(), strict=True,
    )  # fmt: skip
    return [
        Exposure(
            segment=log.segments[segment],
            variant=log.variants[variant],
            period=day_name(day),
            exposed_s=at_s,
            clicked=clicked,
            converted_s=None if math.isnan(converted_s) else converted_s,
            value=value,
        )
        for segment, variant, day, at_s, clicked, converted_s, value in columns
    ]


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
    "stray_day": "impressions on days far from all others, so from clocks that are off",
    "before_exposure": "outcomes before their impression",
    "without_exposure": "outcomes without any impression of their unit and variant",
    "after_window": "outcomes after the attribution window",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Account:
    """What was read of a file of events, and what was left out and why."""

    log: EventLog
    reading: Reading
    strays: int
    every: Trials
    counted: Trials
    curve: DelayCurve | None
    notes: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        reading = self.reading
        return {
            "content": "events",
            "read": self.log.read,
            "trial": reading.per,
            "trials": len(self.counted.unit),
            "timezone": str(reading.zone),
            "left_out": self._left_out(),
            "malformed_lines": [asdict(fault) for fault in self.log.faults],
            "attribution_days": _finite(reading.window_days),
            "window_open": self._open,
            "delay": None if self.curve is None else _delay_facts(self.curve),
            "notes": list(self.notes),
        }

    def remarks(self) -> tuple[str, ...]:
        said = [
            f"{self.log.read:,} events read; {len(self.counted.unit):,} impressions count: "
            f"{_TRIAL_WORDS[self.reading.per]}. Days are those of {self.reading.zone}."
        ]
        left = self._left_out()
        if left:
            parts = ", ".join(f"{count:,} {_DROP_WORDS[why]}" for why, count in left.items())
            said.append(f"Left out: {parts}.")
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
