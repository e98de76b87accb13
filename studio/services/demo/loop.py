"""The services on a simulated clock, and a product on its way through them."""

from dataclasses import dataclass, field
from typing import Any

import abtest
import gpu
from studio.services.demo.samples import Sample
from studio.services.demo.shoppers import ATTRIBUTES
from studio.services.demo.story import DayStory, PromotionStory, VariantStory
from studio.services.events import Events
from studio.services.feed import Feed
from studio.services.images import Images
from studio.services.new_test import NewTest, NewVariant
from studio.services.tests import TestOptions, Tests

_WHO = "packshot demo"


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
    wanted += [
        ("scene", name, {"template": name, "glass": sample.glass}) for name in sample.templates
    ]
    return [
        images.row(
            number,
            images.recipes.complete(kind=kind, source=source, params=params),
            label=f"{sample.name}, {name}",
            data={"item": sample.name, "variant": name, "kind": kind},
        )
        for number, (kind, name, params) in enumerate(wanted)
    ]


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
            for name, rule in ATTRIBUTES.items()
        ),
        options=TestOptions(scope="segment" if running.sample.segments_differ else "overall"),
    )
    running.test_id = loop.tests.create(new, who=_WHO).id
    loop.tests.start(running.test_id, who=_WHO)
