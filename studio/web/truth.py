"""Simulated shoppers' hidden preferences beside what a test found: honest, also when it erred."""

from collections.abc import Mapping
from dataclasses import dataclass

from abtest import EVERYONE, OVERALL, GroupAnalysis
from studio.services.demo.story import ProductStory, PromotionStory

_ALIKE = 1e-9
"""Relative difference up to which two hidden rates are the same number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Hidden rates of one group of shoppers, and what the test made of them.

    Attributes
    ----------
    segment
        A segment's name, or "overall".
    rates
        Variant to hidden click rate.
    promoted
        Variant that these shoppers were given for good; None without a promotion.
    shown
        What they get now: the promoted variant, or else the default.
    """

    segment: str
    rates: Mapping[str, float]
    found: GroupAnalysis
    promoted: str | None
    shown: str

    @property
    def best(self) -> str:
        """The variant that these shoppers truly like best."""
        return max(self.rates, key=lambda name: self.rates[name])

    @property
    def all_alike(self) -> bool:
        """Whether the picture makes no difference to these shoppers."""
        return min(self.rates.values()) >= self.rates[self.best] * (1.0 - _ALIKE)

    def is_best(self, variant: str) -> bool:
        """Whether no variant is truly better."""
        return self.loss(variant) <= _ALIKE

    def loss(self, variant: str) -> float:
        """Share of the best rate that a variant gives up, range [0, 1]."""
        best = self.rates[self.best]
        return 1.0 - self.rates[variant] / best if best > 0.0 else 0.0


def standing_promotions(product: ProductStory) -> dict[str | None, PromotionStory]:
    """The promotions in force, by segment: a later one replaces an earlier one."""
    return {promotion.segment: promotion for promotion in product.promotions}


def visited_segments(product: ProductStory) -> dict[str, GroupAnalysis]:
    """The segments that had any traffic."""
    return {
        name: group
        for name, group in product.analysis.segments.items()
        if any(variant.impressions for variant in group.variants)
    }


def judged_groups(product: ProductStory) -> dict[str | None, GroupAnalysis]:
    """Who gets a winner of their own: everyone together (None), or each segment with traffic."""
    own_shares = any(set(day.weights) - {EVERYONE} for day in product.days)
    own_winners = any(promotion.segment is not None for promotion in product.promotions)
    groups: dict[str | None, GroupAnalysis] = {}
    if own_shares or own_winners:
        groups.update(visited_segments(product))
    return groups or {None: product.analysis.overall}


def truths(product: ProductStory) -> list[Truth]:
    """The truth of each segment that is told, and of all together if they share a winner."""
    segments = {
        name: group
        for name, group in visited_segments(product).items()
        if name in product.hidden_rates
    }
    told = [_truth(product, name, product.hidden_rates[name], g) for name, g in segments.items()]
    if len(segments) == 1 or None not in judged_groups(product):
        return told
    everyone = _all_together(product, segments) if segments else _only_rates(product)
    return [_truth(product, OVERALL, everyone, product.analysis.overall), *told]


def _truth(
    product: ProductStory, segment: str, rates: Mapping[str, float], found: GroupAnalysis
) -> Truth:
    standing = standing_promotions(product)
    promotion = standing.get(None) or standing.get(segment)
    promoted = promotion.variant if promotion is not None else None
    return Truth(
        segment=segment,
        rates=rates,
        found=found,
        promoted=promoted,
        shown=promoted or product.analysis.control,
    )


def _only_rates(product: ProductStory) -> Mapping[str, float]:
    return next(iter(product.hidden_rates.values()))


def _all_together(
    product: ProductStory, segments: Mapping[str, GroupAnalysis]
) -> Mapping[str, float]:
    """Hidden rates of all shoppers: each segment counts as much as its impressions."""
    traffic = {
        name: sum(variant.impressions for variant in group.variants)
        for name, group in segments.items()
    }
    total = sum(traffic.values())
    return {
        variant: sum(product.hidden_rates[name][variant] * traffic[name] for name in segments)
        / total
        for variant in next(iter(product.hidden_rates.values()))
    }
