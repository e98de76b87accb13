"""Days of simulated visits: the feed is asked, its image shown, and sent what the shopper did."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

import abtest
from studio.db.records import TestRecord
from studio.services.demo.loop import Loop, Running
from studio.services.demo.story import DayStory, PromotionStory

DAY_S = 86_400.0
_EVENTS_PER_CALL = 2000


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
