import numpy as np
import pytest

from abtest import (
    EVERYONE,
    AnalysisOptions,
    Cell,
    Counts,
    GateOptions,
    Metric,
    Period,
    Row,
    analyse,
    counts_from_rows,
    pooled_prior,
)
from abtest.evidence import e_values
from abtest.exact import best_arms
from abtest.lift import FittedArm
from abtest.limits import e_limit
from abtest.measures import equivalence
from abtest.outlook import Outlook, Traffic, _drawn, outlook, recent_traffic
from abtest.strata import EffectiveArm
from abtest.tables import CountTable

GATE = GateOptions()


def fitted(clicks: tuple[int, ...], shown: int = 20_000) -> list[FittedArm]:
    prior = pooled_prior(successes=sum(clicks), trials=shown * len(clicks))
    return [
        FittedArm(
            counts=EffectiveArm(
                variant=f"v{i}",
                impressions=shown,
                successes=c,
                trials_effective=shown,
                successes_effective=c,
            ),
            posterior=prior.updated(successes=c, trials=shown),
        )
        for i, c in enumerate(clicks)
    ]


def traffic(arms: int, *, per_day: float = 6000, days: float = 7) -> Traffic:
    shares = {f"v{i}": 1 / arms for i in range(arms)}
    return Traffic(impressions_per_day=per_day, shares=shares, days=days)


def ahead(clicks: tuple[int, ...], *, per_day: float = 6000, days: float = 7) -> Outlook:
    found = outlook(
        fitted(clicks),
        traffic(len(clicks), per_day=per_day, days=days),
        GATE,
        control=0,
        e_limit=e_limit(len(clicks), GATE),
        difference_limit=20,
    )
    assert found is not None
    return found


def test_a_lead_ends_soon_and_a_tie_takes_its_time() -> None:
    lead, tie = ahead((400, 480)), ahead((400, 410))
    assert lead.chance_winner > 0.8 > 0.5 > tie.chance_winner
    assert lead.days[1] is not None
    assert lead.days[1] < 15
    assert tie.days[2] is None
    assert "more until an answer" in lead.text


def test_more_traffic_and_the_same_answer_every_time() -> None:
    slow, fast = ahead((400, 440), per_day=2000), ahead((400, 440), per_day=20_000)
    assert slow.chance_answer < fast.chance_answer
    assert ahead((400, 440)) == ahead((400, 440))


def test_equal_images_will_hardly_name_a_winner_worth_having() -> None:
    arms = fitted((4000, 4010), shown=200_000)
    found = outlook(arms, traffic(2), GATE, control=0, e_limit=20, difference_limit=20)
    assert found is not None
    assert found.chance_winner < GATE.min_chance


def test_a_better_control_is_an_answer_worth_having() -> None:
    assert ahead((600, 400)).chance_winner > 0.8
    # Where another image is as good, keeping the control gains nothing.
    arms = fitted((6000, 6010, 4000), shown=200_000)
    found = outlook(
        arms, traffic(3, per_day=60_000), GATE, control=0, e_limit=40, difference_limit=20
    )
    assert found is not None
    assert found.chance_winner < 0.2


def test_no_traffic_has_no_outlook() -> None:
    assert (
        outlook(
            fitted((4, 5)), traffic(2, per_day=0), GATE, control=0, e_limit=20, difference_limit=20
        )
        is None
    )


def test_what_is_out_of_sight_says_so() -> None:
    found = ahead((20, 22), per_day=10, days=30)
    assert found.days == (None, None, None)
    assert found.text == "No answer is in sight within 30 days at this traffic."
    assert ahead((20, 22), per_day=10, days=100).horizon_days == 14


def test_futures_are_followed_as_the_gate_follows_tests() -> None:
    """E-value exactly, loss and equivalence within what the normal form allows."""
    looks = np.array([5.0, 20.0])
    futures = _drawn(fitted((400, 470, 380)), traffic(3), looks)
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


def test_traffic_is_that_of_the_last_week() -> None:
    split = {"v0": 0.2, "v1": 0.8}
    periods = tuple(
        Period(id=str(day), weights={"v0": 0.5, "v1": 0.5} if day < 19 else split)
        for day in range(20)
    )
    cells = {
        (EVERYONE, name, str(day)): Cell(impressions=1000 if day < 13 else 50)
        for day in range(20)
        for name in split
    }
    counts = Counts(variants=("v0", "v1"), periods=periods, cells=cells)
    found = recent_traffic(CountTable.of(counts, counts.variants), segments=(EVERYONE,))
    assert (found.impressions_per_day, found.days) == (100, 20)
    assert found.shares == pytest.approx(split)


def test_trials_that_are_worth_less_than_an_impression_take_longer() -> None:
    """Half as many trials an impression are as good as half as many impressions."""
    arms = fitted((400, 440))
    one, half, fewer = (
        outlook(
            arms,
            Traffic(impressions_per_day=shown, shares={"v0": 0.5, "v1": 0.5}, days=7, worth=worth),
            GATE, control=0, e_limit=20, difference_limit=20,
        )
        for shown, worth in ((6000, 1.0), (6000, 0.5), (3000, 1.0))
    )  # fmt: skip
    assert one is not None
    assert half is not None
    assert fewer is not None
    assert (half.days, half.chance_answer) == (fewer.days, fewer.chance_answer)
    assert half.chance_answer < one.chance_answer


@pytest.mark.parametrize("metric", ["value_per_impression", "conversion_per_click"])
def test_metrics_of_other_trials_look_ahead_with_their_own(metric: Metric) -> None:
    """Three times the traffic must not decide a tie in days."""
    rows = [
        Row(segment="everyone", variant=name, period=str(day), impressions=2000, clicks=60,
            conversions=sold, value=30.0 * sold, value_squares=1200.0 * sold)
        for day in range(9) for name, sold in (("x", 20), ("y", 21))
    ]  # fmt: skip
    found = analyse(counts_from_rows(rows), options=AnalysisOptions(metric=metric)).verdict.outlook
    assert found is not None
    assert found.chance_answer < 0.6


def test_more_clicks_than_numpy_draws_are_looked_ahead_on() -> None:
    traffic = Traffic(impressions_per_day=1e9, shares={"v0": 0.5, "v1": 0.5}, days=7, worth=1e12)
    found = outlook(fitted((400, 440)), traffic, GATE, control=0, e_limit=20, difference_limit=20)
    assert found is not None
    assert found.chance_answer == 1.0
