"""Stories for the page's tests: real analyses of simulated shoppers, small drawn pictures."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

import abtest
from abtest import EVERYONE, Analysis, Cell, Counts, Decision, Period, Reason, VerdictKind
from studio.services.demo.story import (
    DayStory,
    FeedAnswer,
    LoopStory,
    Picture,
    ProductStory,
    PromotionStory,
    VariantStory,
)

RULES = {"returning": "has bought here before", "new": "first visit"}
ATTRIBUTES: Mapping[str, Mapping[str, object]] = {
    "returning": {"returning": True},
    "new": {"returning": False},
}
CHECKS = (
    {"name": "cutout certainty", "value": "0.996", "limit": "at least 0.8", "outcome": "pass", "fix": ""},
    {"name": "product fill", "value": "0.850", "limit": "", "outcome": "note", "fix": ""},
    {"name": "product lock", "value": "largest difference 0", "limit": "0 inside the opaque area", "outcome": "pass", "fix": ""},
)  # fmt: skip
FAILED = {
    "name": "sharpness",
    "value": "source enlarged 2.56 times",
    "limit": "at most 2",
    "outcome": "fail",
    "fix": "use a larger photo, or a smaller --size",
}

Rates = Mapping[str, Mapping[str, float]]


def drawn(colour: tuple[int, int, int], name: str, *, size: tuple[int, int] = (90, 90)) -> Picture:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "WEBP")
    return Picture(
        data=out.getvalue(),
        media_type="image/webp",
        width_px=size[0],
        height_px=size[1],
        asset=name,
    )


def variant(name: str, title: str, *, passed: bool = True, number: int = 0) -> VariantStory:
    """An image of a test with its report."""
    return VariantStory(
        name=name,
        title=title,
        kind="white" if name == "white" else "scene",
        picture=drawn((40 + 25 * number, 120, 200 - 20 * number), f"digest-{name}"),
        passed=passed,
        checks=CHECKS if passed else (*CHECKS, FAILED),
    )


def product(
    rates: Rates,
    *,
    item: str = "mug",
    title: str = "Stoneware mug",
    variants: Sequence[VariantStory] | None = None,
    photo: Picture | None = None,
    by_segment: bool = False,
    visits: int = 2000,
    max_days: int = 21,
    seed: int = 3,
) -> ProductStory:
    """A product's test, run day by day on simulated shoppers as the demonstration runs it."""
    names = tuple(next(iter(rates.values())))
    shown = tuple(variants or (variant(n, n.title(), number=i) for i, n in enumerate(names)))
    days, promotions, analysis = _simulated(rates, by_segment, visits, max_days, seed)
    story = ProductStory(
        item=item,
        title=title,
        category="kitchen",
        description="Hand-thrown, matt glaze, 350 ml.",
        photo=photo or drawn((150, 120, 90), f"photo-{item}", size=(120, 90)),
        variants=shown,
        segments=RULES,
        test_id=f"test-{item}",
        state="promoted" if promotions else "running",
        days=tuple(days),
        hidden_rates=rates,
        analysis=analysis,
        promotions=tuple(promotions),
        feed=(),
    )
    return replace(story, feed=_feed(story))


def loop(*products: ProductStory) -> LoopStory:
    """The story of some products."""
    made = [one for product in products for one in product.variants]
    visits = sum(sum(day.impressions.values()) for p in products for day in p.days)
    clicks = sum(sum(day.clicks.values()) for p in products for day in p.days)
    return LoopStory(
        products=products,
        images_made=len(made),
        images_reused=0,
        images_passed=sum(one.passed for one in made),
        making_s=83.0,
        shoppers=visits,
        events=visits + clicks,
        days=max(len(product.days) for product in products),
        version="0.1.0",
    )


def _simulated(
    rates: Rates, by_segment: bool, visits: int, max_days: int, seed: int
) -> tuple[list[DayStory], list[PromotionStory], Analysis]:
    generator = np.random.default_rng(seed)
    names = tuple(next(iter(rates.values())))
    weights: dict[str, Mapping[str, float]] = {EVERYONE: abtest.even_weights(names)}
    periods: list[Period] = []
    cells: dict[tuple[str, str, str], Cell] = {}
    days: list[DayStory] = []
    promotions: dict[str | None, PromotionStory] = {}
    for day in range(1, max_days + 1):
        drawn_cells = _day(rates, weights, visits, generator)
        periods.append(Period(id=str(day), weights=weights.get(EVERYONE, abtest.even_weights(names)),
                              segment_weights={s: w for s, w in weights.items() if s != EVERYONE}))  # fmt: skip
        cells |= {(segment, name, str(day)): cell for (segment, name), cell in drawn_cells.items()}
        counts = Counts(
            variants=names, periods=tuple(periods), cells=dict(cells), segments=(*rates, EVERYONE)
        )
        analysis = abtest.analyse(counts)
        days.append(_day_story(day, weights, names, drawn_cells, analysis))
        groups: dict[str | None, abtest.GroupAnalysis] = {None: analysis.overall}
        if by_segment:
            groups = {name: analysis.segments[name] for name in rates}
        for segment, group in groups.items():
            verdict = group.verdict
            if (
                verdict.kind == VerdictKind.PROMOTE
                and verdict.variant
                and segment not in promotions
            ):
                promotions[segment] = PromotionStory(
                    variant=verdict.variant, segment=segment, day=day, reason=verdict.reasons[0]
                )
        if set(groups) <= set(promotions):
            break
        weights = _next(analysis, groups, promotions, names)
    return days, list(promotions.values()), analysis


def _next(
    analysis: Analysis,
    groups: Mapping[str | None, abtest.GroupAnalysis],
    promotions: Mapping[str | None, PromotionStory],
    names: Sequence[str],
) -> dict[str, Mapping[str, float]]:
    rule = abtest.Allocation()
    if None in groups:
        return {EVERYONE: analysis.overall.next_weights(rule)}
    weights: dict[str, Mapping[str, float]] = {}
    for name, group in groups.items():
        assert name is not None
        done = promotions.get(name)
        weights[name] = group.next_weights(rule)
        if done is not None:
            split = dict.fromkeys(names, 0.0) | {names[0]: 0.05}
            weights[name] = split | {done.variant: 1.0 - 0.05 * (done.variant != names[0])}
    return weights


def _day(
    rates: Rates, weights: Mapping[str, Mapping[str, float]], visits: int, g: np.random.Generator
) -> dict[tuple[str, str], Cell]:
    cells = {}
    visited = g.multinomial(visits, [1 / len(rates)] * len(rates))
    for segment, of_segment in zip(rates, visited, strict=True):
        share = weights.get(segment) or weights[EVERYONE]
        total = sum(share.values())
        shown = g.multinomial(int(of_segment), [share[name] / total for name in rates[segment]])
        for name, impressions in zip(rates[segment], shown, strict=True):
            clicks = int(g.binomial(impressions, rates[segment][name]))
            cells[segment, name] = Cell(impressions=int(impressions), clicks=clicks, conversions=0)
    return cells


def _day_story(
    day: int,
    weights: Mapping[str, Mapping[str, float]],
    names: Sequence[str],
    cells: Mapping[tuple[str, str], Cell],
    analysis: Analysis,
) -> DayStory:
    return DayStory(
        day=day,
        weights=weights,
        impressions={n: sum(c.impressions for (_, v), c in cells.items() if v == n) for n in names},
        clicks={n: sum(c.clicks for (_, v), c in cells.items() if v == n) for n in names},
        prob_best=analysis.overall.prob_best,
    )


def _feed(story: ProductStory) -> tuple[FeedAnswer, ...]:
    standing = {promotion.segment: promotion.variant for promotion in story.promotions}
    images = {one.name: one.picture.asset for one in story.variants}
    answers = []
    for number, (segment, attributes) in enumerate(ATTRIBUTES.items()):
        winner = standing.get(None) or standing.get(segment)
        name = winner or story.analysis.control
        answers.append(
            FeedAnswer(
                shopper=f"shopper-{'ab'[number]}",
                attributes=attributes,
                decision=Decision(
                    item=story.item,
                    image=images[name],
                    variant=name,
                    test=story.test_id,
                    segment=segment,
                    propensity=0.95 if winner else 0.25,
                    reason=Reason.PROMOTED if winner else Reason.TEST,
                ),
            )
        )
    return tuple(answers)
