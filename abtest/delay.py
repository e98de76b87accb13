"""How late conversions come, fitted from those that have come.

Of the conversions of an exposure that is `a` days old, those have come whose delay is at most a:
young exposures show short delays only. So each delay t is taken given that it is one of those,

    likelihood = product over conversions of g(t) / mean of G over the ages of its cohort,

which holds whatever the conversion rates are, even if they differ by arm and drift by day, and
whoever never converts drops out of it. g is a Weibull or a log-normal distribution, whichever
is likelier; with an attribution window both are cut off there. The share that ever converts is then
conversions / sum of n G(age). Delays are taken as the same for all arms.

Refused where the answer would rest on the family's tail rather than on what was seen.

References
----------
    Kalbfleisch and Lawless 1989, "Inference based on retrospective ascertainment" (truncation)
    Chapelle 2014, "Modeling delayed feedback in display advertising"
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, assert_never

import numpy as np
from scipy import optimize, special

from abtest.errors import DelayUnknown, InvalidOptions
from abtest.quadrature import Floats

Family = Literal["weibull", "lognormal"]

LEAST_CONVERSIONS: Final = 30
LEAST_SHARE: Final = 0.8
"""Of conversions that must have come from the oldest exposures, by the fit's own word."""
MOST_ERROR: Final = 0.1
"""Largest relative standard error of the effective trials."""
_MOST_USED: Final = 20_000
"""Conversions that the fit looks at; evenly spaced ones where there are more."""
_LEAST_DELAY_DAYS: Final = 1.0 / 86_400.0
_SCALES: Final = (math.log(1e-5), math.log(1e4))
_SHAPES: Final = (math.log(0.1), math.log(10.0))
_STEP: Final = 1e-3
_NODES, _WEIGHTS = (0.5 * (part + shift) for part, shift in zip(
    np.polynomial.legendre.leggauss(6), (1.0, 0.0), strict=True))  # fmt: skip


class AgedConversions(Protocol):
    """What is read of a cohort, see `abtest.cohorts.Cohort`."""

    @property
    def age_days(self) -> float:
        """Age of the youngest exposure."""

    @property
    def span_days(self) -> float:
        """By how much the oldest may be older."""

    @property
    def impressions(self) -> int:
        """Exposed units."""

    @property
    def delays_days(self) -> Sequence[float]:
        """Delay of each conversion so far."""


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
        found = _cdf(self.family, self._z(np.asarray(age_days, dtype=np.float64)))
        return np.asarray(found / self._seen_in_all, dtype=np.float64)

    def mean_share(self, age_days: float, span_days: float) -> float:
        """G averaged over exposures spread evenly between two ages."""
        return float(_WEIGHTS @ self.share_by(age_days + span_days * _NODES))

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
        return float(_cdf(self.family, self._z(np.asarray(self.window_days))))

    def _z(self, age_days: Floats) -> Floats:
        window = math.inf if self.window_days is None else self.window_days
        return _standardised(np.minimum(age_days, window), self.log_scale, self.log_shape)


def fit_delay(
    cohorts: Iterable[AgedConversions], *, window_days: float | None = None
) -> DelayCurve:
    """Fit the delays of all cohorts together.

    Parameters
    ----------
        window_days : attribution window; later conversions are left out. None for no limit
    Raises
        InvalidOptions : a window of 0 days or less
        DelayUnknown   : fewer than 30 conversions, exposures too young to have shown most of
                         theirs, or a fit that leaves the effective trials open by more than 10%
    """
    if window_days is not None and not 0.0 < window_days < math.inf:
        raise InvalidOptions("window_days", window_days, "a number above 0")
    seen = _Seen.of(list(cohorts), math.inf if window_days is None else window_days)
    if len(seen.delays) < LEAST_CONVERSIONS:
        why = f"{len(seen.delays)} conversions with a delay, {LEAST_CONVERSIONS} needed"
        raise DelayUnknown(why)
    families: tuple[Family, ...] = ("weibull", "lognormal")
    fits = [(family, *seen.fitted(family)) for family in families]
    family, place, _ = max(fits, key=lambda fit: fit[2])
    draft = DelayCurve(
        family=family,
        log_scale=float(place[0]),
        log_shape=float(place[1]),
        window_days=window_days,
        conversions=len(seen.delays),
        converting=min(len(seen.delays) / max(seen.trials(family, place), 1e-300), 1.0),
        relative_error=seen.relative_error(family, place),
    )
    _check_known(draft, oldest_days=float((seen.age + seen.span).max()))
    return draft


def _check_known(curve: DelayCurve, *, oldest_days: float) -> None:
    share = float(curve.share_by(oldest_days))
    if share < LEAST_SHARE:
        why = (
            f"the oldest exposure is {oldest_days:.1f} days old, by when an estimated {share:.0%} "
            f"of conversions have come; {LEAST_SHARE:.0%} needed"
        )
        raise DelayUnknown(why)
    if not curve.relative_error <= MOST_ERROR:
        why = (
            f"{curve.conversions} conversions leave the effective trials open by "
            f"{curve.relative_error:.0%}, at most {MOST_ERROR:.0%} is usable"
        )
        raise DelayUnknown(why)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """Cohorts as arrays; `cohort` is the index of each delay's own."""

    age: Floats
    span: Floats
    impressions: Floats
    delays: Floats
    cohort: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    window: float

    @classmethod
    def of(cls, cohorts: Sequence[AgedConversions], window: float) -> _Seen:
        found = [
            (delay, number)
            for number, cohort in enumerate(cohorts)
            for delay in cohort.delays_days
            if delay <= window
        ]
        return cls(
            age=np.array([cohort.age_days for cohort in cohorts], dtype=np.float64),
            span=np.array([cohort.span_days for cohort in cohorts], dtype=np.float64),
            impressions=np.array([cohort.impressions for cohort in cohorts], dtype=np.float64),
            delays=np.array([delay for delay, _ in found], dtype=np.float64),
            cohort=np.array([number for _, number in found], dtype=np.intp),
            window=window,
        )

    def fitted(self, family: Family) -> tuple[Floats, float]:
        """Place and height of the largest likelihood."""
        start = np.clip(np.log(np.maximum(self.delays, _LEAST_DELAY_DAYS)).mean(), *_SCALES)
        found = optimize.minimize(
            lambda place: -self.log_likelihood(family, place),
            np.array([start, 0.0]), method="Nelder-Mead", bounds=(_SCALES, _SHAPES),
            options={"xatol": 1e-4, "fatol": 1e-6, "maxiter": 400},
        )  # fmt: skip
        return np.asarray(found.x, dtype=np.float64), -float(found.fun)

    def log_likelihood(self, family: Family, place: Floats) -> float:
        """Of each delay given that it had come, scaled up to all where only some are used."""
        every = slice(None, None, -(-len(self.delays) // _MOST_USED))
        delays, cohort = self.delays[every], self.cohort[every]
        z = _standardised(np.maximum(delays, _LEAST_DELAY_DAYS), *place)
        come = np.log(np.maximum(self._come(family, place), 1e-300))[cohort]
        each = float((_log_density(family, z) + place[1] - come).mean())
        return each * len(self.delays)

    def _come(self, family: Family, place: Floats) -> Floats:
        """Mean of the uncut distribution at the ages of each cohort, within the window."""
        ages = np.minimum(self.age[:, None] + self.span[:, None] * _NODES, self.window)
        return np.asarray(_cdf(family, _standardised(ages, *place)) @ _WEIGHTS, dtype=np.float64)

    def trials(self, family: Family, place: Floats) -> float:
        """Effective trials of all cohorts."""
        whole = 1.0
        if math.isfinite(self.window):
            whole = float(_cdf(family, _standardised(np.asarray(self.window), *place)))
        return float(self.impressions @ self._come(family, place)) / max(whole, 1e-300)

    def relative_error(self, family: Family, place: Floats) -> float:
        """Standard error of the logarithm of `trials` (delta method)."""
        steps = np.eye(2) * _STEP
        slope = np.array([
            math.log(self.trials(family, place + step) / self.trials(family, place - step))
            for step in steps
        ]) / (2.0 * _STEP)  # fmt: skip
        bend = np.array([[self._bend(family, place, one, other) for other in steps]
                         for one in steps])  # fmt: skip
        try:
            square = float(slope @ np.linalg.solve(-bend, slope))
        except np.linalg.LinAlgError:
            return math.inf
        return math.sqrt(square) if square >= 0.0 else math.inf

    def _bend(self, family: Family, place: Floats, one: Floats, other: Floats) -> float:
        """A second derivative of the log likelihood, by differences."""
        corners = (
            self.log_likelihood(family, place + a * one + b * other) * a * b
            for a in (1.0, -1.0)
            for b in (1.0, -1.0)
        )
        return math.fsum(corners) / (4.0 * _STEP**2)


def _standardised(days: Floats, log_scale: float, log_shape: float) -> Floats:
    logs = np.log(np.maximum(days, 1e-300)) - log_scale
    return np.asarray(np.clip(logs * math.exp(log_shape), -700.0, 700.0), dtype=np.float64)


def _cdf(family: Family, z: Floats) -> Floats:
    """Distribution of standardised log delay."""
    match family:
        case "weibull":
            return np.asarray(-np.expm1(-np.exp(z)), dtype=np.float64)
        case "lognormal":
            return np.asarray(special.ndtr(z), dtype=np.float64)
        case _:
            assert_never(family)


def _log_density(family: Family, z: Floats) -> Floats:
    match family:
        case "weibull":
            return np.asarray(z - np.exp(z), dtype=np.float64)
        case "lognormal":
            return np.asarray(-0.5 * z * z - 0.5 * math.log(2.0 * math.pi), dtype=np.float64)
        case _:
            assert_never(family)
