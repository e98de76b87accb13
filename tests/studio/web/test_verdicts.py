"""What became of a test is put into words that follow from its verdict."""

from dataclasses import replace

import pytest

from abtest import Condition, HealthFinding, VerdictKind
from studio.services.demo.story import ProductStory, PromotionStory
from studio.web.verdicts import gate, notes, short_status, statements
from tests.studio.web_story import product

RATES = {name: {"white": 0.05, "wood": 0.05} for name in ("returning", "new")}


def judged(kind: VerdictKind, *, variant: str | None = None) -> ProductStory:
    """A test whose overall verdict is of a kind."""
    told = product(RATES, max_days=2)
    verdict = replace(
        told.analysis.overall.verdict,
        kind=kind,
        variant=variant,
        reasons=("Because.",),
        outlook=None,
    )
    overall = replace(told.analysis.overall, verdict=verdict)
    return replace(told, analysis=replace(told.analysis, overall=overall))


@pytest.mark.parametrize(
    ("kind", "tone", "words"),
    [
        (VerdictKind.KEEP_RUNNING, "open", "because the gate is not met"),
        (VerdictKind.NO_DIFFERENCE, "same", "no image is better by enough to matter"),
        (VerdictKind.INVALID, "invalid", "because the traffic cannot be trusted"),
        (VerdictKind.PROMOTE, "won", "“Wood” has met the gate for all shoppers, but was not"),
    ],
)
def test_without_a_promotion_each_verdict_has_its_sentence(
    kind: VerdictKind, tone: str, words: str
) -> None:
    (said,) = statements(judged(kind, variant="wood"))
    assert said.tone == tone
    assert words in said.sentence


def test_what_is_missing_is_told_condition_by_condition() -> None:
    told = product(RATES, max_days=2)
    (said,) = statements(told)
    verdict = told.analysis.verdict
    assert verdict.outlook is not None
    *missing, ahead = said.reasons
    assert ahead == verdict.outlook.text
    assert len(missing) >= 1
    for reason, condition in zip(missing, verdict.missing, strict=True):
        assert reason.startswith(condition.text)
        assert condition.missing in reason


def test_a_futile_test_does_not_say_that_the_images_are_alike() -> None:
    told = judged(VerdictKind.NO_DIFFERENCE)
    outlook = product(RATES, max_days=2).analysis.verdict.outlook
    verdict = replace(told.analysis.overall.verdict, outlook=outlook)
    overall = replace(told.analysis.overall, verdict=verdict)
    (said,) = statements(replace(told, analysis=replace(told.analysis, overall=overall)))
    assert "none is likely to prove better by enough to matter" in said.sentence


def test_what_should_be_known_of_the_numbers_is_told_gravest_first() -> None:
    told = product(RATES, max_days=2)
    info = HealthFinding(name="a", severity="info", value=1, limit=0, text="Small.")
    grave = HealthFinding(name="b", severity="invalid", value=1, limit=0, text="Great.")
    health = replace(told.analysis.health, findings=(info, grave))
    found = notes(replace(told, analysis=replace(told.analysis, health=health)))
    assert found == [grave, info]


def test_a_promotion_says_what_to_expect_from_the_shrunken_lift() -> None:
    made = PromotionStory(variant="wood", segment=None, day=2, reason="by hand")
    told = replace(product(RATES, max_days=2), promotions=(made,))
    (said,) = statements(told)
    lift = told.analysis.overall.variant("wood").lift
    assert lift is not None
    assert f"{abs(lift.shrunken):.1%} clicks against “White”" in said.expected
    assert said.reasons == ("by hand",)
    assert short_status(told).sentence == "Winner: Wood, day 2"


def test_a_default_that_stays_promises_no_lift() -> None:
    made = PromotionStory(variant="white", segment=None, day=2, reason="by hand")
    (said,) = statements(replace(product(RATES, max_days=2), promotions=(made,)))
    assert "was confirmed as the image for all shoppers" in said.sentence
    assert said.expected == ""


def test_one_of_two_segments_promoted_leaves_the_other_open() -> None:
    made = PromotionStory(variant="wood", segment="new", day=2, reason="by hand")
    told = replace(product(RATES, max_days=2), promotions=(made,))
    assert [said.tone for said in statements(told)] == ["open", "won"]
    assert short_status(told).sentence == "Wood, day 2: 1 of 2 segments"


def test_the_gate_shows_value_and_limit_of_each_condition_for_each_group() -> None:
    told = product(RATES, max_days=2, by_segment=True)
    found = gate(told)
    assert found.groups == ("Returning", "New")
    days = next(cells for title, cells in found.rows if title == "Full days")
    assert [(cell.value, cell.limit, cell.passed) for cell in days] == [
        ("2", "at least 7", False)
    ] * 2


@pytest.mark.parametrize(
    ("name", "value", "limit", "told"),
    [
        ("evidence", 19.97, 20.0, ("19.9", "at least 20")),
        ("difference", 1.3e25, 20.0, ("over a million", "at least 20")),
        ("guardrail_conversion_rate", 0.8998, 0.9, ("89.9%", "limit 90.0%")),
    ],
)
def test_what_is_short_of_its_limit_does_not_read_as_if_it_reached_it(
    name: str, value: float, limit: float, told: tuple[str, str]
) -> None:
    product = judged(VerdictKind.KEEP_RUNNING)
    condition = Condition(name=name, value=value, limit=limit, passed=value >= limit, text="Told.")
    verdict = replace(product.analysis.overall.verdict, conditions=(condition,))
    overall = replace(product.analysis.overall, verdict=verdict)
    told_of = replace(product, analysis=replace(product.analysis, overall=overall))
    ((_, (cell,)),) = gate(told_of).rows
    assert (cell.value, cell.limit) == told
