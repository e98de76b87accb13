"""The share of conversions that have come by an age: a Weibull or a log-normal distribution.

How it is fitted, and when that is refused, says `abtest.delay_fit`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, assert_never

import numpy as np
from scipy import special

from abtest.quadrature import Floats

Family = Literal["weibull", "lognormal"]

NODES, WEIGHTS = (0.5 * (part + shift) for part, shift in zip(
    np.polynomial.legendre.leggauss(6), (1.0, 0.0), strict=True))  # fmt: skip
"""Quadrature over the ages of a cohort, range [0, 1]."""

SMALLEST_SHARE: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayCurve:
    """G(age): the share of conversions that have come when an exposure is so old.

    Parameters
    ----------
        family         : of the delays
        log_scale      : location of log delay (delays in days)
        log_shape      : logarithm of the reciprocal scale of log delay
        window_days    : conversions later than this do not count; None for no such limit
        conversions    : that the fit rests on
        converting     : share of exposures that ever converts
        relative_error : standard error of all effective trials together, relative
    """

    family: Family
    log_scale: float
    log_shape: float
    window_days: float | None
    conversions: int
    converting: float
    relative_error: float

    def share_by(self, age_days: Floats | float) -> Floats:
        """G at ages in days, range [0, 1]; 1 from the window on."""
        found = cdf(self.family, self._z(np.asarray(age_days, dtype=np.float64)))
        return np.asarray(found / self._seen_in_all, dtype=np.float64)

    def mean_share(self, age_days: float, span_days: float) -> float:
        """G averaged over exposures spread evenly between two ages, range (0, 1]."""
        share = float(WEIGHTS @ self.share_by(age_days + span_days * NODES))
        # A conversion that came sooner than any before it must not come from nothing.
        return min(max(share, SMALLEST_SHARE), 1.0)

    @property
    def median_days(self) -> float:
        """The delay by which half of the conversions have come."""
        half = 0.5 * self._seen_in_all
        match self.family:
            case "weibull":
                z = math.log(-math.log1p(-half))
            case "lognormal":
                z = float(special.ndtri(half))
            case _:
                assert_never(self.family)
        return math.exp(self.log_scale + z * math.exp(-self.log_shape))

    @property
    def _seen_in_all(self) -> float:
        if self.window_days is None:
            return 1.0
        return float(cdf(self.family, self._z(np.asarray(self.window_days))))

    def _z(self, age_days: Floats) -> Floats:
        window = math.inf if self.window_days is None else self.window_days
        return standardised(np.minimum(age_days, window), self.log_scale, self.log_shape)


def standardised(days: Floats, log_scale: float, log_shape: float) -> Floats:
    """Log delay less its location, in units of its scale."""
    logs = np.log(np.maximum(days, 1e-300)) - log_scale
    return np.asarray(np.clip(logs * math.exp(log_shape), -700.0, 700.0), dtype=np.float64)


def cdf(family: Family, z: Floats) -> Floats:
    """Distribution of standardised log delay."""
    match family:
        case "weibull":
            return np.asarray(-np.expm1(-np.exp(z)), dtype=np.float64)
        case "lognormal":
            return np.asarray(special.ndtr(z), dtype=np.float64)
        case _:
            assert_never(family)


def log_density(family: Family, z: Floats) -> Floats:
    """Logarithm of the density of standardised log delay."""
    match family:
        case "weibull":
            return np.asarray(z - np.exp(z), dtype=np.float64)
        case "lognormal":
            return np.asarray(-0.5 * z * z - 0.5 * math.log(2.0 * math.pi), dtype=np.float64)
        case _:
            assert_never(family)
