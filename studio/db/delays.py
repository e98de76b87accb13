"""How late conversions came: by day of the trial, in bins whose lengths grow with the delay.

A test keeps this only where it corrects for conversions that are still to come. A bin is a quarter
longer than the one before, so that a delay is known to within an eighth of itself: the spread of
real delays is ten times that, and ninety days fit into 54 rows a day and variant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, select

from studio.db.tables import CONVERSION_DELAY
from studio.db.upserts import conflict_insert

DelayKey = tuple[str, int, int]
"""(variant, day of the trial's first impression, bin of the delay)."""

_FIRST_S: Final = 60.0
"""All that comes within a minute is one bin, number 0."""
_GROWTH: Final = 1.25


def delay_bin(delay_s: float) -> int:
    """The bin of a delay.

    >>> [delay_bin(delay_s) for delay_s in (0.0, 59.9, 61.0, 3600.0, 86_400.0)]
    [0, 0, 1, 19, 33]
    """
    if delay_s < _FIRST_S:
        return 0
    return 1 + int(math.log(delay_s / _FIRST_S) / math.log(_GROWTH))


def bin_delay_s(number: int) -> float:
    """The geometric middle of a bin.

    >>> round(bin_delay_s(33) / 86_400, 2)
    0.98
    """
    return float(_FIRST_S * _GROWTH ** (number - 0.5))


def add_delays(connection: Connection, test_id: str, changes: Mapping[DelayKey, int]) -> None:
    """Move how late a test's conversions came; the caller counts alone."""
    rows = [
        {"test_id": test_id, "variant": variant, "day": day, "bin": number, "conversions": often}
        for (variant, day, number), often in sorted(changes.items())
        if often
    ]
    if not rows:
        return
    statement = conflict_insert(connection, CONVERSION_DELAY)
    moved = CONVERSION_DELAY.c.conversions + statement.excluded.conversions
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["test_id", "variant", "day", "bin"], set_={"conversions": moved}
        ),
        rows,
    )


def delays_of(connection: Connection, test_id: str) -> dict[DelayKey, int]:
    """How late a test's conversions came; bins that hold none are left out."""
    table = CONVERSION_DELAY.c
    statement = select(table.variant, table.day, table.bin, table.conversions).where(
        table.test_id == test_id, table.conversions != 0
    )
    return {
        (row.variant, row.day, row.bin): row.conversions for row in connection.execute(statement)
    }
