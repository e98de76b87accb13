"""A file of counts or events, read into what the engine analyses, and what was made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from abtest import (
    AbtestError,
    Cell,
    Counts,
    DelayCurve,
    DelayUnknown,
    Exposure,
    Observed,
    delay_corrected,
    exposures_by_age,
    fit_delay,
)
from abtest.cells import CellKey
from studio.cli.counting.count_table import counts_of_file
from studio.cli.counting.event_bots import Bots, without_bots
from studio.cli.counting.event_counts import calendar_of, cells_of, table_of
from studio.cli.counting.event_health import observed_of
from studio.cli.counting.event_log import EventLog, Wanted, read_events
from studio.cli.counting.event_reading import Account, Reading
from studio.cli.counting.event_trials import Trials, day_name, trials_of, without_strays
from studio.cli.counting.lines import content_of
from studio.services.errors import CountsInvalid
from studio.services.experiment_analysis import DAY_S

_EVENT_OPTIONS: Final = {
    "test": "--test",
    "item": "--item",
    "per": "--per",
    "zone": "--timezone",
    "attribution_days": "--attribution-days",
    "delay_corrected": "--delay-corrected",
    "keep_bots": "--keep-bots",
}
"""Fields of `Reading` that only events answer to, as the user names them."""


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
        _refuse_event_options(path, reading)
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
    except DelayUnknown as fault:
        why = f"{fault}; leave out --delay-corrected until there are"
        raise CountsInvalid(path=str(path), why=why) from fault
    except AbtestError as fault:
        raise CountsInvalid(path=str(path), why=str(fault)) from fault


def _refuse_event_options(path: Path, reading: Reading) -> None:
    """What counts cannot be asked for must not look as if it had been done."""
    usual = Reading(metric=reading.metric, now_s=reading.now_s)
    given = [
        option for name, option in _EVENT_OPTIONS.items()
        if getattr(reading, name) != getattr(usual, name)
    ]  # fmt: skip
    if given:
        why = f"holds counts; {', '.join(given)} need the events themselves"
        raise CountsInvalid(path=str(path), why=why)


def _of_events(path: Path, log: EventLog, reading: Reading) -> Counted:
    log, bots = (log, Bots()) if reading.keep_bots else without_bots(log)
    log, strays = without_strays(log, reading.zone)
    window_s = reading.window_days * DAY_S
    every = trials_of(log, per=reading.per, zone=reading.zone, window_s=window_s)
    counted = _compared(path, every, reading, bots)
    table = table_of(counted, log.variants, log.segments)
    calendar = calendar_of(
        counted,
        table,
        zone=reading.zone,
        split=reading.split,
        partial=log.dropped.get("unknown_variant", 0) > 0,
    )
    cells, curve = cells_of(counted, table), None
    if reading.delay_corrected:
        cells, curve = _corrected(_exposures(log, counted), reading, now_s=every.ended_s)
    counts = Counts(
        variants=log.variants, periods=calendar.periods, cells=cells, segments=table.segments
    )
    by_day = every if reading.per == "unit-day" else trials_of(
        log, per="unit-day", zone=reading.zone, window_s=window_s
    )  # fmt: skip
    account = Account(
        log=log, reading=reading, bots=bots, strays=strays, every=every, counted=counted,
        curve=curve, notes=calendar.notes,
    )  # fmt: skip
    return Counted(
        counts=counts,
        dropped=frozenset(calendar.dropped),
        observed=observed_of(log, by_day, metric=reading.metric),
        facts=account.facts(),
        remarks=account.remarks(),
    )


def _compared(path: Path, every: Trials, reading: Reading, bots: Bots) -> Trials:
    """The trials whose outcome is known well enough to be compared.

    Raises
    ------
    CountsInvalid : there is none
    """
    if not len(every.unit):
        left = f" of a person ({bots.units:,} units are bots; --keep-bots keeps them)"
        why = f"holds no impression{left if bots.units else ''}; "
        why += "clicks and conversions alone cannot be compared"
        raise CountsInvalid(path=str(path), why=why)
    window_s = reading.window_days * DAY_S
    whole = reading.delay_corrected or math.isinf(window_s)
    counted = every if whole else every.begun_until(every.ended_s - window_s)
    if not len(counted.unit):
        why = (
            f"no attribution window of {reading.window_days:g} days has closed by the last event; "
            "choose a shorter --attribution-days, or --delay-corrected"
        )
        raise CountsInvalid(path=str(path), why=why)
    # Whoever bought without a click is no part of it, neither of the clicks nor of the buyers.
    return counted.of_clicks() if reading.metric == "conversion_per_click" else counted


def _corrected(
    exposures: Sequence[Exposure], reading: Reading, *, now_s: float
) -> tuple[dict[CellKey, Cell], DelayCurve]:
    """Counts for which conversions that are still to come are made up for, and how late they come.

    Raises
    ------
    DelayUnknown
    """
    cohorts = exposures_by_age(exposures, now_s=now_s)
    window = None if math.isinf(reading.window_days) else reading.window_days
    curve = fit_delay(cohorts, window_days=window)
    return dict(delay_corrected(cohorts, curve).cells), curve


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
