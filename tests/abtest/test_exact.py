import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from abtest import Beta, best_arm, best_arms
from abtest.exact import best_mixtures

arms = st.builds(
    lambda a, rate: Beta(alpha=a, beta=a * (1 - rate) / rate),
    st.floats(0.5, 5000),
    st.floats(0.001, 0.9),
)


def test_published_cases_to_1e_8(shared_data: Path) -> None:
    text = (shared_data / "abtest" / "exact_beta_cases.json").read_text()
    cases = json.loads(text)["cases"]
    assert len(cases) >= 9
    for case in cases:
        posteriors = [Beta(alpha=a, beta=b) for a, b in case["posterior"]]
        found = best_arm(posteriors)
        np.testing.assert_allclose(found.prob_best[0], case["p_best"], atol=1e-8, rtol=0)
        np.testing.assert_allclose(found.expected_loss[0], case["expected_loss"], atol=1e-8, rtol=0)
        assert found.expected_best[0] == pytest.approx(case["e_max"], abs=1e-8)
        intervals = [posterior.interval() for posterior in posteriors]
        np.testing.assert_allclose(intervals, case["ci95"], atol=1e-10)


def test_closed_form_of_two_integer_arms() -> None:
    """Evan Miller's sum: P(B > A) for Beta(a_A, b_A) and Beta(a_B, b_B) with a_B whole."""
    a, b = Beta(alpha=31, beta=9971), Beta(alpha=42, beta=9960)
    i = np.arange(int(b.alpha))
    logs = (
        special.betaln(a.alpha + i, b.beta + a.beta)
        - np.log(b.beta + i)
        - special.betaln(1 + i, b.beta)
        - special.betaln(a.alpha, a.beta)
    )
    assert best_arm([a, b]).prob_best[0, 1] == pytest.approx(np.exp(logs).sum(), abs=1e-10)


@settings(deadline=None, max_examples=60)
@given(st.lists(arms, min_size=2, max_size=8))
def test_laws(posteriors: list[Beta]) -> None:
    found = best_arm(posteriors)
    means = np.array([posterior.mean for posterior in posteriors])
    assert found.prob_best.sum() == pytest.approx(1.0, abs=1e-8)
    np.testing.assert_allclose(found.expected_best - found.expected_loss[0], means, atol=1e-9)
    assert (found.expected_loss >= -1e-15).all()


@settings(deadline=None, max_examples=40)
@given(st.lists(arms, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_order_of_arms_does_not_matter(posteriors: list[Beta], random: object) -> None:
    order = list(range(len(posteriors)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = best_arm(posteriors)
    turned = best_arm([posteriors[i] for i in order])
    np.testing.assert_allclose(turned.prob_best[0], found.prob_best[0, order], atol=1e-9)
    np.testing.assert_allclose(turned.expected_loss[0], found.expected_loss[0, order], atol=1e-9)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0.5, 0.5), (0.5, 0.5)),
        ((1e7, 5e8), (1.0, 50.0)),
        ((2e7, 1e9), (2.0005e7, 1e9)),
        ((1.0, 1e9), (1.0, 1e9)),
        ((300.0, 0.7), (200.0, 0.9)),
        ((33.0, 1600.0), (1e7, 4.9e8)),
    ],
)
def test_extremes_keep_their_digits(
    first: tuple[float, float], second: tuple[float, float]
) -> None:
    posteriors = [Beta(alpha=a, beta=b) for a, b in (first, second)]
    found = best_arm(posteriors)
    assert found.prob_best.sum() == pytest.approx(1.0, abs=1e-9)
    means = [posterior.mean for posterior in posteriors]
    np.testing.assert_allclose(found.expected_best - found.expected_loss[0], means, rtol=1e-9)


def test_a_sampled_check() -> None:
    generator = np.random.default_rng(7)
    posteriors = [Beta(alpha=20, beta=980), Beta(alpha=25, beta=975), Beta(alpha=24, beta=900)]
    draws = np.column_stack([generator.beta(p.alpha, p.beta, 400_000) for p in posteriors])
    share = np.bincount(draws.argmax(axis=1), minlength=3) / len(draws)
    np.testing.assert_allclose(best_arm(posteriors).prob_best[0], share, atol=4e-3)


def test_rows_are_independent() -> None:
    alpha = np.array([[20.0, 30.0], [5.0, 5.0], [2e6, 2.001e6]])
    beta = np.array([[980.0, 970.0], [95.0, 95.0], [1e8, 1e8]])
    together = best_arms(alpha, beta)
    for row in range(3):
        alone = best_arms(alpha[row : row + 1], beta[row : row + 1])
        np.testing.assert_allclose(together.prob_best[row], alone.prob_best[0], atol=1e-9)


def test_a_mixture_is_the_mean_over_its_parts() -> None:
    """Two arms of two parts each: P(best) is linear in each arm's distribution."""
    alpha = np.array([[[20.0, 40.0], [30.0, 25.0]]])
    beta = np.array([[[980.0, 900.0], [970.0, 999.0]]])
    weight = np.array([[[0.3, 0.7], [0.6, 0.4]]])
    found = best_mixtures(alpha, beta, weight)
    wanted = sum(
        weight[0, 0, i] * weight[0, 1, j]
        * best_arms(np.array([[alpha[0, 0, i], alpha[0, 1, j]]]),
                    np.array([[beta[0, 0, i], beta[0, 1, j]]])).prob_best
        for i in range(2) for j in range(2)
    )  # fmt: skip
    np.testing.assert_allclose(found.prob_best, wanted, atol=1e-10)
    means = (weight * alpha / (alpha + beta)).sum(axis=2)
    np.testing.assert_allclose(found.expected_best - found.expected_loss[0], means[0], atol=1e-11)


def test_twenty_arms_are_as_exact_as_two() -> None:
    """The steeper the product of many cdfs, the finer the grid must be."""
    rng = np.random.default_rng(3)
    alpha = 10.0 ** rng.uniform(0.5, 4.0, (40, 1)) * np.exp(0.3 * rng.normal(size=(40, 20)))
    rate = 0.02 * np.exp(rng.choice([0.0, 0.02, 0.2], (40, 1)) * rng.normal(size=(40, 20)))
    beta = alpha * (1.0 - rate) / rate
    # One by one: rows side by side share the finest grid that any of them needs.
    found = [best_arms(a[None], b[None]) for a, b in zip(alpha, beta, strict=True)]
    assert max(abs(each.prob_best.sum() - 1.0) for each in found) < 1e-11
    for row in range(0, 40, 10):
        prob, loss = slowly(alpha[row], beta[row])
        assert found[row].prob_best[0] == pytest.approx(prob, abs=1e-9)
        assert found[row].expected_loss[0] == pytest.approx(loss, abs=1e-9)


def slowly(alpha: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(best) and expected loss on an even grid of logit(x), by the incomplete beta function."""
    mode, sd = np.log(alpha / beta), np.sqrt(1.0 / alpha + 1.0 / beta)
    y = np.linspace((mode - 14 * sd).min(), (mode + 9 * sd).max(), 20_001)
    x = special.expit(y)
    a, b = alpha[:, None], beta[:, None]
    below = special.betainc(a, b, x)
    density = np.exp(a * np.log(x) + b * np.log1p(-x) - special.betaln(a, b))
    others = np.array([np.delete(below, arm, axis=0).prod(axis=0) for arm in range(len(alpha))])
    step = y[1] - y[0]
    prob = (density * others).sum(axis=1) * step
    return prob, (below * (1.0 - others) * x * (1.0 - x)).sum(axis=1) * step


def test_rows_that_need_finer_grids_change_nothing_for_others() -> None:
    alpha = np.array([[20.0, 30.0, 25.0], [2e5, 2.01e5, 1.9e5], [0.5, 2.0, 400.0]])
    beta = 40.0 * alpha
    together = best_arms(alpha, beta)
    for row in range(3):
        alone = best_arms(alpha[row : row + 1], beta[row : row + 1])
        np.testing.assert_allclose(together.prob_best[row], alone.prob_best[0], rtol=1e-12)
        np.testing.assert_allclose(together.expected_loss[row], alone.expected_loss[0], rtol=1e-9)
