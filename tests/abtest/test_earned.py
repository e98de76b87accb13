"""P(best) of money against integration over both of its factors."""

import numpy as np
import pytest
from scipy import special, stats

from abtest.earned import Factors, best_earned, earned_of, gamma_shape
from abtest.posterior import Beta

Arm = tuple[list[tuple[float, Beta]], float, float]
"""Parts of the conversion rate, mean and shape of the mean order value."""


def exactly(arms: list[Arm]) -> tuple[np.ndarray, np.ndarray]:
    """P(best) and expected loss by the cdf of p m at fine nodes, an integral over log m each."""
    centre = np.log([parts[0][1].mean * order for parts, order, _ in arms])
    reach = 9.0 * max(parts[0][1].alpha ** -0.5 + kappa**-0.5 for parts, _, kappa in arms)
    y = np.linspace(centre.min() - reach, centre.max() + reach, 900)
    below = np.array([_cdf(arm, y) for arm in arms])
    middle, rise = 0.5 * (below[:, 1:] + below[:, :-1]), np.diff(below, axis=1)
    others = np.array([np.delete(middle, i, axis=0).prod(axis=0) for i in range(len(arms))])
    best = (rise * others).sum(axis=1)
    loss = ((middle * (1.0 - others)) * np.diff(np.exp(y))).sum(axis=1)
    return best, loss


def _cdf(arm: Arm, y: np.ndarray) -> np.ndarray:
    parts, order, kappa = arm
    # 1/m is Gamma(kappa) / (order (kappa - 1)).
    share = (np.arange(500) + 0.5) / 500
    m = order * (kappa - 1.0) / stats.gamma.ppf(share, kappa)
    p = np.minimum(np.exp(y)[:, None] / m, 1.0)
    of_parts = [w * special.betainc(one.alpha, one.beta, p).mean(axis=1) for w, one in parts]
    return np.asarray(np.sum(of_parts, axis=0))


def single(alpha: float, beta: float, order: float, kappa: float) -> Arm:
    return [(1.0, Beta(alpha=alpha, beta=beta))], order, kappa


CASES: dict[str, list[Arm]] = {
    "few": [single(12, 1000, 0.9, 112), single(10, 1000, 1.1, 110)],
    "many": [single(900, 90_000, 1.0, 700), single(980, 90_000, 0.97, 760)],
    "hardly any": [single(2, 300, 1.0, 101), single(3, 300, 1.0, 101), single(6, 300, 0.9, 103)],
    "often": [single(60, 140, 1.0, 130), single(70, 130, 0.95, 140)],
    "mixed": [
        ([(0.7, Beta(alpha=60, beta=3000)), (0.3, Beta(alpha=25, beta=1000))], 1.0, 120),
        ([(0.4, Beta(alpha=66, beta=3000)), (0.6, Beta(alpha=31, beta=1000))], 1.0, 125),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_what_both_factors_give(name: str) -> None:
    arms = CASES[name]
    factors = [
        Factors(
            rates=tuple(one for _, one in parts), weights=tuple(weight for weight, _ in parts),
            order=order, kappa=kappa,
        )
        for parts, order, kappa in arms
    ]  # fmt: skip
    found = best_earned([earned_of(factors)])
    best, loss = exactly(arms)
    # Where a third of all buy, log p has a little less skew than the Gamma variate's logarithm.
    assert found.prob_best[0] == pytest.approx(best, abs=1e-3 if name == "often" else 5e-4)
    assert found.expected_loss[0] == pytest.approx(loss, rel=0.01)
    assert found.prob_best[0].sum() == pytest.approx(1.0, abs=1e-9)
    means = [sum(w * one.mean for w, one in parts) * order for parts, order, _ in arms]
    assert found.expected_best[0] - found.expected_loss[0] == pytest.approx(means, rel=1e-3)


def test_the_shape_has_the_variance() -> None:
    wanted = np.geomspace(1e-9, 1e6, 40)
    shape = gamma_shape(wanted)
    assert special.polygamma(1, shape) == pytest.approx(wanted, rel=1e-9)
