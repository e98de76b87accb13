"""From counts to posteriors: strata, priors, segments and, for money, order values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from abtest.lift import FittedArm
from abtest.pooling import borrowed_priors, tilted_priors
from abtest.posterior import PSEUDO_CLICKS, Beta, pooled_prior
from abtest.quadrature import Floats
from abtest.spread import Spread
from abtest.strata import EffectiveArm, effective_groups
from abtest.tables import CountTable, Metric
from abtest.value import earnings


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What is compared, and what is believed beforehand; see `AnalysisOptions`.

    `lending` lets groups lend each other priors; without, each stands alone.
    """

    metric: Metric
    prior: Beta | Literal["auto"] = "auto"
    pseudo_clicks: float = PSEUDO_CLICKS
    spread: Spread | None = None
    head_starts: Mapping[str, float] = field(default_factory=dict)
    lending: bool = True

    @property
    def strength(self) -> float:
        """The one strength that a prior is worth."""
        return self.pseudo_clicks if self.spread is None else self.spread.pseudo_clicks

    def relative(self, arms: Sequence[EffectiveArm]) -> Floats:
        """What each arm's rate is expected to be relative to the others', (arms,)."""
        return np.array([1.0 + self.head_starts.get(arm.variant, 0.0) for arm in arms])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Posteriors of all groups.

    Parameters
    ----------
        arms           : of each group
        segment_spread : see `Analysis`
        unit           : what a rate is a share of: 1, or money
        order_value, order_spread : see `Analysis`
    """

    arms: list[tuple[FittedArm, ...]]
    segment_spread: float | None
    unit: float = 1.0
    order_value: float | None = None
    order_spread: float | None = None


def fitted_groups(table: CountTable, *, groups: Sequence[Sequence[str]], model: Model) -> Fit:
    """Fit the table's variants in each group of segments.

    Parameters
    ----------
        groups : names of segments; the first group stands alone, the others lend each other priors
    Raises       InvalidCounts: money that no orders can have given
    """
    arms_of = effective_groups(table, table.variants, groups=groups, metric=model.metric)
    priors, spread = _priors(arms_of, model)
    lent = model.prior == "auto"
    fitted = [_fit(arms, prior, lent=lent) for arms, prior in zip(arms_of, priors, strict=True)]
    if lent and model.spread is not None and len(model.spread.strengths) > 1:
        rates = [prior.mean for prior in priors[0]]
        fitted[0] = _mixed(arms_of[0], model.spread, fitted[0], rates=rates)
    if model.metric != "value_per_impression":
        return Fit(arms=fitted, segment_spread=spread)
    earned = earnings(table, groups, fitted)
    return Fit(
        arms=earned.fitted,
        segment_spread=spread,
        unit=earned.unit,
        order_value=earned.order_value,
        order_spread=earned.order_spread,
    )


def _priors(
    arms_of: Sequence[Sequence[EffectiveArm]], model: Model
) -> tuple[list[Sequence[Beta]], float | None]:
    """Priors of the arms, overall and in each segment, and how much the segments differ."""
    if model.prior != "auto":
        return [[model.prior] * len(arms) for arms in arms_of], None
    if not model.lending:
        alone = replace(model, lending=True)
        return [priors for arms in arms_of for priors in _priors([arms], alone)[0]], None
    overall, *segments = arms_of
    successes = np.array([arm.successes_effective for arm in overall])
    trials = np.array([arm.trials_effective for arm in overall])
    common = pooled_prior(
        successes=successes.sum(), trials=trials.sum(), pseudo_clicks=model.strength
    )
    first: list[Sequence[Beta]] = [[common] * len(overall)]
    relative = model.relative(overall)
    if (relative != 1.0).any():
        strength = np.full(len(overall), model.strength)
        first = [tilted_priors(successes, trials, np.log(relative), strength)]
    if not segments:
        return first, None
    lent = borrowed_priors(
        np.array([[arm.successes_effective for arm in arms] for arms in segments]),
        np.array([[arm.trials_effective for arm in arms] for arms in segments]),
        pseudo_clicks=model.strength,
        relative=relative,
    )
    return [*first, *lent.priors], lent.spread


def _fit(
    arms: Sequence[EffectiveArm], priors: Sequence[Beta], *, lent: bool
) -> tuple[FittedArm, ...]:
    """The arms' posteriors; `lent` says that their priors are centred on what the arms have.

    Such a centre is as doubtful as all their successes together, and each arm takes part in that
    doubt as far as it leans on the prior. It is common to all, so that no comparison sees it.
    """
    successes = sum(arm.successes_effective for arm in arms)
    return tuple(
        _fitted(arm, prior, centre_variance=1.0 / (successes + 1.0) if lent else 0.0)
        for arm, prior in zip(arms, priors, strict=True)
    )


def _fitted(arm: EffectiveArm, prior: Beta, *, centre_variance: float) -> FittedArm:
    posterior = prior.updated(successes=arm.successes_effective, trials=arm.trials_effective)
    leaning = prior.alpha / posterior.alpha
    doubt = leaning * leaning * centre_variance
    # Less than a tenth of a percent of the interval is not worth a second distribution.
    level = posterior.loosened(doubt) if doubt * posterior.alpha > 0.002 else None
    return FittedArm(counts=arm, posterior=posterior, level=level)


def _mixed(
    arms: Sequence[EffectiveArm],
    spread: Spread,
    fitted: Sequence[FittedArm],
    *,
    rates: Sequence[float],
) -> tuple[FittedArm, ...]:
    """The same arms under a mixture of strengths about the same centres, `rates`."""
    found = []
    for arm, single, rate in zip(arms, fitted, rates, strict=True):
        mixture = spread.posterior(
            rate=rate, successes=arm.successes_effective, trials=arm.trials_effective
        )
        found.append(replace(single, posterior=mixture.matched, level=None, mixture=mixture))
    return tuple(found)
