import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import (
    Allocation,
    AnalysisOptions,
    Beta,
    Cell,
    Counts,
    GateOptions,
    Guardrail,
    InvalidOptions,
    Period,
    Row,
    Verdict,
    VerdictKind,
    analyse,
    analysis_dict,
    best_arm,
    counts_from_rows,
)
from abtest.ensemble import Ensemble, World
from abtest.judging import verdicts
from abtest.quadrature import Floats


def rows(
    clicks: dict[str, int], *, impressions: int = 2000, days: int = 8, segment: str = "everyone"
) -> list[Row]:
    return [
        Row(segment=segment, variant=name, period=str(day), impressions=impressions, clicks=c)
        for day in range(days)
        for name, c in clicks.items()
    ]


def test_a_clear_winner_is_promoted() -> None:
    analysis = analyse(counts_from_rows(rows({"a": 40, "b": 60, "c": 38})))
    assert (analysis.verdict.kind, analysis.verdict.variant) == (VerdictKind.PROMOTE, "b")
    winner = analysis.overall.variant("b")
    assert winner.prob_best > 0.99
    assert winner.lift is not None
    assert winner.lift.raw == pytest.approx(0.5)
    assert 0.3 < winner.lift.shrunken < 0.5
    assert winner.lift.interval[0] < winner.lift.shrunken < winner.lift.interval[1]
    assert analysis.overall.variant("a").lift is None
    assert analysis.segments == {}


def test_equal_images_with_much_traffic_are_no_difference_worth_having() -> None:
    analysis = analyse(counts_from_rows(rows({"a": 2000, "b": 2003}, impressions=100_000)))
    assert analysis.verdict.kind is VerdictKind.NO_DIFFERENCE


def test_too_early_says_what_is_missing() -> None:
    analysis = analyse(counts_from_rows(rows({"a": 40, "b": 60}, days=3)))
    assert analysis.verdict.kind is VerdictKind.KEEP_RUNNING
    assert "3 full days run, 7 needed." in analysis.verdict.reasons


def test_a_pinned_arm_is_invalid() -> None:
    table = counts_from_rows(
        [
            *rows({"a": 40}, impressions=2600),
            *rows({"b": 60}, impressions=1400),
        ]
    )
    assert analyse(table).verdict.kind is VerdictKind.INVALID


def test_shifting_weights_with_shifting_rates_do_not_fool_it(simpson: Counts) -> None:
    assert simpson.total("a").clicks > simpson.total("b").clicks
    assert analyse(simpson).overall.leader == "b"


def test_flipped_direction_flips_the_verdict() -> None:
    """Counting misses instead of clicks makes the worst arm the best."""
    options = AnalysisOptions(prior=Beta(alpha=1, beta=1))
    clicks = {"a": 700, "b": 900}
    misses = {name: 2000 - count for name, count in clicks.items()}
    one = analyse(counts_from_rows(rows(clicks)), options=options)
    other = analyse(counts_from_rows(rows(misses)), options=options)
    assert (one.overall.leader, other.overall.leader) == ("b", "a")
    assert one.overall.prob_best["a"] == pytest.approx(other.overall.prob_best["b"], abs=1e-9)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=4),
    st.integers(1, 5),
    st.randoms(use_true_random=False),
)
def test_splitting_counts_and_ordering_arms_change_nothing(
    clicks: list[int], parts: int, random: object
) -> None:
    named = {f"v{i}": count for i, count in enumerate(clicks)}
    whole = analyse(
        counts_from_rows(
            rows({n: c * parts for n, c in named.items()}, impressions=2000 * parts, days=1)
        )
    )
    order = list(named.items())
    random.shuffle(order)  # type: ignore[attr-defined]
    split = analyse(counts_from_rows(rows(dict(order), days=parts)))
    for name in named:
        one, other = whole.overall.variant(name), split.overall.variant(name)
        assert other.prob_best == pytest.approx(one.prob_best, abs=1e-8)
        assert other.expected_loss == pytest.approx(one.expected_loss, abs=1e-10)
        assert other.mean == pytest.approx(one.mean)


def test_numbers_are_those_of_the_exact_core() -> None:
    options = AnalysisOptions(prior=Beta(alpha=1, beta=1))
    analysis = analyse(
        counts_from_rows(rows({"a": 49, "b": 51}, impressions=100, days=1)), options=options
    )
    exact = best_arm([Beta(alpha=50, beta=52), Beta(alpha=52, beta=50)])
    assert analysis.overall.prob_best["a"] == pytest.approx(exact.prob_best[0, 0], abs=1e-10)


def test_segments_are_judged_side_by_side() -> None:
    table = counts_from_rows(
        rows({"a": 40, "b": 80}, segment="phone") + rows({"a": 80, "b": 40}, segment="desk")
    )
    analysis = analyse(table)
    assert analysis.segments["phone"].leader == "b"
    assert analysis.segments["desk"].leader == "a"
    limits = {
        name: next(c.limit for c in group.verdict.conditions if c.name == "evidence")
        for name, group in [("overall", analysis.overall), *analysis.segments.items()]
    }
    assert limits == pytest.approx({"overall": 20, "phone": 40, "desk": 40})


def test_a_dropped_control_is_not_replaced_by_whoever_comes_first() -> None:
    table = counts_from_rows(rows({"a": 40, "b": 46, "c": 35}))
    options = AnalysisOptions(control="a", dropped=frozenset({"a"}))
    with pytest.raises(InvalidOptions, match=r"control.*it was dropped; name one of b, c"):
        analyse(table, options=options)
    assert analyse(table, options=replace(options, control="c")).control == "c"


def test_a_dropped_variant_is_left_out() -> None:
    table = counts_from_rows(rows({"a": 40, "b": 60, "c": 99}))
    analysis = analyse(table, options=AnalysisOptions(dropped=frozenset({"c"})))
    assert [variant.variant for variant in analysis.overall.variants] == ["a", "b"]
    assert analysis.overall.leader == "b"
    assert analysis.health.dropped == ("c",)
    with pytest.raises(KeyError):
        analysis.overall.variant("c")
    with pytest.raises(InvalidOptions, match="fewer than two"):
        analyse(table, options=AnalysisOptions(dropped=frozenset({"b", "c"})))


def test_a_guardrail_holds_a_harmful_winner_back() -> None:
    periods = tuple(Period(id=str(day), weights={"a": 0.5, "b": 0.5}) for day in range(8))
    cells = {}
    for period in periods:
        cells["everyone", "a", period.id] = Cell(impressions=5000, clicks=100, conversions=50)
        cells["everyone", "b", period.id] = Cell(impressions=5000, clicks=160, conversions=30)
    table = Counts(variants=("a", "b"), periods=periods, cells=cells)
    assert analyse(table).verdict.variant == "b"
    guarded = AnalysisOptions(guardrails=(Guardrail(metric="conversion_rate"),))
    analysis = analyse(table, options=guarded)
    assert [c.name for c in analysis.verdict.missing] == ["guardrail_conversion_rate"]
    buying = analyse(table, options=AnalysisOptions(metric="conversion_rate"))
    assert buying.overall.leader == "a"


def test_control_is_checked() -> None:
    table = counts_from_rows(rows({"a": 40, "b": 60}))
    assert analyse(table, options=AnalysisOptions(control="b")).control == "b"
    with pytest.raises(InvalidOptions, match="not one of a, b"):
        analyse(table, options=AnalysisOptions(control="x"))


@pytest.mark.parametrize("options", [{"level": 1.0}, {"metric": "smiles"}])
def test_options_have_ranges(options: dict[str, object]) -> None:
    with pytest.raises(InvalidOptions):
        AnalysisOptions(**options)  # type: ignore[arg-type]


def numbers(data: object) -> list[float]:
    if isinstance(data, dict):
        return [n for value in data.values() for n in numbers(value)]
    if isinstance(data, list):
        return [n for value in data for n in numbers(value)]
    return [float(data)] if isinstance(data, int | float) else []


@pytest.mark.parametrize(
    "table",
    [
        counts_from_rows(rows({"a": 0, "b": 0})),
        counts_from_rows(rows({"a": 0, "b": 0}, impressions=0)),
        counts_from_rows(rows({"a": 1, "b": 0}, impressions=1, days=1)),
        counts_from_rows(rows({"a": 10**7, "b": 10**7 + 5000}, impressions=10**9)),
        counts_from_rows(
            rows({"a": 30, "b": 40}) + rows({"a": 0, "b": 0}, impressions=0, segment="x")
        ),
        Counts(variants=("a", "b"), periods=(), cells={}),
    ],
)
def test_never_a_nan(table: Counts) -> None:
    data = analysis_dict(analyse(table))
    text = json.dumps(data, allow_nan=False)
    assert json.loads(text)["overall"]["leader"] in ("a", "b")
    assert all(math.isfinite(number) for number in numbers(data))


def test_next_weights_follow_the_evidence() -> None:
    analysis = analyse(counts_from_rows(rows({"a": 40, "b": 46, "c": 35})))
    weights = analysis.overall.next_weights(Allocation())
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["b"] > weights["a"] > weights["c"] >= 0.01


def test_the_sentences_name_what_the_metric_counts() -> None:
    table = counts_from_rows(
        [
            Row(segment="everyone", variant=name, period=str(day), impressions=5000, clicks=500,
                conversions=0 if (name, day) == ("b", 4) else bought)
            for day in range(8) for name, bought in (("a", 5), ("b", 4))
        ]
    )  # fmt: skip
    analysis = analyse(table, options=AnalysisOptions(metric="conversion_rate"))
    told = {one.name: one for one in analysis.verdict.conditions}["min_clicks"]
    assert told.text.startswith("40 conversions on a, which leads")
    assert told.missing == "10 more conversions on a"


@pytest.mark.slow
def test_equal_images_looked_at_daily_are_rarely_called_different() -> None:
    """A/A: a promotion is harmless here (all are best), a claim beyond epsilon would not be.

    The gate follows 300 tests side by side; what it says of sound traffic is what `analyse` says
    (see `test_ensemble`). The sample ratio of each period is looked at in full, at the end.
    """
    options = AnalysisOptions(gate=GateOptions(epsilon=0.001), foresight="none")
    tests, days = 300, 25
    run = Ensemble(
        World(rates=np.full((tests, 2), 0.02), impressions_per_day=2000, days=days),
        generator=np.random.default_rng(4), allocation=Allocation(policy="uniform"), options=options,
    )  # fmt: skip
    claimed: set[int] = set()
    for look in run.looks():
        found = verdicts(look, options)
        claimed |= {
            int(look.tests[row]) for row, one in found.items() if one.kind is VerdictKind.PROMOTE
        }
    assert len(claimed) <= 0.05 * tests
    trials, successes = run.counts
    invalid = 0
    for test in range(60):
        invalid += verdict_of(trials[test], successes[test], options).kind is VerdictKind.INVALID
    assert invalid <= 1


def verdict_of(trials: Floats, successes: Floats, options: AnalysisOptions) -> Verdict:
    """Of two images split evenly; counts (days, images)."""
    weights = {"a": 0.5, "b": 0.5}
    table = Counts(
        variants=("a", "b"),
        periods=tuple(Period(id=str(day), weights=weights) for day in range(len(trials))),
        cells={
            ("everyone", name, str(day)): Cell(
                impressions=int(trials[day, arm]), clicks=int(successes[day, arm])
            )
            for day in range(len(trials))
            for arm, name in enumerate(weights)
        },
    )
    return analyse(table, options=options).verdict


def test_before_the_first_click_no_image_is_called_too_close() -> None:
    conditions = analyse(counts_from_rows(rows({"a": 0, "b": 0}))).verdict.conditions
    told = {one.name: one.missing for one in conditions}
    assert (told["evidence"], told["difference"], told["expected_loss"]) == ("", "", "")
    assert told["min_clicks"] == "50 more clicks on a"


@pytest.mark.parametrize(("alpha", "beta"), [(1e-6, 1.0), (1.0, 1e-300), (2e9, 1.0)])
def test_a_prior_that_no_test_could_have_is_refused(alpha: float, beta: float) -> None:
    with pytest.raises(InvalidOptions, match=r"0\.001 to 1,000,000,000 each"):
        AnalysisOptions(prior=Beta(alpha=alpha, beta=beta))
