"""What an analysis finds, as values: per variant, per group of shoppers, and of the whole test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from abtest.allocation import Allocation
from abtest.direction import Direction
from abtest.lift import Lift
from abtest.posterior import Beta
from abtest.srm import Health
from abtest.tables import Metric
from abtest.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantAnalysis:
    """What is known of one variant.

    Parameters
    ----------
        variant           : name
        impressions       : exposed units, raw
        successes         : clicks or conversions, raw
        rate              : standardised over periods; None before the first impression
        mean              : of the posterior
        credible_interval : of the rate
        prob_best         : probability that no other variant is better
        expected_loss     : rate given up on average by choosing this variant; where lower is
                            better, what its rate is too high by
        e_value           : evidence that no other variant is better by more than epsilon
        lift              : over the control; None for the control itself
        posterior         : of the rate as compared with others; of money, of its share of `unit`
        unit              : 1 for rates; for value per impression, the money that `posterior` is a
                            share of, 0 before the first order. All other numbers are money then
        head_start        : what was expected of it before its first click, see `AnalysisOptions`
    """

    variant: str
    impressions: int
    successes: int
    rate: float | None
    mean: float
    credible_interval: tuple[float, float]
    prob_best: float
    expected_loss: float
    e_value: float
    lift: Lift | None
    posterior: Beta
    unit: float = 1.0
    head_start: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnalysis:
    """The analysis of one segment, or of everyone.

    Parameters
    ----------
        segment  : its name; "overall" for all of them together
        variants : in the merchant's order, dropped ones left out
        leader   : variant with the least expected loss, which is the best posterior mean
        verdict  : what follows
    """

    segment: str
    variants: tuple[VariantAnalysis, ...]
    leader: str
    verdict: Verdict

    def variant(self, name: str) -> VariantAnalysis:
        """The analysis of a variant by name; KeyError if it takes no part."""
        for variant in self.variants:
            if variant.variant == name:
                return variant
        raise KeyError(name)

    @property
    def prob_best(self) -> dict[str, float]:
        """P(best) by variant, sums to 1."""
        return {variant.variant: variant.prob_best for variant in self.variants}

    def next_weights(self, allocation: Allocation) -> dict[str, float]:
        """The next period's weights under an allocation rule."""
        return allocation.weights(self.prob_best)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that the counts say: overall, per segment, and whether they are sound.

    Parameters
    ----------
        direction      : which way the metric is better
        segment_spread : how much the same image's relative rate differs between segments, as a
                         standard deviation; None without segments, or under a prior of one's own
        order_value    : mean money of an order; None for other metrics, and before the first order
        order_spread   : standard deviation of an order's money over its mean; None likewise
    """

    control: str
    metric: Metric
    overall: GroupAnalysis
    segments: Mapping[str, GroupAnalysis]
    segment_spread: float | None
    health: Health
    order_value: float | None = None
    order_spread: float | None = None
    direction: Direction = "higher"

    @property
    def verdict(self) -> Verdict:
        """The verdict on the test as a whole."""
        return self.overall.verdict
