"""What a demonstration of the loop tells: values only, for the page that shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

from abtest import Analysis, Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image to show.

    Attributes
    ----------
    data
        Bytes of a rendition small enough to stand in a page.
    asset
        Digest of the original in the asset store.
    """

    data: bytes
    media_type: str
    width_px: int
    height_px: int
    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantStory:
    """One image that took part in a test.

    Attributes
    ----------
    name
        The variant's name, such as ``raw-wood``.
    title
        What a reader sees, such as "Raw wood".
    kind
        ``white`` or ``scene``.
    checks
        The image's report as JSON values: name, value, limit, outcome, fix.
    """

    name: str
    title: str
    kind: str
    picture: Picture
    passed: bool
    checks: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStory:
    """One day of a test: the shares of traffic in force, and what was counted on it.

    Attributes
    ----------
    weights
        Segment to variant to share; the segment is ``everyone`` where all share one allocation.
    impressions, clicks
        By variant, of that day, all segments together.
    prob_best
        Overall, at the end of the day.
    """

    day: int
    weights: Mapping[str, Mapping[str, float]]
    impressions: Mapping[str, int]
    clicks: Mapping[str, int]
    prob_best: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAnswer:
    """What the feed says to one shopper at the end."""

    shopper: str
    attributes: Mapping[str, object]
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionStory:
    """A winner put to work; `segment` is None for everyone, `day` counts from 1."""

    variant: str
    segment: str | None
    day: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductStory:
    """One product's way through the loop.

    Attributes
    ----------
    hidden_rates
        Segment to variant to the click rate that the simulated shoppers were given: the truth
        that the test did not know.
    segments
        Segment to its rule in words.
    analysis
        At the test's end.
    """

    item: str
    title: str
    category: str
    description: str
    photo: Picture
    variants: tuple[VariantStory, ...]
    segments: Mapping[str, str]
    test_id: str
    state: str
    days: tuple[DayStory, ...]
    hidden_rates: Mapping[str, Mapping[str, float]]
    analysis: Analysis
    promotions: tuple[PromotionStory, ...]
    feed: tuple[FeedAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopStory:
    """The whole demonstration.

    Attributes
    ----------
    images_made, images_reused
        Jobs that ran, and recipes whose image was there already.
    events
        Accepted events of all kinds; shoppers are simulated, always.
    """

    products: tuple[ProductStory, ...]
    images_made: int
    images_reused: int
    images_passed: int
    making_s: float
    shoppers: int
    events: int
    days: int
    version: str
