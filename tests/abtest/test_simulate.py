import numpy as np
import pytest

from abtest import Crowd, InvalidOptions, Population, VerdictKind, one_crowd, simulate_test

TWO = Population(
    crowds={
        "phone": Crowd(rates={"a": 0.02, "b": 0.05}, share=3, attributes={"device": "phone"}),
        "desk": Crowd(rates={"a": 0.04, "b": 0.02}, conversion_rate=0.5),
    },
    day_factors=(1.0, 1.5),
    drift=0.01,
)


def test_the_same_generator_gives_the_same_test() -> None:
    runs = [
        simulate_test(
            TWO, visits_per_day=3000, max_days=4, generator=np.random.default_rng(9)
        ).counts
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


def test_a_strong_preference_is_found() -> None:
    population = one_crowd({"a": 0.02, "b": 0.035, "c": 0.018})
    run = simulate_test(
        population, visits_per_day=3000, max_days=40, generator=np.random.default_rng(1)
    )
    assert (run.outcome.verdict.kind, run.outcome.verdict.variant) == (VerdictKind.PROMOTE, "b")
    assert run.days[-1].weights["b"] > 1 / 3
    assert len(run.days) >= 7
    worst = sum(run.counts.total(v).impressions for v in "ac") * 0.017
    assert 0 < run.regret_clicks < worst


def test_rates_follow_the_week_and_the_drift() -> None:
    assert TWO.rate("phone", "a", day=0) == pytest.approx(0.02)
    assert TWO.rate("phone", "a", day=1) == pytest.approx(0.02 * 1.5 * 1.01)
    assert one_crowd({"a": 0.9, "b": 0.5}).rate("everyone", "a", day=0) == 0.9


def test_shoppers_come_in_their_shares_and_click_at_their_rates() -> None:
    generator = np.random.default_rng(5)
    shoppers = list(TWO.shoppers(generator, 8000, prefix="d1"))
    assert len({shopper.unit for shopper in shoppers}) == 8000
    phones = [shopper for shopper in shoppers if shopper.segment == "phone"]
    assert abs(len(phones) / 8000 - 0.75) < 0.02
    assert phones[0].attributes == {"device": "phone"}
    clicks = sum(TWO.clicks(generator, shopper, "b") for shopper in phones)
    assert abs(clicks / len(phones) - 0.05) < 0.01
    assert not any(TWO.buys(generator, shopper) for shopper in phones[:100])


@pytest.mark.parametrize(
    "build",
    [
        lambda: Crowd(rates={"a": 0.0, "b": 0.1}),
        lambda: Crowd(rates={"a": 0.1}, share=-1),
        lambda: Crowd(rates={"a": 0.1}, conversion_rate=2),
        lambda: Population(crowds={}),
        lambda: Population(crowds={"x": Crowd(rates={"a": 0.1}), "y": Crowd(rates={"b": 0.1})}),
        lambda: Population(crowds={"x": Crowd(rates={"a": 0.1})}, day_factors=(0.0,)),
        lambda: simulate_test(
            TWO, visits_per_day=0, max_days=1, generator=np.random.default_rng(1)
        ),
    ],
)
def test_impossible_worlds_are_refused(build: object) -> None:
    with pytest.raises(InvalidOptions):
        build()  # type: ignore[operator]
