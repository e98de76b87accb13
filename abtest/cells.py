"""The counts of one (segment, variant, period), which refuse what no test can have produced."""

from __future__ import annotations

import math
from dataclasses import dataclass

from abtest.errors import InvalidCounts

SQUARES_TOLERANCE = 1e-6
"""Relative: money is kept in millionths."""

LARGEST = 10**18
"""Of impressions and of money: more than anything has, and far from where floats lose count."""

CellKey = tuple[str, str, str]
"""(segment, variant, period)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Counts of one (segment, variant, period).

    Parameters
    ----------
        impressions : exposed units, 0 to 1e18
        clicks      : exposed units that clicked, at most `impressions`
        conversions : exposed units that bought, at most `impressions`
        value       : money from conversions, in the merchant's unit, -1e18 to 1e18
        value_squares : sum over the units that bought of the square of each one's money; None where
                      nobody kept it
        matured     : what the impressions are worth to conversions, some of which are still to come
                      (see `abtest.cohorts`), at most `impressions`, and more than 0 where there
                      are conversions; None where all have come
    Raises            InvalidCounts
    """

    impressions: int
    clicks: int = 0
    conversions: int = 0
    value: float = 0.0
    value_squares: float | None = None
    matured: float | None = None

    def __post_init__(self) -> None:
        for name in ("impressions", "clicks", "conversions"):
            number = getattr(self, name)
            if type(number) is not int:
                raise InvalidCounts(name, f"{number!r} is not a whole number")
            if number < 0:
                raise InvalidCounts(name, f"{number} is negative")
        if self.impressions > LARGEST:
            raise InvalidCounts("impressions", f"more than {LARGEST:.0e}")
        for name in ("clicks", "conversions"):
            if getattr(self, name) > self.impressions:
                why = f"{getattr(self, name)} of only {self.impressions} impressions"
                raise InvalidCounts(name, why)
        if not abs(self.value) <= LARGEST:
            raise InvalidCounts("value", f"{self.value} is not between -1e18 and 1e18")
        self._check_optional()

    def _check_optional(self) -> None:
        if self.matured is not None and not 0.0 <= self.matured <= self.impressions:
            why = f"{self.matured} is not between 0 and {self.impressions} impressions"
            raise InvalidCounts("matured", why)
        if self.matured == 0.0 and self.conversions:
            why = f"{self.conversions} conversions of impressions that can have none yet"
            raise InvalidCounts("matured", why)
        squares = self.value_squares
        if squares is None:
            return
        # Cauchy and Schwarz: the squares are least where every order is the same.
        least = self.value**2 / max(self.conversions, 1)
        if not (math.isfinite(squares) and squares >= least * (1.0 - SQUARES_TOLERANCE)):
            why = f"{squares} is less than {self.conversions} orders of {self.value} can give"
            raise InvalidCounts("value_squares", why)

    @property
    def trials(self) -> float:
        """What the impressions are worth to conversions."""
        return self.impressions if self.matured is None else self.matured

    def __add__(self, other: Cell) -> Cell:
        return Cell(
            impressions=self.impressions + other.impressions,
            clicks=self.clicks + other.clicks,
            conversions=self.conversions + other.conversions,
            value=self.value + other.value,
            value_squares=_added_squares(self, other),
            matured=(
                None
                if self.matured is None and other.matured is None
                else self.trials + other.trials
            ),
        )


def _added_squares(one: Cell, other: Cell) -> float | None:
    """The squares of both; of a cell without a conversion there is nothing to know."""
    if one.value_squares is None:
        return None if one.conversions else other.value_squares
    if other.value_squares is None:
        return None if other.conversions else one.value_squares
    return one.value_squares + other.value_squares


EMPTY = Cell(impressions=0)
