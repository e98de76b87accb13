"""Rules that end a test, ours and the common ones, on the same looks at the same tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

import numpy as np
from scipy import special

from abtest.allocation import Allocation
from abtest.analysis import AnalysisOptions
from abtest.ensemble import Ensemble, Look, World
from abtest.exact import BestArm, best_arms
from abtest.judging import verdicts
from abtest.measures import Integers
from abtest.quadrature import Floats

RUNNING, NO_DIFFERENCE = -1, -2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """One look, and what several rules reckon from it."""

    look: Look
    options: AnalysisOptions

    @property
    def minimum_reached(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Whether days, impressions and clicks suffice for our gate: the others get it free."""
        gate = self.options.gate
        leading = self.look.successes[np.arange(len(self.look.successes)), self.leader()]
        enough = (self.look.trials.min(axis=1) >= gate.min_impressions) & (
            leading >= gate.min_clicks
        )
        return np.asarray(enough & (self.look.counted + 1e-9 >= gate.min_days))

    def best(self, rows: Integers) -> BestArm:
        """P(best) and loss of some rows."""
        alpha, beta = self.look.posteriors(self.options)
        return best_arms(alpha[rows], beta[rows])

    def leader(self) -> Integers:
        """The arm of the highest posterior mean, (rows,)."""
        alpha, beta = self.look.posteriors(self.options)
        return np.asarray((alpha / (alpha + beta)).argmax(axis=1), dtype=np.intp)

    def lead(self) -> tuple[Floats, Floats]:
        """The leader's log lead over the arm it is least sure to beat, and its deviation."""
        alpha, beta = self.look.posteriors(self.options)
        mean, at = np.log(alpha / (alpha + beta)), np.arange(len(alpha))
        variance = 1.0 / alpha - 1.0 / (alpha + beta)
        leader = mean.argmax(axis=1)
        gap = mean[at, leader][:, None] - mean
        sd = np.sqrt(variance[at, leader][:, None] + variance)
        z = gap / sd
        z[at, leader] = np.inf
        nearest = z.argmin(axis=1)
        return gap[at, nearest], sd[at, nearest]


class Rule(Protocol):
    """Says which tests end at a look, by row: an arm, or NO_DIFFERENCE."""

    name: str

    def ends(self, sight: Sight, rows: Integers) -> Mapping[int, int]:
        """Of `rows`, the tests that this rule has not ended yet."""


class Gate:
    """Our gate; it looks ahead and stops futile tests where the options say so."""

    name = "our gate"

    def ends(self, sight: Sight, rows: Integers) -> Mapping[int, int]:
        """See `Rule`."""
        wanted = set(rows.tolist())
        found = verdicts(sight.look, sight.options)
        return {
            row: NO_DIFFERENCE if verdict.variant is None else int(verdict.variant)
            for row, verdict in found.items()
            if row in wanted
        }


class ProbBest:
    """P(best) > 95% under our prior, after our gate's least days and counts."""

    name = "P(best) > 95%"

    def ends(self, sight: Sight, rows: Integers) -> Mapping[int, int]:
        """See `Rule`."""
        gap, sd = sight.lead()
        # P(best) is no more than P(better than the nearest), 95% at 1.645 deviations.
        rows = rows[(sight.minimum_reached & (gap > 1.3 * sd))[rows]]
        if not len(rows):
            return {}
        prob = sight.best(rows).prob_best
        sure = prob.max(axis=1) > 0.95
        return {
            int(row): int(arm)
            for row, arm in zip(rows[sure], prob[sure].argmax(axis=1), strict=True)
        }


class SmallLoss:
    """Expected loss under 1% of the leader's rate, after our gate's least days and counts."""

    name = "expected loss < 1%"

    def ends(self, sight: Sight, rows: Integers) -> Mapping[int, int]:
        """See `Rule`."""
        gap, sd = sight.lead()
        z = gap / sd
        # The loss against the nearest alone is a lower bound; its normal form is a little off.
        nearest = sd * (np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi) - z * special.ndtr(-z))
        rows = rows[(sight.minimum_reached & (nearest < 0.013))[rows]]
        if not len(rows):
            return {}
        alpha, beta = sight.look.posteriors(sight.options)
        loss = sight.best(rows).expected_loss / (alpha / (alpha + beta))[rows]
        small = loss.min(axis=1) < 0.01
        return {
            int(row): int(arm)
            for row, arm in zip(rows[small], loss[small].argmin(axis=1), strict=True)
        }


class GrowthBook:
    """gbstats, as it comes: an image's chance to beat the first over 95%, or under 5% of all.

    Called test by test, so only on the first tests and at the last look of each day.
    """

    name = "gbstats > 95%"

    def __init__(self, *, tests: int) -> None:
        bayesian = import_module("gbstats.bayesian.tests")
        self._test, self._config = bayesian.EffectBayesianABTest, bayesian.EffectBayesianConfig()
        self._statistic = import_module("gbstats.models.statistics").ProportionStatistic
        self.judged = tests

    def ends(self, sight: Sight, rows: Integers) -> Mapping[int, int]:
        """See `Rule`."""
        look = sight.look
        if abs(look.days - round(look.days)) > 1e-9:
            return {}
        log_rate = np.log(np.maximum(look.successes, 1.0) / np.maximum(look.trials, 1.0))
        spread = np.sqrt(
            1.0 / np.maximum(look.successes, 1.0) + 1.0 / np.maximum(look.successes[:, :1], 1.0)
        )
        z = ((log_rate - log_rate[:, :1]) / spread)[:, 1:].max(axis=1)
        # It calls at 1.645 deviations of the lift; nearer than 1.2 it is not asked, being slow.
        near = sight.minimum_reached & (np.abs(z) > 1.2) & (look.tests < self.judged)
        rows = rows[near[rows]]
        found = {}
        for row in rows:
            arms = [
                self._statistic(n=int(n), sum=int(c))
                for n, c in zip(look.trials[row], look.successes[row], strict=True)
            ]
            chances = [
                self._test(arms[0], arm, self._config).compute_result().chance_to_win
                for arm in arms[1:]
            ]
            if max(chances) > 0.95:
                found[int(row)] = 1 + int(np.argmax(chances))
            elif max(chances) < 0.05:
                found[int(row)] = 0
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Endings:
    """How a rule ended the tests.

    Parameters
    ----------
        arm    : (tests,), promoted, or RUNNING or NO_DIFFERENCE
        shown  : (tests,), image shown once the test has ended: the promoted one, else the leader;
                 RUNNING where it never ended
        days   : (tests,), until the end; all days where it never came
        earned : (tests,), clicks to be expected of what was shown until then
        judged : how many tests, from the first, the rule was asked about
    """

    arm: Integers
    shown: Integers
    days: Floats
    earned: Floats
    judged: int


def follow(
    world: World,
    rules: Sequence[Rule],
    *,
    generator: np.random.Generator,
    allocation: Allocation,
    options: AnalysisOptions,
) -> dict[str, Endings]:
    """Run the tests until every rule has ended them, or their days are over."""
    tests = len(world.rates)
    arm = {rule.name: np.full(tests, RUNNING) for rule in rules}
    shown = {rule.name: np.full(tests, RUNNING) for rule in rules}
    days = {rule.name: np.full(tests, float(world.days)) for rule in rules}
    earned = {rule.name: np.zeros(tests) for rule in rules}
    ensemble = Ensemble(world, generator=generator, allocation=allocation, options=options)
    for look in ensemble.looks():
        sight = Sight(look=look, options=options)
        for rule in rules:
            going = np.flatnonzero(arm[rule.name][look.tests] == RUNNING)
            ended = rule.ends(sight, going)
            if not ended:
                continue
            which = look.tests[list(ended)]
            arm[rule.name][which], days[rule.name][which] = list(ended.values()), look.days
            leader = sight.leader()[list(ended)]
            shown[rule.name][which] = np.where(
                arm[rule.name][which] >= 0, arm[rule.name][which], leader
            )
            earned[rule.name][which] = _earned(ensemble, world)[which]
        ensemble.leave(np.flatnonzero(np.all([of != RUNNING for of in arm.values()], axis=0)))
    for rule in rules:
        open_still = arm[rule.name] == RUNNING
        earned[rule.name][open_still] = _earned(ensemble, world)[open_still]
    return {
        rule.name: Endings(
            arm=arm[rule.name], shown=shown[rule.name], days=days[rule.name], earned=earned[rule.name],
            judged=min(getattr(rule, "judged", tests), tests),
        )
        for rule in rules
    }  # fmt: skip


def _earned(ensemble: Ensemble, world: World) -> Floats:
    shown = ensemble.counts[0]
    return np.asarray((shown.sum(axis=1) * world.rates).sum(axis=1), dtype=np.float64)
