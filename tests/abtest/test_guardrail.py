from dataclasses import replace

import numpy as np
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
    ("leader", "passed"), [(2200, True), (2150, True), (2050, False), (1500, False)]
)
def test_harm_is_held_against_the_margin(leader: int, passed: bool) -> None:
    (condition,) = guardrail_conditions(
        GUARDRAIL, table(2000, leader), groups=[("everyone",)], leaders=["b"], control="a"
    )
    assert condition.passed is passed
    assert condition.name == "guardrail_conversion_rate"
    assert "conversion rate of b" in condition.text
    assert condition.text.endswith(f"counted: {leader / 2000 - 1:+.1%}.")


def test_a_margin_is_told_as_it_was_asked_for_and_no_confidence_rounds_onto_its_limit() -> None:
    (condition,) = guardrail_conditions(
        Guardrail(metric="conversion_rate", margin=0.025, confidence=0.9),
        table(2000, 2053), groups=[("everyone",)], leaders=["b"], control="a",
    )  # fmt: skip
    assert "no more than 2.5% below a" in condition.text
    (close,) = guardrail_conditions(
        GUARDRAIL, table(2000, 2053), groups=[("everyone",)], leaders=["b"], control="a"
    )
    assert close.value is not None
    assert 0.8995 < close.value < 0.9
    assert "has a confidence of 89.9%, however often one looks, 90% needed" in close.text


def test_a_leading_control_harms_nobody() -> None:
    (condition,) = guardrail_conditions(
        GUARDRAIL, table(2000, 10), groups=[("everyone",)], leaders=["a"], control="a"
    )
    assert (condition.value, condition.passed) == (1.0, True)


@pytest.mark.parametrize(("margin", "confidence"), [(0.0, 0.9), (1.0, 0.9), (0.05, 1.0)])
def test_ranges(margin: float, confidence: float) -> None:
    with pytest.raises(InvalidOptions):
        Guardrail(metric="conversion_rate", margin=margin, confidence=confidence)


def share_passed(guardrail: Guardrail, *, ratio: float, orders: float, tests: int = 80) -> float:
    """The share of tests that pass in one of 40 looks, with so many more orders of the control each.

    The tests are segments of one table, which are judged each by itself.
    """
    generator = np.random.default_rng(11)
    names = tuple(str(test) for test in range(tests))
    sold = generator.poisson((orders, orders * ratio), (40, tests, 2)).cumsum(axis=0)
    passed = np.zeros(tests, dtype=bool)
    for look, counted in enumerate(sold, start=1):
        counts = Counts(
            variants=("a", "b"),
            periods=(Period(id="1", weights={"a": 0.5, "b": 0.5}),),
            segments=names,
            cells={
                (name, arm, "1"): Cell(impressions=10_000 * look, conversions=int(number))
                for name, pair in zip(names, counted, strict=True)
                for arm, number in zip(("a", "b"), pair, strict=True)
            },
        )
        conditions = guardrail_conditions(
            guardrail,
            CountTable.of(counts, counts.variants),
            groups=[(name,) for name in names],
            leaders=["b"] * tests,
            control="a",
        )
        passed |= [condition.passed for condition in conditions]
    return float(passed.mean())


@pytest.mark.parametrize("orders", [5.0, 100.0])
def test_harm_of_the_margin_passes_in_less_than_a_tenth_of_tests_looked_at_often(
    orders: float,
) -> None:
    lower = Guardrail(metric="conversion_rate", margin=0.1, direction="lower")
    assert share_passed(replace(lower, direction="higher"), ratio=0.9, orders=orders) <= 0.1
    assert share_passed(lower, ratio=1.1, orders=orders) <= 0.1


def test_an_image_that_harms_nothing_passes() -> None:
    assert (
        share_passed(Guardrail(metric="conversion_rate", margin=0.1), ratio=1.0, orders=120) > 0.9
    )


def test_what_is_missing_is_told_in_orders() -> None:
    def missing(control: int, leader: int) -> str:
        (condition,) = guardrail_conditions(
            GUARDRAIL, table(control, leader), groups=[("everyone",)], leaders=["b"], control="a"
        )
        return condition.missing

    assert missing(2000, 2200) == ""
    assert missing(2000, 2000) == (
        "about 3,100 more conversions on b and 3,100 on a, if their rates stay as they are"
    )
    assert missing(5100, 5100) == ""
    assert "b is too close to the margin" in missing(2000, 1901)
    assert missing(2000, 1800) == "", "harm beyond the margin, which waiting does not mend"
    assert missing(0, 20) == missing(20, 0) == "conversions of both images"
