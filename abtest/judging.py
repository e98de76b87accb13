"""The gate's verdicts on many simulated tests at one look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abtest.analysis import AnalysisOptions
from abtest.direction import sign_of
from abtest.ensemble import Look
from abtest.errors import InvalidOptions
from abtest.evidence import difference_e_values, e_values
from abtest.exact import best_arms
from abtest.gate import Evidence, difference_limit, e_limit, foreseen, judge
from abtest.lift import FittedArm
from abtest.measures import Integers, equivalence, leaders
from abtest.outlook import outlook
from abtest.posterior import Beta
from abtest.quadrature import Floats
from abtest.srm import Health, SampleRatio
from abtest.strata import EffectiveArm
from abtest.traffic import Traffic
from abtest.verdict import Verdict, VerdictKind

_EQUIVALENT_Z = 1.0
"""Standard errors by which all arms must lie within epsilon for equivalence to be worth measuring:
a probability of 84% by the normal form, which is never off by ten points."""


def verdicts(look: Look, options: AnalysisOptions) -> dict[int, Verdict]:
    """The verdict on every test that does not keep running, by its row in the look.

    Variants bear their numbers as names, and the first is the control. Traffic is split as planned,
    by construction. With `foresight` every test is looked ahead on, which takes some milliseconds
    each; without, only those that may have ended are measured at all.

    Raises
    ------
        InvalidOptions: guardrails, or a prior that is a mixture
    """
    if options.guardrails:
        raise InvalidOptions("guardrails", len(options.guardrails), "none in many tests at once")
    alpha, beta = look.posteriors(options)
    won, trials, gate = look.effective.successes, look.effective.trials, options.gate
    proof = e_values(won, trials, epsilon=gate.epsilon, tau=gate.tau, direction=options.direction)
    rows = np.arange(len(alpha))
    if options.foresight == "none":
        rows = rows[_may_end(alpha, beta, proof, options)]
    if not len(rows):
        return {}
    seen = _Seen(
        look=look,
        options=options,
        rows=rows,
        alpha=alpha[rows],
        beta=beta[rows],
        proof=proof[rows],
        difference=difference_e_values(won[rows], trials[rows], tau=gate.tau),
    )
    judged = zip(rows, seen.verdicts(), strict=True)
    return {int(row): one for row, one in judged if one.kind is not VerdictKind.KEEP_RUNNING}


def _may_end(
    alpha: Floats, beta: Floats, proof: Floats, options: AnalysisOptions
) -> NDArray[np.bool_]:
    """Tests with enough evidence to promote, or that may be found equivalent."""
    mean = sign_of(options.direction) * np.log(alpha / (alpha + beta))
    ahead = mean.max(axis=1, keepdims=True) - mean
    variance = 1.0 / alpha - 1.0 / (alpha + beta)
    leader = variance[np.arange(len(mean)), mean.argmax(axis=1)][:, None]
    z = (np.log1p(options.gate.epsilon) - ahead) / np.sqrt(variance + leader)
    proven = proof.max(axis=1) >= e_limit(alpha.shape[1], options.gate)
    return np.asarray(proven | (z.min(axis=1) > _EQUIVALENT_Z), dtype=np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """Some rows of a look, measured: `rows` and `difference` (rows,), the rest (rows, arms)."""

    look: Look
    options: AnalysisOptions
    rows: Integers
    alpha: Floats
    beta: Floats
    proof: Floats
    difference: Floats

    def verdicts(self) -> list[Verdict]:
        """Of each row."""
        direction, epsilon = self.options.direction, self.options.gate.epsilon
        best = best_arms(self.alpha, self.beta, direction=direction)
        leader = leaders(best)
        rope = equivalence(
            self.alpha, self.beta, leader=leader, epsilon=epsilon, direction=direction
        )
        loss = best.expected_loss / (self.alpha / (self.alpha + self.beta))
        fine = SampleRatio(period="all", chi_square=0.0, p_value=1.0, impressions=0)
        health = Health(
            days=self.look.counted, sample_ratios=(fine,), sample_ratio=fine, dropped=()
        )
        found = []
        for at, arm in enumerate(leader):
            evidence = Evidence(
                leader=str(arm),
                relative_loss=float(loss[at, arm]),
                e_value=float(self.proof[at, arm]),
                e_limit=e_limit(self.alpha.shape[1], self.options.gate),
                difference=float(self.difference[at]),
                difference_limit=difference_limit(self.options.gate),
                rope=float(rope[at]),
                days=self.look.counted,
                arms=self._arms(at),
                direction=direction,
            )
            found.append(self._foreseen(judge(evidence, health, self.options.gate), at, evidence))
        return found

    def _arms(self, at: int) -> tuple[EffectiveArm, ...]:
        look, row = self.look, self.rows[at]
        return tuple(
            EffectiveArm(
                variant=str(i),
                impressions=int(look.trials[row, i]),
                successes=int(look.successes[row, i]),
                trials_effective=float(look.effective.trials[row, i]),
                successes_effective=float(look.effective.successes[row, i]),
            )
            for i in range(look.trials.shape[1])
        )

    def _foreseen(self, verdict: Verdict, at: int, evidence: Evidence) -> Verdict:
        running = verdict.kind is VerdictKind.KEEP_RUNNING
        early = self.look.counted < self.options.gate.min_days
        if self.options.foresight == "none" or not running or early:
            return verdict
        arms = [
            FittedArm(counts=arm, posterior=Beta(alpha=float(alpha), beta=float(beta)))
            for arm, alpha, beta in zip(evidence.arms, self.alpha[at], self.beta[at], strict=True)
        ]
        weights = self.look.weights[self.rows[at]]
        traffic = Traffic(
            impressions_per_day=self.look.impressions_per_day,
            shares={arm.variant: float(w) for arm, w in zip(evidence.arms, weights, strict=True)},
            days=self.look.counted,
        )
        seen = outlook(
            arms,
            traffic,
            self.options.gate,
            control=0,
            e_limit=evidence.e_limit,
            difference_limit=evidence.difference_limit,
            direction=self.options.direction,
        )
        return foreseen(verdict, seen, {}, self.options.gate)
