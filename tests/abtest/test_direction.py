"""A metric that is better lower: what holds of "best" holds for it, turned round."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from abtest import (
    Analysis,
    AnalysisOptions,
    Beta,
    Cell,
    Counts,
    Expectation,
    GateOptions,
    GroupAnalysis,
    InvalidOptions,
    Period,
    Row,
    Spread,
    VerdictKind,
    WatchedDay,
    WatchOptions,
    aftermath,
    analyse,
    analysis_dict,
    best_arm,
    counts_from_rows,
    one_crowd,
    plan_test,
    simulate_test,
)
from abtest.allocation import Allocation
from abtest.direction import Direction
from abtest.ensemble import Ensemble, World
from abtest.evidence import e_values, leader_log_e_values
from abtest.judging import verdicts

few = settings(deadline=None, max_examples=25)
HIGHER = AnalysisOptions(foresight="none")
LOWER = replace(HIGHER, direction="lower")
arms = st.lists(
    st.builds(Beta, alpha=st.floats(0.5, 900.0), beta=st.floats(0.5, 30_000.0)),
    min_size=2,
    max_size=6,
)


def counts_of(clicks: dict[str, list[int]], *, shown: int = 2000) -> Counts:
    """Clicks of each image in each segment, the same on each of eight days."""
    return counts_from_rows(
        Row(segment=f"s{at}", variant=name, period=str(day), impressions=shown, clicks=clicked)
        for day in range(8)
        for name, of_segments in clicks.items()
        for at, clicked in enumerate(of_segments)
    )


def groups(analysis: Analysis) -> list[GroupAnalysis]:
    return [analysis.overall, *analysis.segments.values()]


@few
@given(arms)
def test_the_least_rate_is_best_by_plain_integration(posteriors: list[Beta]) -> None:
    betas = [stats.beta(one.alpha, one.beta) for one in posteriors]
    found = best_arm(posteriors, direction="lower")
    ends = sorted({0.0, 1.0, *(float(q) for b in betas for q in b.ppf([1e-9, 0.02, 0.5, 0.98]))})
    pieces = list(pairwise(ends))

    def over(function: object) -> float:
        return float(
            sum(integrate.fixed_quad(function, low, high, n=60)[0] for low, high in pieces)
        )

    least = over(lambda x: np.prod([b.sf(x) for b in betas], axis=0))
    assert found.expected_best[0] == pytest.approx(least, abs=1e-6)
    for at, one in enumerate(posteriors):
        assert found.expected_loss[0, at] == pytest.approx(one.mean - least, abs=1e-6)
    assert found.prob_best.sum() == pytest.approx(1.0, abs=1e-9)


@few
@given(arms)
def test_of_rates_and_of_what_is_left_of_them_the_same_arm_is_best(posteriors: list[Beta]) -> None:
    others = [Beta(alpha=one.beta, beta=one.alpha) for one in posteriors]
    lower, higher = best_arm(posteriors, direction="lower"), best_arm(others)
    assert lower.prob_best == pytest.approx(higher.prob_best, abs=1e-9)
    assert lower.expected_loss == pytest.approx(higher.expected_loss, abs=1e-9)


@few
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=3))
def test_of_two_images_the_other_has_the_numbers(clicks: list[tuple[int, int]]) -> None:
    """P(best), loss and evidence change places; rates, intervals and lifts stay what they are."""
    counts = counts_of({"a": [a for a, _ in clicks], "b": [b for _, b in clicks]})
    higher, lower = analyse(counts, options=HIGHER), analyse(counts, options=LOWER)
    for one, turned in zip(groups(higher), groups(lower), strict=True):
        for name, other in ("ab", "ba"):
            here, there = turned.variant(name), one.variant(other)
            assert here.prob_best == pytest.approx(there.prob_best, abs=1e-8)
            assert here.expected_loss == pytest.approx(there.expected_loss, abs=1e-10)
            assert here.e_value == pytest.approx(there.e_value, rel=1e-9)
            same = one.variant(name)
            assert here.mean == same.mean
            assert here.credible_interval == same.credible_interval
            assert here.lift == same.lift
    if higher.overall.prob_best["a"] != pytest.approx(0.5):
        assert higher.overall.leader != lower.overall.leader


@few
@given(st.lists(st.integers(0, 2000), min_size=2, max_size=5))
def test_fewest_clicks_are_most_misses(clicks: list[int]) -> None:
    """The image that is best by clicks, fewer being better, is best by misses."""
    named = {f"v{i}": clicked for i, clicked in enumerate(clicks)}
    few_clicks = analyse(
        counts_of({name: [clicked] for name, clicked in named.items()}),
        options=replace(LOWER, prior=Beta(alpha=2, beta=5)),
    ).overall
    misses = analyse(
        counts_of({name: [2000 - clicked] for name, clicked in named.items()}),
        options=replace(HIGHER, prior=Beta(alpha=5, beta=2)),
    ).overall
    for name in named:
        one, other = few_clicks.variant(name), misses.variant(name)
        assert one.prob_best == pytest.approx(other.prob_best, abs=1e-8)
        assert one.expected_loss == pytest.approx(other.expected_loss, abs=1e-9)


@few
@given(
    st.lists(st.floats(1.0, 500.0), min_size=2, max_size=5),
    st.floats(0.01, 0.2),
    st.sampled_from(["higher", "lower"]),
)
def test_one_leader_s_evidence_is_that_of_all(
    won: list[float], epsilon: float, direction: Direction
) -> None:
    successes, trials = np.array([won]), np.full((1, len(won)), 5000.0)
    limits = {"epsilon": epsilon, "tau": 0.2, "direction": direction}
    every = e_values(successes, trials, **limits)  # type: ignore[arg-type]
    for leader in range(len(won)):
        alone = leader_log_e_values(successes, trials, leader=leader, **limits)  # type: ignore[arg-type]
        assert np.log(every[0, leader]) == pytest.approx(alone[0], abs=1e-9)
    best = np.argmin(won) if direction == "lower" else np.argmax(won)
    # What is below 1 speaks for nobody, however much of it there is.
    assert every[0, best] == every.max() or every.max() < 1.0


def test_the_image_of_fewest_clicks_is_promoted_with_reasons_that_fit() -> None:
    counts = counts_of({"white": [70], "oak": [40], "marble": [72]})
    lower = analyse(counts, options=replace(LOWER, control="white"))
    assert (lower.verdict.kind, lower.verdict.variant) == (VerdictKind.PROMOTE, "oak")
    assert "Choosing oak now would bring under 0.01% too many clicks on average" in (
        " ".join(lower.verdict.reasons)
    )
    lift = lower.overall.variant("oak").lift
    assert lift is not None
    assert lift.shrunken < lift.interval[1] < 0  # a lift says what is counted: fewer clicks
    weights = lower.overall.next_weights(Allocation())
    assert max(weights, key=lambda name: weights[name]) == "oak"
    assert analysis_dict(lower)["direction"] == "lower"
    higher = analyse(counts, options=HIGHER)
    assert higher.overall.leader == "marble"


def test_equal_images_are_found_equal_either_way() -> None:
    counts = counts_of({"a": [1000], "b": [1001]}, shown=20_000)
    spread = Spread(strengths=(300.0, 20.0), shares=(0.6, 0.4))
    for options in (HIGHER, LOWER, replace(LOWER, spread=spread)):
        assert analyse(counts, options=options).verdict.kind is VerdictKind.NO_DIFFERENCE


def test_mixtures_are_turned_round_as_well() -> None:
    counts = counts_of({"a": [30], "b": [34]})
    spread = Spread(strengths=(300.0, 20.0), shares=(0.6, 0.4))
    higher, lower = (
        analyse(counts, options=replace(one, spread=spread)).overall for one in (HIGHER, LOWER)
    )
    assert lower.prob_best["a"] == pytest.approx(higher.prob_best["b"], abs=1e-8)
    assert lower.variant("a").expected_loss == (
        pytest.approx(higher.variant("b").expected_loss, abs=1e-10)
    )


def test_what_is_missing_names_the_nearest_rival() -> None:
    counts = counts_of({"a": [44], "b": [40], "c": [80]})
    verdict = analyse(counts, options=replace(LOWER, foresight="overall")).verdict
    assert verdict.kind is VerdictKind.KEEP_RUNNING
    missing = {one.name: one.missing for one in verdict.missing}
    assert "more clicks on b and " in missing["evidence"]
    assert missing["evidence"].endswith("on a, if their rates stay as they are")


@pytest.mark.parametrize("control", ["a", "b"])
def test_the_outlook_hopes_for_the_lower_image(control: str) -> None:
    """Which of two leads turns with the direction; how sure that is stays the same."""
    counts = counts_of({"a": [20], "b": [17]})
    chances = {}
    for direction in ("higher", "lower"):
        options = AnalysisOptions(direction=direction, control=control)
        found = analyse(counts, options=options)
        assert found.verdict.outlook is not None
        a, b = (found.overall.variant(name).posterior for name in "ab")
        draws = np.random.default_rng(1)
        ratio = draws.beta(a.alpha, a.beta, 50_000) / draws.beta(b.alpha, b.beta, 50_000)
        assert found.overall.leader == ("b" if direction == "lower" else "a")
        # The leader beats the other by more than epsilon: a by its clicks, b by having fewer.
        assert found.verdict.outlook.prob_worth == pytest.approx((ratio > 1.05).mean(), abs=0.08)
        chances[direction] = found.verdict.outlook.chance_answer
    assert chances["lower"] == pytest.approx(chances["higher"], abs=0.12)


def test_a_simulated_test_ends_with_the_lower_image() -> None:
    test = simulate_test(
        one_crowd({"white": 0.05, "oak": 0.035}),
        visits_per_day=6000,
        max_days=40,
        generator=np.random.default_rng(4),
        options=LOWER,
    )
    verdict = test.outcome.verdict
    assert (verdict.kind, verdict.variant) == (VerdictKind.PROMOTE, "oak")
    assert test.days[-1].weights["oak"] > 0.6
    assert (
        0
        < test.regret_clicks
        < 0.015 * sum(test.counts.total(name).impressions for name in ("white", "oak"))
    )


def test_a_plan_of_a_lower_metric_saves_clicks() -> None:
    forecasts = {
        direction: plan_test(
            Expectation(visits_per_day=100_000, rate=0.03, max_days=15),
            generator=np.random.default_rng(3),
            runs=12,
            options=AnalysisOptions(direction=direction),
        )
        for direction in ("higher", "lower")
    }
    assert forecasts["lower"].clicks_gained < -0.02
    assert forecasts["higher"].clicks_gained > 0.02
    assert forecasts["lower"].decided > 0.8
    assert forecasts["lower"].wrong <= 1 / 12


def test_many_tests_side_by_side_promote_no_image_that_is_much_higher() -> None:
    """Drifting days, moving weights, a look each day: mistakes as rare as promised."""
    generator = np.random.default_rng(11)
    rates = 0.02 * np.exp(generator.normal(0.0, 0.2, size=(120, 3)))
    level = np.exp(np.cumsum(generator.normal(0.0, 0.05, size=(120, 30)), axis=1))
    world = World(rates=rates, impressions_per_day=6000, days=30, level=level)
    run = Ensemble(world, generator=generator, allocation=Allocation(), options=LOWER)
    promoted = wrong = 0
    for look in run.looks():
        found = verdicts(look, LOWER)
        for row, verdict in found.items():
            if verdict.variant is not None:
                truth = rates[look.tests[row]]
                promoted += 1
                wrong += truth[int(verdict.variant)] > 1.05 * truth.min()
        run.leave(look.tests[list(found)])
    assert promoted > 40
    assert wrong <= 0.05 * 120


def test_side_by_side_is_as_alone() -> None:
    rates = np.array([[0.045, 0.030, 0.045], [0.04, 0.0401, 0.04]])
    world = World(rates=rates, impressions_per_day=9000, days=8)
    run = Ensemble(
        world,
        generator=np.random.default_rng(8),
        allocation=Allocation(policy="uniform"),
        options=LOWER,
    )
    look = list(run.looks())[-1]
    found = verdicts(look, LOWER)
    trials, successes = run.counts
    third = dict.fromkeys("012", 1 / 3)
    for test in range(2):
        counts = Counts(
            variants=("0", "1", "2"),
            periods=tuple(Period(id=str(day), weights=third) for day in range(8)),
            cells={
                ("everyone", str(arm), str(day)): Cell(
                    impressions=int(trials[test, day, arm]), clicks=int(successes[test, day, arm])
                )
                for day in range(8)
                for arm in range(3)
            },
        )
        alone = analyse(counts, options=LOWER).verdict
        assert (alone.kind is not VerdictKind.KEEP_RUNNING) == (test in found)
        if test in found:
            assert (found[test].kind, found[test].variant) == (alone.kind, alone.variant)
    assert found[0].variant == "1"


def watched(clicks: list[tuple[int, int]]) -> list[WatchedDay]:
    """Clicks of 5,000 shown the winner, and of as many shown the control, day by day."""
    return [
        WatchedDay(
            label=f"day {at}",
            arms={"all": (Cell(impressions=5000, clicks=w), Cell(impressions=5000, clicks=c))},
        )
        for at, (w, c) in enumerate(clicks)
    ]


@few
@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), min_size=2, max_size=6))
def test_harm_of_fewer_is_harm_of_more_to_the_other(clicks: list[tuple[int, int]]) -> None:
    lower = aftermath(
        watched(clicks), winner="oak", control="white", options=WatchOptions(direction="lower")
    )
    swapped = aftermath(watched([(c, w) for w, c in clicks]), winner="oak", control="white")
    assert (lower.harm is None) == (swapped.harm is None)
    if lower.harm is not None and swapped.harm is not None:
        assert lower.harm.evidence == pytest.approx(swapped.harm.evidence, rel=1e-9)
        assert lower.harm.since == swapped.harm.since
        assert lower.harm.ratio == pytest.approx(1.0 / swapped.harm.ratio, rel=1e-6)


def test_a_winner_whose_rate_rises_is_proposed_back() -> None:
    days = watched([(80, 100)] * 10 + [(140, 100)] * 15)
    lower = WatchOptions(direction="lower")
    bad = aftermath(days, winner="oak", control="white", options=lower)
    assert bad.roll_back
    assert bad.text.startswith("Roll back: since day 10 oak gets 40% more clicks than white")
    assert not aftermath(days, winner="oak", control="white").roll_back
    fine = aftermath(watched([(60, 100)] * 25), winner="oak", control="white", options=lower)
    assert not fine.roll_back
    assert fine.lift is not None
    assert fine.lift < -0.3


def test_a_margin_is_how_much_higher_it_may_be() -> None:
    days = watched([(1080, 1000)] * 20)
    strict, lenient = (
        aftermath(
            days,
            winner="oak",
            control="white",
            options=WatchOptions(direction="lower", margin=margin),
        )
        for margin in (0.0, 0.1)
    )
    assert strict.roll_back
    assert not lenient.roll_back


def test_only_rates_are_better_lower() -> None:
    with pytest.raises(InvalidOptions, match="money is better higher"):
        AnalysisOptions(metric="value_per_impression", direction="lower")
    for metric in ("click_rate", "conversion_rate", "conversion_per_click"):
        AnalysisOptions(metric=metric, direction="lower")
    for made in (AnalysisOptions, WatchOptions):
        with pytest.raises(InvalidOptions, match="one of higher, lower"):
            made(direction="down")  # type: ignore[arg-type]


@pytest.mark.parametrize("metric", ["conversion_rate", "conversion_per_click"])
def test_conversions_may_be_better_lower(metric: str) -> None:
    counts = counts_from_rows(
        Row(segment="all", variant=name, period=str(day), impressions=4000, clicks=200,
            conversions=returned)
        for day in range(8)
        for name, returned in (("a", 40), ("b", 22))
    )  # fmt: skip
    options = AnalysisOptions(metric=metric, direction="lower", gate=GateOptions(min_days=7))  # type: ignore[arg-type]
    verdict = analyse(counts, options=options).verdict
    assert (verdict.kind, verdict.variant) == (VerdictKind.PROMOTE, "b")
    assert "too many conversions on average" in " ".join(verdict.reasons)


@pytest.mark.parametrize("shown", [0, 1, 10**9])
def test_odd_counts_give_numbers(shown: int) -> None:
    counts = counts_of({"a": [0], "b": [min(1, shown)]}, shown=shown)
    found = analyse(counts, options=AnalysisOptions(direction="lower"))
    for one in found.overall.variants:
        assert np.isfinite([one.prob_best, one.expected_loss, one.e_value, one.mean]).all()
    assert sum(found.overall.prob_best.values()) == pytest.approx(1.0)
