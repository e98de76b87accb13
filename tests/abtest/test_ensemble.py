"""Many tests side by side are many tests: the same numbers as each by itself."""

from typing import Literal

import numpy as np
import pytest

from abtest import (
    AnalysisOptions,
    Cell,
    Counts,
    Guardrail,
    InvalidOptions,
    Period,
    Spread,
    VerdictKind,
    analyse,
)
from abtest.allocation import Allocation
from abtest.ensemble import Ensemble, Look, World
from abtest.judging import verdicts
from abtest.quadrature import Floats

RATES = np.array([[0.030, 0.045, 0.030], [0.04, 0.0401, 0.04], [0.03, 0.02, 0.01]])


def ensemble(world: World, *, options: AnalysisOptions, policy: str = "top_two") -> Ensemble:
    return Ensemble(
        world,
        generator=np.random.default_rng(8),
        allocation=Allocation(policy=policy),  # type: ignore[arg-type]
        options=options,
    )


def counts_of(run: Ensemble, weights: list[Floats], test: int) -> Counts:
    """What the database would hold of one of the tests."""
    names = [str(arm) for arm in range(weights[0].shape[1])]
    trials, successes = run.counts
    return Counts(
        variants=tuple(names),
        periods=tuple(
            Period(id=str(day), weights=dict(zip(names, of[test].tolist(), strict=True)))
            for day, of in enumerate(weights)
        ),
        cells={
            ("everyone", name, str(day)): Cell(
                impressions=int(trials[test, day, arm]), clicks=int(successes[test, day, arm])
            )
            for day in range(len(weights))
            for arm, name in enumerate(names)
        },
    )


@pytest.mark.parametrize("policy", ["top_two", "uniform"])
@pytest.mark.parametrize("foresight", ["none", "overall"])
def test_verdicts_are_those_of_the_analysis(
    policy: str, foresight: Literal["none", "overall"]
) -> None:
    options = AnalysisOptions(foresight=foresight)
    world = World(rates=RATES, impressions_per_day=9000, days=9)
    run = ensemble(world, options=options, policy=policy)
    weights: list[Floats] = []
    kinds = set()
    for look in run.looks():
        weights.append(run.weights.copy())
        if look.days < 7:
            continue
        found = verdicts(look, options)
        for row, test in enumerate(look.tests):
            alone = analyse(counts_of(run, weights, int(test)), options=options).overall
            kind = found[row].kind if row in found else VerdictKind.KEEP_RUNNING
            assert kind == alone.verdict.kind
            kinds.add(kind)
            if row in found:
                assert found[row].variant == alone.verdict.variant
                assert [one.value for one in found[row].conditions if one.name != "sample_ratio"] == (
                    pytest.approx([one.value for one in alone.verdict.conditions
                                   if one.name != "sample_ratio"])
                )  # fmt: skip
    assert {VerdictKind.PROMOTE, VerdictKind.KEEP_RUNNING} <= kinds


def test_the_next_day_is_weighted_as_the_analysis_says() -> None:
    options = AnalysisOptions(foresight="none")
    run = ensemble(World(rates=RATES, impressions_per_day=2000, days=2), options=options)
    looks = run.looks()
    next(looks)
    first = run.weights.copy()
    alone = analyse(counts_of(run, [first], 0), options=options).overall
    next(looks)
    assert np.allclose(first, 1 / 3)
    assert run.weights[0].tolist() == pytest.approx(list(alone.next_weights(Allocation()).values()))


def looks_of(world: World) -> list[Look]:
    return list(ensemble(world, options=AnalysisOptions(foresight="none")).looks())


def test_a_day_may_be_looked_at_in_parts() -> None:
    looks = looks_of(World(rates=RATES, impressions_per_day=1000, days=2, looks_per_day=3))
    assert [look.days for look in looks] == pytest.approx([1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 2])
    assert [look.trials.sum() / 3 for look in looks] == [334, 667, 1000, 1334, 1667, 2000]


def test_only_closed_windows_are_counted_and_all_successes_come() -> None:
    delay = np.array([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.0, 0.0, 1.0]])
    world = World(rates=RATES * 5, impressions_per_day=30_000, days=6, delay=delay)
    looks = looks_of(world)
    assert [look.counted for look in looks] == [1, 2, 3, 4]
    rate = looks[0].successes / looks[0].trials  # the first day, once its window has closed
    assert rate == pytest.approx(RATES * 5, rel=0.15)
    open_world = World(
        rates=RATES * 5, impressions_per_day=30_000, days=6, delay=delay, closed_window=False
    )
    early = looks_of(open_world)[0]
    assert early.successes[0, 2] == 0  # its successes all come two days later
    assert (early.successes / early.trials)[0, 0] == pytest.approx(0.075, rel=0.15)


def test_rates_follow_the_level_of_the_day_and_those_who_left_rest() -> None:
    level = np.array([[1.0, 3.0]] * 3)
    run = ensemble(
        World(rates=RATES, impressions_per_day=50_000, days=2, level=level),
        options=AnalysisOptions(foresight="none"), policy="uniform",
    )  # fmt: skip
    for look in run.looks():
        if look.days == 1:
            run.leave(np.array([1]))
    trials, successes = run.counts
    assert successes[0].sum(axis=1)[1] / successes[0].sum(axis=1)[0] == pytest.approx(3, rel=0.1)
    assert trials[1, 1].sum() == 0
    assert look.tests.tolist() == [0, 2]


@pytest.mark.parametrize(
    "change",
    [
        {"rates": np.array([[0.1]])},
        {"rates": np.array([[0.1, 1.0]])},
        {"days": 0},
        {"level": np.ones((1, 2))},
        {"delay": np.array([[0.5, 0.1], [1.0, 0.0]])},
    ],
)
def test_impossible_worlds_are_refused(change: dict[str, object]) -> None:
    given: dict[str, object] = {"rates": RATES[:, :2], "impressions_per_day": 10, **change}
    with pytest.raises(InvalidOptions):
        World(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        AnalysisOptions(guardrails=(Guardrail(metric="conversion_rate"),)),
        AnalysisOptions(spread=Spread(strengths=(100.0, 10.0), shares=(0.9, 0.1))),
    ],
)
def test_what_many_tests_cannot_be_judged_by_is_refused(options: AnalysisOptions) -> None:
    (look,) = looks_of(World(rates=RATES, impressions_per_day=100, days=1))
    with pytest.raises(InvalidOptions):
        verdicts(look, options)


def test_a_learned_strength_is_taken_from_either_place() -> None:
    (look,) = looks_of(World(rates=RATES, impressions_per_day=100, days=1))
    one = look.posteriors(AnalysisOptions(pseudo_clicks=80.0))
    other = look.posteriors(AnalysisOptions(spread=Spread(strengths=(80.0,))))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])
