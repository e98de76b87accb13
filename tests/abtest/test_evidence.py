import math

import numpy as np
import pytest

from abtest.evidence import difference_e_values, e_values, leader_log_e_values

Arm = tuple[float, float]


def arm(clicks: float, trials: float) -> Arm:
    return clicks, trials


def e_value(leader: Arm, other: Arm, *, epsilon: float, tau: float) -> float:
    """Of two arms alone."""
    successes, trials = np.array([leader, other]).T[:, None, :]
    return float(e_values(successes, trials, epsilon=epsilon, tau=tau)[0, 0])


def test_the_formula_against_the_integral_it_stands_for() -> None:
    """E is the likelihood ratio mixed over a half-normal excess."""
    leader, other, epsilon, tau = arm(260, 10_000), arm(220, 10_000), 0.05, 0.2
    v = 1 / 260 - 1e-4 + 1 / 220 - 1e-4
    d = math.log(260 / 220) + math.log1p(epsilon)
    excess = np.linspace(0, 8 * tau, 200_001)
    prior = np.exp(-(excess**2) / (2 * tau**2)) * 2 / (tau * math.sqrt(2 * math.pi))
    ratio = np.exp((d * excess - excess**2 / 2) / v)
    expected = np.trapezoid(prior * ratio, excess)
    assert e_value(leader, other, epsilon=epsilon, tau=tau) == pytest.approx(expected, rel=1e-6)


def test_one_arm_alone_has_the_same_e_value_as_among_all() -> None:
    successes = np.array([[30.0, 55.0, 41.0], [300.0, 20.0, 7.0], [0.0, 5.0, 9.0]])
    trials = np.array([[1000.0, 1100.0, 900.0]] * 3)
    every = e_values(successes, trials, epsilon=0.05, tau=0.2)
    for arm_at in range(3):
        alone = leader_log_e_values(successes, trials, leader=arm_at, epsilon=0.05, tau=0.2)
        np.testing.assert_allclose(np.exp(alone), every[:, arm_at], rtol=1e-9)


def test_few_clicks_of_a_rival_do_not_inflate_its_leaders_e_value() -> None:
    """Its mean, where the rival is better by epsilon, is 1 if exact; a leader's few clicks do."""
    generator = np.random.default_rng(3)

    def mean(leader: float, rival: float) -> float:
        expected = np.array([leader, rival])
        seen = generator.poisson(expected, (200_000, 2)).astype(float)
        trials = np.broadcast_to(expected / np.array([0.02, 0.021]), seen.shape)
        return float(e_values(seen, trials, epsilon=0.05, tau=0.2)[:, 0].mean())

    assert 0.85 < mean(300, 5) < 1.0
    assert 0.85 < mean(100, 20) < 1.0
    assert mean(20, 100) > 1.02


def test_no_click_is_no_evidence() -> None:
    assert e_value(arm(0, 100), arm(9, 100), epsilon=0.05, tau=0.2) == 1.0
    assert e_value(arm(9, 100), arm(0, 100), epsilon=0.05, tau=0.2) == 1.0


def test_more_data_of_the_same_rates_is_more_evidence() -> None:
    values = [
        e_value(arm(30 * n, 1000 * n), arm(20 * n, 1000 * n), epsilon=0.05, tau=0.2)
        for n in (1, 3, 10, 100, 10**6)
    ]
    assert values == sorted(values)
    assert math.isfinite(values[-1])


def test_under_the_worst_admissible_truth_looking_often_does_not_help() -> None:
    """The other arm is better by epsilon exactly: at most 1/20 of tests ever reach 20."""
    generator = np.random.default_rng(11)
    rate, epsilon, looks, tests = 0.03, 0.05, 40, 600
    clicks = generator.binomial(2000, rate, (tests, looks)).cumsum(axis=1)
    better = generator.binomial(2000, rate * (1 + epsilon), (tests, looks)).cumsum(axis=1)
    reached = 0
    for test in range(tests):
        reached += any(
            e_value(
                arm(clicks[test, look], 2000 * (look + 1)),
                arm(better[test, look], 2000 * (look + 1)),
                epsilon=epsilon,
                tau=0.2,
            )
            >= 20
            for look in range(looks)
        )
    assert reached / tests <= 0.05


def test_certain_rates_decide() -> None:
    assert e_value(arm(5, 5), arm(5, 5), epsilon=0.05, tau=0.2) > 1e100


def test_the_least_of_several_counts() -> None:
    arms = np.array([[[300.0, 200.0, 290.0]], [[10_000.0] * 3]])
    found = e_values(*arms, epsilon=0.05, tau=0.2)[0]
    pairs = [
        min(e_value((arms[0, 0, i], 1e4), (arms[0, 0, j], 1e4), epsilon=0.05, tau=0.2)
            for j in range(3) if j != i)
        for i in range(3)
    ]  # fmt: skip
    assert found == pytest.approx(pairs)


def test_evidence_of_a_difference_between_two_is_the_two_sided_mixture() -> None:
    tau, v = 0.2, 1 / 260 - 1e-4 + 1 / 220 - 1e-4
    d = math.log(260 / 220)
    expected = math.sqrt(v / (v + tau**2)) * math.exp(d**2 * tau**2 / (2 * v * (v + tau**2)))
    found = difference_e_values(np.array([[260.0, 220.0]]), np.full((1, 2), 1e4), tau=tau)
    assert found == pytest.approx([expected])


def test_evidence_of_a_difference_knows_no_order_and_no_common_level() -> None:
    clicks, shown = np.array([[90.0, 150.0, 110.0, 0.0]]), np.array([[3e3, 4e3, 5e3, 100.0]])
    turned = difference_e_values(clicks[:, ::-1], shown[:, ::-1], tau=0.2)
    without = difference_e_values(clicks[:, :3], shown[:, :3], tau=0.2)
    found = difference_e_values(clicks, shown, tau=0.2)
    assert found == pytest.approx(turned)
    assert found == pytest.approx(without)  # an arm without a click says nothing
    assert difference_e_values(clicks[:, 2:], shown[:, 2:], tau=0.2) == pytest.approx([1.0])


def test_looking_often_finds_no_difference_between_equals() -> None:
    generator = np.random.default_rng(5)
    clicks = generator.binomial(1500, 0.03, (600, 40, 3)).cumsum(axis=1).astype(float)
    shown = np.broadcast_to(1500.0 * np.arange(1, 41)[:, None], clicks.shape)
    looks = difference_e_values(clicks.reshape(-1, 3), shown.reshape(-1, 3), tau=0.2)
    assert (looks.reshape(600, 40).max(axis=1) >= 20).mean() <= 0.05
