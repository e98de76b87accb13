from dataclasses import replace

import pytest

from abtest import GateOptions, Health, InvalidOptions, SampleRatio, Verdict, VerdictKind
from abtest.gate import Evidence, judge
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
    assert len(found.reasons) == 7


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"relative_loss": 0.02}, "expected_loss"),
        ({"e_value": 39.0}, "evidence"),
        ({"days": 6.9}, "min_days"),
        ({"arms": (arm("a", 400, 60), arm("b", 10_000, 300))}, "min_impressions"),
        ({"arms": (arm("a", 9000, 49), arm("b", 10_000, 300))}, "min_clicks"),
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
    [{"alpha": 0.0}, {"epsilon": 1.0}, {"tau": 0.0}, {"min_days": -1}, {"max_relative_loss": 2.0}],
)
def test_limits_have_ranges(options: dict[str, float]) -> None:
    with pytest.raises(InvalidOptions):
        GateOptions(**options)  # type: ignore[arg-type]
