"""Two arms compared stratum by stratum, given the clicks of both: what no drift can fool.

In stratum s the arm was shown n1 times and the base n0 times. Given that C clicks fell on the two
together, the arm's clicks are, for small rates,

    c1 ~ Binomial(C, q),    q = n1 e^theta / (n1 e^theta + n0),    theta = log of the rate ratio,

whatever the day, the season or the segment did to both. Rates of some per cent make the spread a
little smaller than this, so that tests err on the careful side.

References
----------
    Breslow and Day 1987, "Statistical Methods in Cancer Research II", section 3.6
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.quadrature import Floats

Mask = NDArray[np.bool_]

_ROUNDS = 25
_FARTHEST = 5.0
"""Log ratios beyond a factor of 150 are cut off: such strata say no more than "all or none"."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """Strata of two arms, each array (strata,).

    Parameters
    ----------
        arm_shown, base_shown   : impressions
        arm_clicks, base_clicks : successes
    """

    arm_shown: Floats
    arm_clicks: Floats
    base_shown: Floats
    base_clicks: Floats

    @property
    def informative(self) -> Mask:
        """Which strata compare anything: both arms shown, and at least one click."""
        both = (self.arm_shown > 0) & (self.base_shown > 0)
        return np.asarray(both & (self.arm_clicks + self.base_clicks > 0), dtype=np.bool_)

    @property
    def offset(self) -> Floats:
        """log(n1 / n0), 0 where the stratum compares nothing."""
        both = (self.arm_shown > 0) & (self.base_shown > 0)
        shown, base = np.where(both, self.arm_shown, 1.0), np.where(both, self.base_shown, 1.0)
        return np.asarray(np.log(shown / base), dtype=np.float64)

    def where(self, use: Mask) -> Pairs:
        """Some of the strata."""
        return Pairs(
            arm_shown=self.arm_shown[use],
            arm_clicks=self.arm_clicks[use],
            base_shown=self.base_shown[use],
            base_clicks=self.base_clicks[use],
        )

    def log_likelihood(self, theta: Floats) -> Floats:
        """Log likelihood of each stratum at each log ratio, without constants.

        Returns
        -------
            float64 (strata, ratios); 0 for strata that compare nothing
        """
        logit = self.offset[:, None] + theta[None, :]
        logs = self.arm_clicks[:, None] * special.log_expit(logit)
        logs += self.base_clicks[:, None] * special.log_expit(-logit)
        return np.asarray(np.where(self.informative[:, None], logs, 0.0), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Log ratio = level + slope x: the level at x = 0, the slope and its standard error."""

    level: float
    slope: float
    error: float

    @property
    def z(self) -> float:
        """Slope in standard errors."""
        return self.slope / self.error


def log_ratio(pairs: Pairs) -> tuple[float, float]:
    """The common log ratio and its standard error; (0, inf) where nothing compares.

    Half a click is added to either side, so that an arm without one has a finite ratio.
    """
    use = pairs.informative
    if not use.any():
        return 0.0, float("inf")
    offset, clicks = pairs.offset[use], pairs.arm_clicks[use]
    total = clicks + pairs.base_clicks[use]
    theta, wanted = 0.0, float(clicks.sum()) + 0.5
    for _ in range(_ROUNDS):
        q = special.expit(offset + theta)
        # The half clicks follow the average split, as a Jeffreys prior on a binomial share does.
        scale = 1.0 + 1.0 / total.sum()
        information = scale * float(total @ (q * (1.0 - q)))
        step = (wanted - scale * float(total @ q)) / max(information, 1e-12)
        theta = min(max(theta + min(max(step, -1.0), 1.0), -_FARTHEST), _FARTHEST)
        if abs(step) < 1e-10:
            break
    return theta, float(1.0 / np.sqrt(max(information, 1e-12)))


def trend(pairs: Pairs, x: Floats) -> Trend | None:
    """How the log ratio moves with x, by logistic regression; None where the data cannot say."""
    use = pairs.informative
    offset, at = pairs.offset[use], x[use]
    clicks = pairs.arm_clicks[use]
    total = clicks + pairs.base_clicks[use]
    if len(np.unique(at)) < 3 or clicks.sum() < 10 or (total - clicks).sum() < 10:
        return None
    design = np.stack([np.ones_like(at), at - at.mean()], axis=1)
    found = np.zeros(2)
    for _ in range(_ROUNDS):
        q = special.expit(offset + design @ found)
        information = design.T @ (design * (total * q * (1.0 - q))[:, None])
        step = np.linalg.solve(information, design.T @ (clicks - total * q))
        found = np.clip(found + np.clip(step, -1.0, 1.0), -_FARTHEST, _FARTHEST)
        if np.abs(step).max() < 1e-10:
            break
    error = float(np.sqrt(np.linalg.inv(information)[1, 1]))
    return Trend(level=float(found[0] - found[1] * at.mean()), slope=float(found[1]), error=error)


def spread_of_ratios(pairs: Pairs, group: Floats) -> tuple[float, int]:
    """How differently groups of strata rate the arm: likelihood ratio chi-square and freedom.

    Parameters
    ----------
        group : (strata,), a number for each group
    """
    use = pairs.informative
    common, _ = log_ratio(pairs)
    chi_square, groups = 0.0, 0
    for one in np.unique(group[use]):
        part = pairs.where(use & (group == one))
        own, error = log_ratio(part)
        if not np.isfinite(error):
            continue
        both = part.log_likelihood(np.array([own, common])).sum(axis=0)
        chi_square += max(2.0 * float(both[0] - both[1]), 0.0)
        groups += 1
    return chi_square, max(groups - 1, 0)
