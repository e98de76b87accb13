"""What was hidden from a test is compared with what the test found, group by group."""

from dataclasses import replace

import pytest

from studio.services.demo.story import PromotionStory
from studio.web.truth import judged_groups, standing_promotions, truths
from tests.studio.web_story import product

RATES = {
    "returning": {"white": 0.04, "wood": 0.05},
    "new": {"white": 0.06, "wood": 0.03},
}


def promotion(variant: str, segment: str | None = None, day: int = 2) -> PromotionStory:
    return PromotionStory(variant=variant, segment=segment, day=day, reason="by hand")


def test_all_shoppers_together_weigh_each_segment_by_its_impressions() -> None:
    told = product(RATES, max_days=2)
    everyone = truths(told)[0]
    shown = {
        name: sum(one.impressions for one in told.analysis.segments[name].variants)
        for name in RATES
    }
    mixed = sum(RATES[name]["wood"] * shown[name] for name in RATES) / sum(shown.values())
    assert everyone.segment == "overall"
    assert everyone.rates["wood"] == pytest.approx(mixed)


def test_a_promotion_for_everyone_is_held_to_each_segment() -> None:
    told = replace(product(RATES, max_days=2), promotions=(promotion("wood"),))
    by_segment = {truth.segment: truth for truth in truths(told)}
    assert by_segment["returning"].is_best("wood")
    assert not by_segment["new"].is_best("wood")
    assert by_segment["new"].loss("wood") == pytest.approx(0.5)
    assert all(truth.promoted == "wood" for truth in by_segment.values())


def test_winners_of_segments_are_not_held_to_all_shoppers() -> None:
    told = replace(product(RATES, max_days=2), promotions=(promotion("white", "new"),))
    by_segment = {truth.segment: truth for truth in truths(told)}
    assert set(by_segment) == {"returning", "new"}
    assert set(judged_groups(told)) == {"returning", "new"}
    assert by_segment["returning"].promoted is None
    assert by_segment["returning"].shown == told.analysis.control
    assert by_segment["new"].promoted == "white"


def test_a_later_promotion_replaces_an_earlier_one_of_its_segment() -> None:
    told = replace(
        product(RATES, max_days=2),
        promotions=(promotion("wood", day=1), promotion("white", day=2)),
    )
    assert standing_promotions(told)[None].variant == "white"


def test_equal_rates_are_alike_and_each_is_best() -> None:
    alike = {name: {"white": 0.05, "wood": 0.05} for name in RATES}
    for truth in truths(product(alike, max_days=2)):
        assert truth.all_alike
        assert truth.is_best("white")
        assert truth.is_best("wood")
