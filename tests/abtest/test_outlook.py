import pytest

from abtest import (
    AnalysisOptions,
    GateOptions,
    Metric,
    Row,
    analyse,
    counts_from_rows,
    pooled_prior,
)
from abtest.lift import FittedArm
from abtest.limits import e_limit
from abtest.outlook import Outlook, outlook
from abtest.strata import EffectiveArm
from abtest.traffic import Traffic

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
