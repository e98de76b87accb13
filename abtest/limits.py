"""The limits of the gate, as the merchant sets them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from abtest.errors import InvalidOptions

LONGEST_DAYS: Final = 3_650
"""Ten years: no product is pictured for longer, and no merchant waits for it."""
_LEAST_SHARE: Final = 1e-9
"""One in 1e9: of a still smaller alpha the limits would be infinite, which no JSON can tell."""
_LEAST_TAU: Final = 0.001
_MOST_TAU: Final = 10.0
"""From a thousandth more clicks to 20,000 times as many."""
_MOST_COUNTED: Final = 1_000_000_000_000
"""More than any shop shows in that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """Limits of the gate.

    Parameters
    ----------
        max_relative_loss : largest expected loss of the leader, as a share of its own rate
        epsilon           : relative difference that the merchant does not care about
        alpha             : probability of promoting an arm that is worse than another by more, and
                            of promoting any where all are alike
        tau               : deviation of log rate ratios that the e-value is tuned for; between
                            images of one product it is 0.15 to 0.21 times root two
        min_days          : full days that a test runs at least, so that every weekday counts
        min_impressions   : of each arm
        min_clicks        : successes of the leader; below 50 the e-value's normal form is too rough
                            (a rival's few clicks only weaken it, see `abtest.evidence`)
        min_ratio_p       : traffic is broken at or below this p-value, corrected for the number of
                            periods
        rope_confidence   : probability at which "no difference worth having" is said
        max_days          : days that the merchant is ready to wait; how far ahead is looked
        min_chance        : of a winner worth having within those days, see `abtest.outlook`; below
                            it the test is futile and ends with no difference worth having; 0 never
    Raises                  InvalidOptions: days beyond `LONGEST_DAYS`, for one
    """

    max_relative_loss: float = 0.01
    epsilon: float = 0.05
    alpha: float = 0.05
    tau: float = 0.2
    min_days: float = 7.0
    min_impressions: int = 500
    min_clicks: int = 50
    min_ratio_p: float = 0.001
    rope_confidence: float = 0.95
    max_days: float = 60.0
    min_chance: float = 0.05

    def __post_init__(self) -> None:
        for name in ("max_relative_loss", "epsilon", "alpha", "min_ratio_p", "rope_confidence"):
            value = getattr(self, name)
            if not _LEAST_SHARE <= value < 1.0:
                why = f"a number between 0 and 1 is expected, and at least {_LEAST_SHARE:.9f}"
                raise InvalidOptions(name, value, why)
        for name, most in (
            ("min_days", LONGEST_DAYS),
            ("max_days", LONGEST_DAYS),
            ("min_impressions", _MOST_COUNTED),
            ("min_clicks", _MOST_COUNTED),
        ):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise InvalidOptions(name, value, f"a number from 0 to {most:,} is expected")
        if not 0.0 <= self.min_chance < 1.0:
            raise InvalidOptions("min_chance", self.min_chance, "0 or more, below 1")
        if not _LEAST_TAU <= self.tau <= _MOST_TAU:
            why = f"a number from {_LEAST_TAU:g} to {_MOST_TAU:g} is expected"
            raise InvalidOptions("tau", self.tau, why)


def e_limit(arms: int, options: GateOptions, *, groups: int = 1) -> float:
    """The e-value that a leader needs: (k - 1) / alpha, times the groups judged side by side.

    The best arm is no mistake, so that k - 1 arms share alpha.

    Examples
    --------
    >>> e_limit(3, GateOptions(alpha=0.05))
    40.0
    """
    return (arms - 1) * groups / options.alpha


def difference_limit(options: GateOptions, *, groups: int = 1) -> float:
    """The evidence for any difference that a promotion needs: groups / alpha."""
    return groups / options.alpha
