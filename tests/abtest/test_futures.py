"""Futures: followed as the gate would, and the same for the same counts."""

from dataclasses import replace

import numpy as np
import pytest

from abtest import GateOptions, pooled_prior
from abtest.evidence import e_values
from abtest.exact import best_arms
from abtest.futures import drawn
from abtest.lift import FittedArm
from abtest.measures import equivalence
from abtest.strata import EffectiveArm
from abtest.traffic import Traffic

GATE = GateOptions()
CLICKS = (400, 470, 380)
SHOWN = 20_000
TRAFFIC = Traffic(impressions_per_day=6000, shares={f"v{i}": 1 / 3 for i in range(3)}, days=7)


def fitted(*, worth: float = 1.0) -> list[FittedArm]:
    """Arms whose clicks and impressions say as much as so many times their number do."""
    prior = pooled_prior(successes=worth * sum(CLICKS), trials=worth * SHOWN * 3)
    return [
        FittedArm(
            counts=EffectiveArm(
                variant=f"v{i}",
                impressions=SHOWN,
                successes=clicks,
                trials_effective=worth * SHOWN,
                successes_effective=worth * clicks,
            ),
            posterior=prior.updated(successes=worth * clicks, trials=worth * SHOWN),
        )
        for i, clicks in enumerate(CLICKS)
    ]


def test_futures_are_followed_as_the_gate_follows_tests() -> None:
    """E-value exactly, loss and equivalence within what the normal form allows."""
    looks = np.array([5.0, 20.0])
    futures = drawn(fitted(), TRAFFIC, looks)
    lead, rows = futures.leader, futures.successes.shape[0] * 2
    successes = futures.successes.reshape(rows, 3)
    trials = futures.trials.reshape(rows, 3)
    at = (np.arange(rows), lead.ravel())
    exact = e_values(successes, trials, epsilon=GATE.epsilon, tau=GATE.tau)[at]
    assert np.exp(futures.proof(GATE, lead).ravel()) == pytest.approx(exact, rel=1e-9)
    alpha = 1 / futures.variance.reshape(rows, 3)
    beta = alpha / futures.mean.reshape(rows, 3) - alpha
    loss = best_arms(alpha, beta).expected_loss[at] * (alpha + beta)[at] / alpha[at]
    found = futures.loss(lead).ravel()
    assert (found > loss - 2e-4).all()
    assert found == pytest.approx(loss, abs=4e-3)
    same = equivalence(alpha, beta, leader=lead.ravel(), epsilon=GATE.epsilon)
    assert futures.equivalent(GATE.epsilon, lead).ravel() == pytest.approx(same, abs=0.01)


def test_the_same_counts_have_the_same_futures_that_only_grow() -> None:
    looks = np.array([1.0, 7.0, 30.0])
    one, other = drawn(fitted(), TRAFFIC, looks), drawn(fitted(), TRAFFIC, looks)
    assert (one.successes == other.successes).all()
    assert (np.diff(one.trials, axis=1) > 0).all()
    assert (np.diff(one.successes, axis=1) >= 0).all()
    expected = 2000 * 30 + SHOWN
    assert one.impressions[:, -1] == pytest.approx(np.full((len(one.rates), 3), expected))


def test_clicks_to_come_are_counted_as_those_so_far_whatever_they_are_worth() -> None:
    """Half the worth is half the evidence, but as many clicks of those that the gate asks for."""
    looks = np.array([30.0])
    whole = drawn(fitted(), TRAFFIC, looks)
    half = drawn(fitted(worth=0.5), replace(TRAFFIC, worth=0.5), looks)
    assert half.clicks.mean() == pytest.approx(whole.clicks.mean(), rel=0.03)
    assert half.successes.mean() == pytest.approx(whole.successes.mean() / 2, rel=0.03)
