"""The whole loop on sample products: make images, test them on simulated shoppers, promote.

Nothing is staged: images are jobs of the real queue, shoppers get the feed's decisions, their
impressions and clicks go through the real intake, and tests are advanced by the rule that a
scheduler applies. Only the shoppers are simulated, and the clock with them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import abtest
import gpu
from studio.db.records import TestRecord
from studio.services.events import Events
from studio.services.feed import Feed
from studio.services.images import Images
from studio.services.new_test import NewTest, NewVariant
from studio.services.samples import Sample
from studio.services.story import (
    DayStory,
    FeedAnswer,
    Picture,
    ProductStory,
    PromotionStory,
    VariantStory,
)
from studio.services.tests import TestOptions, Tests

DAY_S = 86_400.0
_WHO = "packshot demo"
_PICTURE_PX = 900
_EVENTS_PER_CALL = 2000
_BUY_RATE = 0.08
_SEGMENT_TASTE = 0.4
"""How far segments' tastes differ, as a share of how far images differ."""
SEGMENT_WORDS = {"returning": "has bought here before", "new": "is here for the first time"}
_ATTRIBUTES: Mapping[str, Mapping[str, object]] = {
    "returning": {"returning": True},
    "new": {"returning": False},
}
_SHARES = {"returning": 0.4, "new": 0.6}


@dataclass(slots=True)
class SimulatedClock:
    """A clock that the demonstration moves; epoch seconds."""

    now_s: float

    def __call__(self) -> float:
        """Return the simulated time."""
        return self.now_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """The services that the demonstration uses, all on one simulated clock."""

    images: Images
    tests: Tests
    events: Events
    feed: Feed
    clock: SimulatedClock


@dataclass(slots=True, kw_only=True)
class Running:
    """A product on its way through the loop."""

    sample: Sample
    source: str
    variants: tuple[VariantStory, ...]
    population: abtest.Population
    test_id: str = ""
    days: list[DayStory] = field(default_factory=list)
    promotions: list[PromotionStory] = field(default_factory=list)
    visits: int = 0
    events: int = 0


def recipes_of(images: Images, sample: Sample, source: str) -> list[gpu.RowSpec]:
    """The variants of a product: pure white, and its scenes."""
    wanted: list[tuple[Any, str, dict[str, Any]]] = [("white", "white", {"shadow": "contact"})]
    wanted += [("scene", name, {"template": name}) for name in sample.templates]
    return [
        images.row(
            number,
            images.recipes.complete(kind=kind, source=source, params=params),
            label=f"{sample.name}, {name}",
            data={"item": sample.name, "variant": name, "kind": kind},
        )
        for number, (kind, name, params) in enumerate(wanted)
    ]


def picture(images: Images, digest: str) -> Picture:
    """A rendition of an asset that is small enough for a page."""
    rendition = images.store.rendition(digest, width_px=_PICTURE_PX, media_type="image/webp").asset
    return Picture(
        data=images.store.read(rendition.digest),
        media_type=rendition.media_type,
        width_px=rendition.width_px,
        height_px=rendition.height_px,
        asset=digest,
    )


def variant_story(images: Images, row: gpu.BatchRow) -> VariantStory:
    """What there is to tell of one finished image."""
    result = row.result or {}
    name, kind = str(row.data["variant"]), str(row.data["kind"])
    title = "Pure white" if kind == "white" else images.library.templates.get(name).title
    return VariantStory(
        name=name,
        title=title,
        kind=kind,
        picture=picture(images, str(result["asset"])),
        passed=bool(result["report"]["passed"]),
        checks=tuple(result["report"]["checks"]),
    )


def hidden_taste(
    sample: Sample, names: Sequence[str], generator: np.random.Generator
) -> abtest.Population:
    """Draw what simulated shoppers like: a click rate for each image and segment."""
    shared = generator.normal(0, sample.taste, len(names))
    crowds = {}
    for segment, share in _SHARES.items():
        own = generator.normal(0, sample.taste, len(names))
        weight = 1.0 if sample.segments_differ else _SEGMENT_TASTE
        logs = (shared + weight * own) / np.hypot(1, weight)
        rates = np.clip(sample.click_rate * np.exp(logs), 0.002, 0.5)
        crowds[segment] = abtest.Crowd(
            rates={name: float(rate) for name, rate in zip(names, rates, strict=True)},
            share=share,
            attributes=_ATTRIBUTES[segment],
            conversion_rate=_BUY_RATE,
        )
    return abtest.Population(crowds=crowds, day_factors=(1, 0.97, 0.96, 0.98, 1.04, 1.12, 1.08))


def open_test(loop: Loop, running: Running) -> None:
    """Create and start a product's test, ending one that an earlier demonstration left open."""
    for test in loop.tests.all():
        if test.item == running.sample.name and test.state is abtest.TestState.RUNNING:
            loop.tests.stop(test.id, who=_WHO, reason="a new demonstration begins")
    names = [variant.name for variant in running.variants]
    new = NewTest(
        item=running.sample.name,
        variants=tuple(
            NewVariant(name=one.name, image=one.picture.asset) for one in running.variants
        ),
        control=names[0],
        segments=tuple(
            abtest.Segment.from_dict({"name": name, "rule": dict(rule)})
            for name, rule in _ATTRIBUTES.items()
        ),
        options=TestOptions(scope="segment" if running.sample.segments_differ else "overall"),
    )
    running.test_id = loop.tests.create(new, who=_WHO).id
    loop.tests.start(running.test_id, who=_WHO)


def run_days(
    loop: Loop,
    products: Sequence[Running],
    *,
    days: int,
    generator: np.random.Generator,
    on_day: Callable[[int], None],
) -> None:
    """Let simulated shoppers visit, day by day, until every test is decided or time is up."""
    loop.feed.refresh()
    for day in range(1, days + 1):
        began_s = loop.clock.now_s
        open_tests = [
            one for one in products
            if loop.tests.get(one.test_id).state is abtest.TestState.RUNNING
        ]  # fmt: skip
        for running in open_tests:
            loop.clock.now_s = began_s
            _one_day(loop, running, day=day, generator=generator)
        loop.clock.now_s = began_s + DAY_S
        for running in open_tests:
            _close_day(loop, running, day=day)
        loop.feed.refresh()
        on_day(day)


def _one_day(loop: Loop, running: Running, *, day: int, generator: np.random.Generator) -> None:
    """Visits of one day: ask the feed, show its image, send what the shopper did."""
    sample, crowd = running.sample, running.population
    visits = int(generator.poisson(sample.visits_per_day))
    began_s = loop.clock.now_s
    test = loop.tests.get(running.test_id)
    impressions = {one.name: 0 for one in running.variants}
    clicks = dict(impressions)
    waiting: list[dict[str, object]] = []
    prefix = f"{running.test_id}-{day}"
    for number, shopper in enumerate(crowd.shoppers(generator, visits, prefix=prefix)):
        at_s = began_s + (number + 0.5) / visits * (DAY_S - 60)
        decision = loop.feed.decide(shopper.unit, dict(shopper.attributes), [sample.name])
        (shown,) = decision.decisions
        if shown.test != running.test_id or shown.variant is None:
            continue
        event = {"unit": shopper.unit, "item": sample.name, "test": shown.test,
                 "variant": shown.variant, "segment": shown.segment}  # fmt: skip
        waiting.append(event | {"id": f"{shopper.unit}-i", "type": "impression", "ts": at_s})
        impressions[shown.variant] += 1
        if crowd.clicks(generator, shopper, shown.variant, day=day - 1):
            waiting.append(event | {"id": f"{shopper.unit}-c", "type": "click", "ts": at_s + 5})
            clicks[shown.variant] += 1
        if len(waiting) >= _EVENTS_PER_CALL:
            loop.clock.now_s = at_s + 10
            running.events += _send(loop, waiting)
            waiting = []
    loop.clock.now_s = began_s + DAY_S - 1
    running.events += _send(loop, waiting)
    running.visits += visits
    running.days.append(
        DayStory(
            day=day,
            weights=_weights(test),
            impressions=impressions,
            clicks=clicks,
            prob_best={},
        )
    )


def _send(loop: Loop, events: list[dict[str, object]]) -> int:
    taken = loop.events.accept(events)
    if taken.rejected:
        raise RuntimeError(f"the intake refused a simulated event: {taken.rejected[0].why}")
    return taken.accepted


def _weights(test: TestRecord) -> Mapping[str, Mapping[str, float]]:
    period = test.open_period or test.periods[-1]
    return dict(period.segment_weights) or {abtest.EVERYONE: period.weights}


def _close_day(loop: Loop, running: Running, *, day: int) -> None:
    """Close the period as a scheduler would, and note what came of it."""
    analysis = loop.tests.results(running.test_id).analysis
    if analysis is None:
        raise RuntimeError("a running test has no analysis")
    known = {variant.variant: variant.prob_best for variant in analysis.overall.variants}
    last = running.days[-1]
    running.days[-1] = DayStory(
        day=day, weights=last.weights, impressions=last.impressions, clicks=last.clicks,
        prob_best=known,
    )  # fmt: skip
    test = loop.tests.advance(running.test_id)
    for promotion in test.standing[len(running.promotions) :]:
        running.promotions.append(
            PromotionStory(
                variant=promotion.variant,
                segment=promotion.segment,
                day=day,
                reason=promotion.reason,
            )
        )


def product_story(loop: Loop, running: Running) -> ProductStory:
    """What happened to one product, once its days are over."""
    sample = running.sample
    results = loop.tests.results(running.test_id)
    if results.analysis is None:
        raise RuntimeError("a test that ran has no analysis")
    return ProductStory(
        item=sample.name,
        title=sample.title,
        category=sample.category,
        description=sample.description,
        photo=picture(loop.images, running.source),
        variants=running.variants,
        segments=SEGMENT_WORDS,
        test_id=running.test_id,
        state=str(results.test.state),
        days=tuple(running.days),
        hidden_rates={name: crowd.rates for name, crowd in running.population.crowds.items()},
        analysis=results.analysis,
        promotions=tuple(running.promotions),
        feed=tuple(_ask_feed(loop, sample.name)),
    )


def _ask_feed(loop: Loop, item: str) -> list[FeedAnswer]:
    """Ask the feed once more, as four shoppers who were not in the test."""
    asked: list[tuple[str, dict[str, object]]] = [
        ("shopper-a", {"returning": True}),
        ("shopper-b", {"returning": True}),
        ("shopper-c", {"returning": False}),
        ("shopper-d", {"returning": False}),
    ]
    return [
        FeedAnswer(
            shopper=unit,
            attributes=attributes,
            decision=loop.feed.decide(unit, attributes, [item]).decisions[0],
        )
        for unit, attributes in asked
    ]
