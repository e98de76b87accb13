from dataclasses import replace

import pytest

from abtest import (
    GateOptions,
    Health,
    HealthFinding,
    InvalidOptions,
    Outlook,
    SampleRatio,
    Verdict,
    VerdictKind,
)
from abtest.gate import Evidence, foreseen, judge
from abtest.strata import EffectiveArm
from abtest.verdict import Condition


def arm(name: str, impressions: int, clicks: int) -> EffectiveArm:
    return EffectiveArm(
        variant=name,
        impressions=impressions,
        successes=clicks,
        trials_effective=impressions,
        successes_effective=clicks,
    )


READY = Evidence(
    leader="b",
    relative_loss=0.001,
    e_value=100.0,
    e_limit=40.0,
    difference=60.0,
    difference_limit=20.0,
    rope=0.1,
    days=7.0,
    arms=(arm("a", 10_000, 200), arm("b", 10_000, 300)),
)
FINE = SampleRatio(period="1", chi_square=1.0, p_value=0.4, impressions=20_000)
GUARDRAIL = Condition(name="guardrail_x", value=0.1, limit=0.9, passed=False, text="Harm.")


def verdict(evidence: Evidence, *, p_value: float = 0.4, periods: int = 1) -> Verdict:
    worst = replace(FINE, p_value=p_value)
    health = Health(
        days=7.0,
        sample_ratios=(worst, *(FINE,) * (periods - 1)),
        sample_ratio=FINE,
        dropped=(),
    )
    return judge(evidence, health, GateOptions())


def test_all_conditions_met_promotes() -> None:
    found = verdict(READY)
    assert (found.kind, found.variant, found.missing) == (VerdictKind.PROMOTE, "b", ())
    assert len(found.reasons) == 8


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"relative_loss": 0.02}, "expected_loss"),
        ({"e_value": 39.0}, "evidence"),
        ({"difference": 19.0}, "difference"),
        ({"days": 6.9}, "min_days"),
        ({"arms": (arm("a", 400, 60), arm("b", 10_000, 300))}, "min_impressions"),
        ({"arms": (arm("a", 9000, 300), arm("b", 1000, 49))}, "min_clicks"),
        ({"guardrails": (GUARDRAIL,)}, "guardrail_x"),
    ],
)
def test_each_condition_alone_holds_the_promotion_back(
    change: dict[str, object], name: str
) -> None:
    found = verdict(replace(READY, **change))  # type: ignore[arg-type]
    assert (found.kind, found.variant) == (VerdictKind.KEEP_RUNNING, None)
    assert [condition.name for condition in found.missing] == [name]
    assert found.reasons == (found.missing[0].text,)


def test_a_rival_that_was_hardly_shown_needs_no_clicks_of_its_own() -> None:
    assert verdict(replace(READY, arms=(arm("a", 600, 2), arm("b", 10_000, 300)))).variant == "b"


def test_broken_traffic_makes_it_invalid_before_all_else() -> None:
    found = verdict(replace(READY, days=1.0), p_value=1e-6)
    assert found.kind is VerdictKind.INVALID
    assert "period 1 did not split as planned" in found.reasons[0]


def test_one_odd_period_among_many_is_chance() -> None:
    assert verdict(READY, p_value=9e-4).kind is VerdictKind.INVALID
    assert verdict(READY, p_value=9e-4, periods=60).kind is VerdictKind.PROMOTE


def test_no_difference_is_said_even_where_a_promotion_would_pass() -> None:
    assert verdict(replace(READY, rope=0.96)).kind is VerdictKind.NO_DIFFERENCE
    assert verdict(replace(READY, rope=0.96, days=3.0)).kind is VerdictKind.KEEP_RUNNING


@pytest.mark.parametrize(
    "options",
    [
        {"alpha": 0.0},
        {"alpha": 1e-320},
        {"epsilon": 1.0},
        {"tau": 0.0},
        {"tau": 1e200},
        {"max_relative_loss": 2.0},
        {"min_days": -1},
        {"min_days": 3_651},
        {"max_days": 1e308},
        {"max_days": float("nan")},
        {"min_impressions": 2e12},
        {"min_clicks": float("inf")},
    ],
)
def test_limits_have_ranges(options: dict[str, float]) -> None:
    with pytest.raises(InvalidOptions):
        GateOptions(**options)  # type: ignore[arg-type]


LATER = Outlook(
    horizon_days=40,
    chance_answer=0.6,
    chance_winner=0.5,
    prob_worth=0.3,
    days=(3, 12, None),
    impressions_per_day=900,
)


def test_a_verdict_to_go_on_tells_what_is_missing_and_for_how_long() -> None:
    waiting = verdict(replace(READY, e_value=39.0))
    found = foreseen(waiting, LATER, {"evidence": "about 120 more", "min_days": "x"}, GateOptions())
    assert (found.kind, found.outlook) == (VerdictKind.KEEP_RUNNING, LATER)
    (condition,) = found.missing
    assert (condition.name, condition.missing) == ("evidence", "about 120 more")
    assert "x" not in [each.missing for each in found.conditions]


def test_days_are_told_of_all_but_guardrails_and_none_where_they_alone_are_open() -> None:
    def ahead(evidence: Evidence) -> str:
        found = foreseen(verdict(evidence), LATER, {}, GateOptions()).outlook
        assert found is not None
        return found.text

    guarded = replace(READY, guardrails=(GUARDRAIL,))
    assert ahead(replace(guarded, e_value=39.0)) == (
        "About 12 days more until an answer (3 to more than 40), guardrails aside."
    )
    assert ahead(guarded) == "All but guardrails is met already; of them no days can be told."


def test_a_futile_test_ends_once_all_is_counted_that_a_judgement_needs() -> None:
    hopeless = replace(LATER, chance_winner=0.02)
    waiting = verdict(replace(READY, e_value=39.0))
    found = foreseen(waiting, hopeless, {}, GateOptions())
    assert found.kind is VerdictKind.NO_DIFFERENCE
    assert found.reasons[0].startswith("Going on for 40 days more would name a winner worth having")
    assert foreseen(waiting, hopeless, {}, GateOptions(min_chance=0.0)).kind is waiting.kind
    likely = replace(hopeless, prob_worth=0.6)
    assert foreseen(waiting, likely, {}, GateOptions()).kind is VerdictKind.KEEP_RUNNING
    early = verdict(replace(READY, e_value=39.0, days=3.0))
    assert foreseen(early, hopeless, {}, GateOptions()).kind is VerdictKind.KEEP_RUNNING


def test_counts_that_are_missing_are_told_in_numbers() -> None:
    found = verdict(replace(READY, days=3.0, arms=(arm("a", 400, 8), arm("b", 800, 38))))
    assert [condition.missing for condition in found.missing] == [
        "4 more full days",
        "100 more impressions on a",
        "12 more clicks on b",
    ]


def test_a_finding_that_voids_the_numbers_makes_it_invalid() -> None:
    finding = HealthFinding(name="x", severity="invalid", value=1, limit=0, text="Clicks are lost.")
    health = Health(days=7.0, sample_ratios=(FINE,), sample_ratio=FINE, dropped=(),
                    findings=(finding, replace(finding, severity="warning")))  # fmt: skip
    found = judge(READY, health, GateOptions())
    assert (found.kind, found.reasons) == (VerdictKind.INVALID, ("Clicks are lost.",))


def test_a_broken_segment_is_named() -> None:
    broken = replace(FINE, segment="de", p_value=1e-7)
    health = Health(days=7.0, sample_ratios=(FINE,), sample_ratio=FINE, dropped=(),
                    segment_ratios=(replace(FINE, segment="at"), broken))  # fmt: skip
    found = judge(READY, health, GateOptions())
    assert found.kind is VerdictKind.INVALID
    assert found.reasons[0].startswith("Traffic of segment de did not split as planned")


def test_one_day_is_no_plural() -> None:
    (days,) = verdict(replace(READY, days=6.5)).missing
    assert (days.text, days.missing) == ("6 full days run, 7 needed.", "1 more full day")
    (days,) = verdict(replace(READY, days=1.0)).missing
    assert days.text == "1 full day run, 7 needed."
