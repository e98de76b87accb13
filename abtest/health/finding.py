"""A finding about the soundness of a test's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["invalid", "warning", "info"]
"""`invalid`: no number of the test can be trusted. `warning`: look before acting. `info`: know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFinding:
    """Something about the numbers that their reader should know.

    Parameters
    ----------
        name     : stable identifier
        severity : see `Severity`
        value    : what was measured
        limit    : what it is held against
        text     : one sentence with both
    """

    name: str
    severity: Severity
    value: float
    limit: float
    text: str
