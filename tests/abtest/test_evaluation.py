"""Judging a policy by another's log: right where the truth is known, refused where nothing is."""

import csv
from pathlib import Path

import numpy as np
import pytest

from abtest import DecisionLog, InvalidLog, PolicyValue, SupportMissing, policy_value, replayed
from abtest.evaluation import Estimator, Floats

RATES = np.array([0.02, 0.05, 0.08])
SERVED = np.array([0.6, 0.3, 0.1])
WANTED = np.array([0.1, 0.3, 0.6])
TRUTH = float(WANTED @ RATES)


def logged(seed: int, *, decisions: int = 20_000, served: Floats = SERVED) -> DecisionLog:
    rng = np.random.default_rng(seed)
    arm = rng.choice(3, size=decisions, p=SERVED)
    return DecisionLog(
        reward=(rng.random(decisions) < RATES[arm]).astype(np.float64),
        propensity=served[arm],
        target=WANTED[arm],
        predicted=0.8 * RATES[arm],  # a model that is wrong by a fifth
        value=np.full(decisions, 0.8 * TRUTH),
    )


@pytest.mark.parametrize("estimator", ["ips", "snips", "dr"])
def test_intervals_cover_the_truth_as_often_as_they_say(estimator: Estimator) -> None:
    values = [policy_value(logged(seed), estimator=estimator) for seed in range(200)]
    covered = np.mean([one.interval[0] <= TRUTH <= one.interval[1] for one in values])
    assert 0.90 <= covered <= 0.99
    assert np.mean([one.estimate for one in values]) == pytest.approx(TRUTH, rel=0.02)


def test_replay_finds_the_truth_with_less_evidence() -> None:
    log = logged(1)
    value = replayed(log, generator=np.random.default_rng(2))
    assert value.interval[0] <= TRUTH <= value.interval[1]
    assert value.effective < policy_value(log).effective < value.decisions


def test_the_policy_that_ran_is_worth_what_it_earned() -> None:
    log = logged(3)
    same = DecisionLog(reward=log.reward, propensity=log.propensity, target=log.propensity)
    value = policy_value(same)
    assert value.estimate == pytest.approx(log.reward.mean())
    assert value.effective == pytest.approx(value.decisions)


def test_choices_that_were_never_logged_are_noticed() -> None:
    rng = np.random.default_rng(4)
    arm = rng.choice(2, size=5_000, p=[0.5, 0.5])
    log = DecisionLog(  # the target would make a third choice half of the time
        reward=np.zeros(5_000), propensity=np.full(5_000, 0.5), target=np.full(5_000, 0.25)[arm]
    )
    with pytest.raises(SupportMissing, match=r"mean weight is 0\.500, not 1"):
        policy_value(log)


def test_wrong_propensities_are_noticed() -> None:
    with pytest.raises(SupportMissing, match="not those that served"):
        policy_value(logged(5, served=np.array([1 / 3, 1 / 3, 1 / 3])))


def test_a_far_away_policy_is_refused() -> None:
    log = logged(6, decisions=300)
    rare = DecisionLog(reward=log.reward, propensity=log.propensity,
                       target=(log.propensity == 0.1).astype(np.float64))  # fmt: skip
    with pytest.raises(SupportMissing, match="worth"):
        policy_value(rare)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("propensity", [0.0, 0.5]),
        ("propensity", [0.5]),
        ("target", [1.5, 0.0]),
        ("reward", [float("nan"), 0.0]),
        ("predicted", [0.1, 0.1]),
    ],
)
def test_impossible_logs_are_refused(field: str, values: list[float]) -> None:
    good = {name: np.full(2, 0.5) for name in ("reward", "propensity", "target")}
    with pytest.raises(InvalidLog):
        DecisionLog(**(good | {field: np.array(values)}))


def test_real_logs_of_a_shop_judge_its_other_policy(shared_data: Path) -> None:
    """Thompson's click rate, from the random policy's log; both ran in the same week."""
    random, thompson = (obd(shared_data, policy) for policy in ("random", "bts"))
    wanted = item_shares(thompson)
    items = np.array([int(row["item_id"]) for row in random])
    log = DecisionLog(
        reward=np.array([float(row["click"]) for row in random]),
        propensity=np.array([float(row["propensity_score"]) for row in random]),
        target=wanted[items],
    )
    value: PolicyValue = policy_value(log)
    earned = np.mean([float(row["click"]) for row in thompson])
    assert value.interval[0] <= earned <= value.interval[1]
    assert value.effective < 0.7 * value.decisions


def obd(shared_data: Path, policy: str) -> list[dict[str, str]]:
    with (shared_data / "abtest" / "obd" / policy / "all.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def item_shares(log: list[dict[str, str]]) -> Floats:
    """How often the policy showed each of its 80 items."""
    items = np.array([int(row["item_id"]) for row in log])
    return np.bincount(items, minlength=80) / len(items)
