import pytest

from abtest import Cell, Counts, Guardrail, InvalidOptions, Period
from abtest.guardrail import guardrail_conditions
from abtest.tables import CountTable


def table(control: int, leader: int) -> CountTable:
    counts = Counts(
        variants=("a", "b"),
        periods=(Period(id="1", weights={"a": 0.5, "b": 0.5}),),
        cells={
            ("everyone", "a", "1"): Cell(impressions=100_000, conversions=control),
            ("everyone", "b", "1"): Cell(impressions=100_000, conversions=leader),
        },
    )
    return CountTable.of(counts, counts.variants)


GUARDRAIL = Guardrail(metric="conversion_rate", margin=0.05, confidence=0.9)


@pytest.mark.parametrize(
    ("leader", "passed"), [(2200, True), (2050, True), (1960, False), (1500, False)]
)
def test_harm_is_held_against_the_margin(leader: int, passed: bool) -> None:
    (condition,) = guardrail_conditions(
        GUARDRAIL, table(2000, leader), groups=[("everyone",)], leaders=["b"], control="a"
    )
    assert condition.passed is passed
    assert condition.name == "guardrail_conversion_rate"
    assert "conversion rate of b" in condition.text


def test_a_leading_control_harms_nobody() -> None:
    (condition,) = guardrail_conditions(
        GUARDRAIL, table(2000, 10), groups=[("everyone",)], leaders=["a"], control="a"
    )
    assert (condition.value, condition.passed) == (1.0, True)


@pytest.mark.parametrize(("margin", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.05, 1.0)])
def test_ranges(margin: float, confidence: float) -> None:
    with pytest.raises(InvalidOptions):
        Guardrail(metric="conversion_rate", margin=margin, confidence=confidence)
