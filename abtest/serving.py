"""What the snapshot holds of an item: made ready when it is first asked for, then looked up.

A test of 20 segments has some sixty choices, and most of them are asked for seldom or never; made
ready at once, those of 20,000 tests would take seconds and half a gigabyte at each start.
"""

from __future__ import annotations

from collections.abc import Sequence

from abtest.assignment import Draw, draw_of, holdout_draw, key_of
from abtest.chains import Chain, Chains, Hits
from abtest.counts import EVERYONE
from abtest.decisions import Choice, Reason, Shown
from abtest.layers import layer_bucket, layer_key
from abtest.plan import TestPlan
from abtest.predicates import Attributes


class ServedTest:
    """A live test or promotion."""

    __slots__ = ("_keys", "_shown", "chain", "draws", "layer", "plan")

    def __init__(self, plan: TestPlan, chains: Chains) -> None:
        self.plan = plan
        self.chain: Chain = chains.of([segment.condition for segment in plan.segments])
        self.draws: list[Draw | None] = [None] * (len(plan.segments) + 1)
        self.layer = None if plan.slice is None else layer_key(plan.slice.layer)
        self._keys: dict[tuple[int, ...], int] = {}
        self._shown: dict[str, Shown] = {}

    def ready(self, place: int) -> Draw:
        """What the segment at this place of the chain serves; its end is everyone else."""
        draw = self.draws[place]
        if draw is None:
            draw = self.draws[place] = self._made(place)
        return draw

    def winner(self, place: int) -> str | None:
        """The variant that is promoted to a segment."""
        return self.plan.promoted_all or self.plan.promoted.get(self._segment(place))

    def lets_in(self, number: int) -> bool:
        """Whether the unit's place in the layer is in the test's slice; all are in without one."""
        if self.layer is None or self.plan.slice is None:
            return True
        return self.plan.slice.holds(layer_bucket(self.layer, number))

    def shown(self, variant: str) -> Shown:
        """A variant's image."""
        made = self._shown.get(variant)
        if made is None:
            image = next(each.image for each in self.plan.variants if each.name == variant)
            made = self._shown[variant] = Shown(
                self.plan.item, image, variant=variant, test=self.plan.test
            )
        return made

    def forced(self, variant: str) -> Choice | None:
        """A preview of a variant; None where the test has no such variant."""
        if variant not in {each.name for each in self.plan.variants}:
            return None
        return Choice(self.shown(variant), Reason.FORCED, propensity=None)

    def _made(self, place: int) -> Draw:
        segment, winner = self._segment(place), self.winner(place)
        if winner is None:
            return self._split(segment)
        share = self.plan.holdout
        # A winning control is what the holdout would see anyway.
        if winner == self.plan.control or share <= 0:
            only = Choice(self.shown(winner), Reason.PROMOTED, segment=segment)
            return draw_of(0, (1.0,), (only,))
        control = self.shown(self.plan.control)
        held = Choice(control, Reason.HOLDOUT, segment=segment, propensity=share)
        won = Choice(self.shown(winner), Reason.PROMOTED, segment=segment, propensity=1.0 - share)
        return holdout_draw(self.plan.salt, share, held, won)

    def _split(self, segment: str) -> Draw:
        weights = self.plan.segment_weights.get(segment, self.plan.weights)
        total = sum(weights.values())
        served = [
            (slot, variant.name, weights[variant.name])
            for slot, variant in enumerate(self.plan.variants)
            if weights.get(variant.name, 0.0) > 0
        ]
        choices = [
            Choice(self.shown(name), Reason.TEST, segment=segment, propensity=weight / total)
            for _, name, weight in served
        ]
        key = self._key(tuple(slot for slot, _, _ in served))
        return draw_of(key, [weight for _, _, weight in served], choices)

    def _key(self, slots: tuple[int, ...]) -> int:
        made = self._keys.get(slots)
        if made is None:
            made = self._keys[slots] = key_of(self.plan.salt, slots)
        return made

    def _segment(self, place: int) -> str:
        segments = self.plan.segments
        return segments[place].name if place < len(segments) else EVERYONE


class ServedItem:
    """An item with its default image and its tests, the one that is asked first at the front."""

    __slots__ = (
        "_default",
        "_outside",
        "chain",
        "draws",
        "image",
        "item",
        "plans",
        "tests",
    )

    def __init__(
        self, item: str, image: str, plans: Sequence[TestPlan] = (), chains: Chains | None = None
    ) -> None:
        self.item = item
        self.image = image
        self.plans = tuple(plans)
        self.tests = tuple(ServedTest(plan, chains or Chains()) for plan in self.plans)
        self._default: Choice | None = None
        self._outside: Choice | None = None
        # Where the first test takes all units, these are all that a request has to look at.
        first = self.tests[0] if self.tests and self.plans[0].slice is None else None
        self.chain = None if first is None else first.chain
        self.draws: list[Draw | None] = [] if first is None else first.draws

    @property
    def default(self) -> Choice:
        """The default image of an item without a test."""
        made = self._default
        if made is None:
            made = self._default = Choice(Shown(self.item, self.image), Reason.DEFAULT)
        return made

    def ready(self, place: int) -> Draw:
        """What the first test serves to the segment at this place of its chain."""
        return self.tests[0].ready(place)

    def layered(
        self, number: int, attributes: Attributes, places: dict[Chain, int], hits: Hits
    ) -> Choice:
        """The choice where tests are for some of the units: of the first that takes this one."""
        for test in self.tests:
            place = places.get(test.chain)
            if place is None:
                place = places[test.chain] = test.chain.first(attributes, number, hits)
            if test.winner(place) is not None or test.lets_in(number):
                draw = test.ready(place)
                choice: Choice = draw[0](number, draw)
                return choice
        if self._outside is None:
            self._outside = Choice(Shown(self.item, self.image), Reason.OUTSIDE_LAYER)
        return self._outside
