"""Conversions that come late: exposures grouped by age, and what may be counted of them.

A unit that was shown an image an hour ago has had an hour to buy, one of last week a week. Counted
as they are, the youngest exposures look as if nobody bought, and an arm that got more traffic of
late looks worse. Two ways out:

- `closed_window`, the safe one: an exposure counts once its attribution window has closed, and a
  conversion if it came within the window. Nothing is assumed; the latest days are not used.
- `delay_corrected`: every exposure counts, but only as much as the share G(age) of its conversions
  that has come by now, n G(age) trials, with G fitted by `abtest.delay`. Conversions of exposures
  of one age are Poisson(n p G(age)), so that rates stay unbiased.

Times are in days; a delay is a fraction of a day, not rounded.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from abtest.cells import EMPTY, Cell, CellKey
from abtest.delay import DelayCurve
from abtest.errors import InvalidCounts, InvalidOptions

DAY_S = 86_400.0
HOUR_S = 3_600.0
_SLACK_DAYS = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One unit that was shown one variant, in one segment and period.

    Parameters
    ----------
        exposed_s   : when it was first shown, in seconds
        clicked     : whether it clicked
        converted_s : when it first bought; None if it has not
        value       : money of all that it bought
    Raises            InvalidCounts: bought before it was shown, or money without a conversion
    """

    segment: str
    variant: str
    period: str
    exposed_s: float
    clicked: bool = False
    converted_s: float | None = None
    value: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.exposed_s) and math.isfinite(self.value)):
            raise InvalidCounts("exposure", "a time or a value is not a finite number")
        if self.converted_s is None:
            if self.value:
                raise InvalidCounts("exposure", f"a value of {self.value} without a conversion")
        elif not self.exposed_s <= self.converted_s < math.inf:
            raise InvalidCounts("exposure", "the conversion comes before the exposure")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Exposures of one (segment, variant, period) that are of about the same age.

    Parameters
    ----------
        age_days    : of its youngest exposure, 0 or more
        span_days   : by how much its oldest may be older, 0 or more
        impressions : exposed units
        clicks      : of them that clicked
        delays_days : from exposure to conversion, one for each unit that bought
        values      : their money, in the same order; empty where none was kept
    Raises            InvalidCounts
    """

    segment: str
    variant: str
    period: str
    age_days: float
    span_days: float = 0.0
    impressions: int
    clicks: int = 0
    delays_days: tuple[float, ...] = ()
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("age_days", "span_days"):
            if not 0.0 <= getattr(self, name) < math.inf:
                raise InvalidCounts(name, f"{getattr(self, name)} is not a number of 0 or more")
        Cell(impressions=self.impressions, clicks=self.clicks, conversions=len(self.delays_days))
        oldest = self.age_days + self.span_days + _SLACK_DAYS
        if not all(0.0 <= delay <= oldest for delay in self.delays_days):
            raise InvalidCounts("delays_days", f"a conversion came before 0 or after {oldest} days")
        if self.values and len(self.values) != len(self.delays_days):
            why = f"{len(self.values)} values of {len(self.delays_days)} conversions"
            raise InvalidCounts("values", why)

    @property
    def delay_counts(self) -> tuple[int, ...]:
        """How many conversions had each of the delays."""
        return (1,) * len(self.delays_days)

    @property
    def key(self) -> CellKey:
        """The cell that it belongs to."""
        return (self.segment, self.variant, self.period)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windowed:
    """What may be counted by now.

    Parameters
    ----------
        cells            : by (segment, variant, period)
        open_impressions : exposures left out because their window has not closed
        left_out         : conversions left out, with them or because they came after the window
    """

    cells: Mapping[CellKey, Cell]
    open_impressions: int = 0
    left_out: int = 0


@dataclass(slots=True)
class _Growing:
    """A cohort while exposures are read."""

    impressions: int = 0
    clicks: int = 0
    delays: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


def exposures_by_age(
    exposures: Iterable[Exposure], *, now_s: float, bin_s: float = HOUR_S
) -> tuple[Cohort, ...]:
    """Group exposures, read one by one; of each only counts and delays are kept.

    Parameters
    ----------
        now_s : the moment up to which conversions were recorded; later exposures are left out, and
                a conversion after it is not known yet
        bin_s : length of time that shares a cohort; short against the delays
    Raises      InvalidOptions: a length of 0 or less

    Examples
    --------
    >>> seen = Exposure(segment="everyone", variant="oak", period="1", exposed_s=0, converted_s=900)
    >>> exposures_by_age([seen, seen], now_s=86_400.0)[0].impressions
    2
    """
    if not 0.0 < bin_s < math.inf:
        raise InvalidOptions("bin_s", bin_s, "a number above 0")
    growing: dict[tuple[CellKey, int], _Growing] = {}
    for exposure in exposures:
        if exposure.exposed_s > now_s:
            continue
        key = (exposure.segment, exposure.variant, exposure.period)
        # Bins are counted back from now, so that a closed window is closed for a whole bin.
        cohort = growing.setdefault((key, int((now_s - exposure.exposed_s) // bin_s)), _Growing())
        _take(cohort, exposure, now_s)
    return tuple(
        Cohort(
            segment=segment,
            variant=variant,
            period=period,
            age_days=number * bin_s / DAY_S,
            span_days=bin_s / DAY_S,
            impressions=cohort.impressions,
            clicks=cohort.clicks,
            delays_days=tuple(cohort.delays),
            values=tuple(cohort.values),
        )
        for ((segment, variant, period), number), cohort in growing.items()
    )


def _take(cohort: _Growing, exposure: Exposure, now_s: float) -> None:
    cohort.impressions += 1
    cohort.clicks += exposure.clicked
    if exposure.converted_s is not None and exposure.converted_s <= now_s:
        cohort.delays.append((exposure.converted_s - exposure.exposed_s) / DAY_S)
        cohort.values.append(exposure.value)


def closed_window(cohorts: Iterable[Cohort], *, window_days: float) -> Windowed:
    """Count the exposures whose attribution window has closed.

    Raises
    ------
        InvalidOptions: a window of less than 0 days
    """
    if not 0.0 <= window_days < math.inf:
        raise InvalidOptions("window_days", window_days, "0 or more")
    cells: dict[CellKey, Cell] = {}
    opened, left_out = 0, 0
    for cohort in cohorts:
        if cohort.age_days < window_days:
            opened += cohort.impressions
            left_out += len(cohort.delays_days)
            continue
        cell = _cell(cohort, window_days=window_days)
        left_out += len(cohort.delays_days) - cell.conversions
        cells[cohort.key] = cells.get(cohort.key, EMPTY) + cell
    return Windowed(cells=cells, open_impressions=opened, left_out=left_out)


def delay_corrected(cohorts: Iterable[Cohort], curve: DelayCurve) -> Windowed:
    """Count every exposure for as much as its conversions have come in, n G(age) trials."""
    window = math.inf if curve.window_days is None else curve.window_days
    cells: dict[CellKey, Cell] = {}
    left_out = 0
    for cohort in cohorts:
        share = curve.mean_share(cohort.age_days, cohort.span_days)
        cell = _cell(cohort, window_days=window, matured=share * cohort.impressions)
        left_out += len(cohort.delays_days) - cell.conversions
        cells[cohort.key] = cells.get(cohort.key, EMPTY) + cell
    return Windowed(cells=cells, left_out=left_out)


def _cell(cohort: Cohort, *, window_days: float, matured: float | None = None) -> Cell:
    inside = [bool(delay <= window_days) for delay in cohort.delays_days]
    # Values are either kept for every conversion or for none.
    values = [value for value, counts in zip(cohort.values, inside, strict=False) if counts]
    return Cell(
        impressions=cohort.impressions,
        clicks=cohort.clicks,
        conversions=sum(inside),
        value=math.fsum(values),
        value_squares=math.fsum(value * value for value in values) if cohort.values else None,
        matured=matured,
    )
