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
from typing import Final, Protocol

import numpy as np
from scipy import optimize

from abtest.delay import NODES, WEIGHTS, DelayCurve, Family, cdf, log_density, standardised
from abtest.errors import DelayUnknown, InvalidOptions
from abtest.quadrature import Floats

LEAST_CONVERSIONS: Final = 30
LEAST_SHARE: Final = 0.8
"""Of conversions that must have come from the oldest exposures, by the fit's own word."""
MOST_ERROR: Final = 0.1
"""Largest relative standard error of the effective trials."""
_MOST_USED: Final = 20_000
"""Different delays that the fit looks at; evenly spaced ones where there are more."""
_LEAST_DELAY_DAYS: Final = 1.0 / 86_400.0
_SCALES: Final = (math.log(1e-5), math.log(1e4))
_SHAPES: Final = (math.log(0.1), math.log(10.0))
_STEP: Final = 1e-3


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
        """Delays of the conversions so far."""

    @property
    def delay_counts(self) -> Sequence[int]:
        """How many conversions had each of these delays."""


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
    if seen.conversions < LEAST_CONVERSIONS:
        why = f"{seen.conversions} conversions with a delay, {LEAST_CONVERSIONS} needed"
        raise DelayUnknown(why)
    families: tuple[Family, ...] = ("weibull", "lognormal")
    fits = [(family, *seen.fitted(family)) for family in families]
    family, place, _ = max(fits, key=lambda fit: fit[2])
    draft = DelayCurve(
        family=family,
        log_scale=float(place[0]),
        log_shape=float(place[1]),
        window_days=window_days,
        conversions=seen.conversions,
        converting=min(seen.conversions / max(seen.trials(family, place), 1e-300), 1.0),
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
    """Cohorts as arrays; of each delay, how often it came and the index of its cohort."""

    age: Floats
    span: Floats
    impressions: Floats
    delays: Floats
    often: Floats
    cohort: np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    window: float

    @classmethod
    def of(cls, cohorts: Sequence[AgedConversions], window: float) -> _Seen:
        found = [
            (delay, often, number)
            for number, cohort in enumerate(cohorts)
            for delay, often in zip(cohort.delays_days, cohort.delay_counts, strict=True)
            if delay <= window and often
        ]
        return cls(
            age=np.array([cohort.age_days for cohort in cohorts], dtype=np.float64),
            span=np.array([cohort.span_days for cohort in cohorts], dtype=np.float64),
            impressions=np.array([cohort.impressions for cohort in cohorts], dtype=np.float64),
            delays=np.array([delay for delay, _, _ in found], dtype=np.float64),
            often=np.array([often for _, often, _ in found], dtype=np.float64),
            cohort=np.array([number for _, _, number in found], dtype=np.intp),
            window=window,
        )

    @property
    def conversions(self) -> int:
        """All of them, whichever their delay."""
        return int(self.often.sum())

    def fitted(self, family: Family) -> tuple[Floats, float]:
        """Place and height of the largest likelihood."""
        logs = np.log(np.maximum(self.delays, _LEAST_DELAY_DAYS))
        start = np.clip(np.average(logs, weights=self.often), *_SCALES)
        found = optimize.minimize(
            lambda place: -self.log_likelihood(family, place),
            np.array([start, 0.0]), method="Nelder-Mead", bounds=(_SCALES, _SHAPES),
            options={"xatol": 1e-4, "fatol": 1e-6, "maxiter": 400},
        )  # fmt: skip
        return np.asarray(found.x, dtype=np.float64), -float(found.fun)

    def log_likelihood(self, family: Family, place: Floats) -> float:
        """Of each delay given that it had come, scaled up to all where only some are used."""
        every = slice(None, None, -(-len(self.delays) // _MOST_USED))
        delays, often, cohort = self.delays[every], self.often[every], self.cohort[every]
        z = standardised(np.maximum(delays, _LEAST_DELAY_DAYS), *place)
        come = np.log(np.maximum(self._come(family, place), 1e-300))[cohort]
        each = float(often @ (log_density(family, z) + place[1] - come)) / float(often.sum())
        return each * self.conversions

    def _come(self, family: Family, place: Floats) -> Floats:
        """Mean of the uncut distribution at the ages of each cohort, within the window."""
        ages = np.minimum(self.age[:, None] + self.span[:, None] * NODES, self.window)
        return np.asarray(cdf(family, standardised(ages, *place)) @ WEIGHTS, dtype=np.float64)

    def trials(self, family: Family, place: Floats) -> float:
        """Effective trials of all cohorts."""
        whole = 1.0
        if math.isfinite(self.window):
            whole = float(cdf(family, standardised(np.asarray(self.window), *place)))
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
