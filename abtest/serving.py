"""What the snapshot holds of an item: made ready when it is first asked for, then looked up.

A test of 20 segments that have weights of their own has some sixty outcomes, and most of them are
asked for seldom or never; made ready at once, those of 20,000 tests would take many seconds at
each start. What a decision reads is kept small and shared, since with thousands of tests it waits
for memory more than it computes: a test whose segments have the same weights has one draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from abtest.assignment import Draw, draw_of, holdout_draw, key_of
from abtest.chains import Chain, Chains
from abtest.counts import EVERYONE
from abtest.decisions import DEFAULT, OUTSIDE_LAYER, Reason, Shown, Why
from abtest.layers import layer_bucket, layer_key
from abtest.plan import TestPlan
from abtest.predicates import Attributes


class ServedTest:
    """A live test or promotion.

    Parameters
    ----------
        draw  : where all segments have the same weights and no winner: the chain and, for each
                segment, the reasons of its arms are at 1 and 2; None before it is made ready
        draws : else, the draw of each segment, with the reasons of its arms at 2
    """

    __slots__ = ("_arms", "_shown", "chain", "draw", "draws", "even", "layer", "plan")

    def __init__(self, plan: TestPlan, chains: Chains) -> None:
        self.plan = plan
        self.chain: Chain = chains.of(plan.segments)
        self.even = not (plan.segment_weights or plan.promoted or plan.promoted_all)
        self.draw: Draw | None = None
        self.draws: list[Draw | None] = [] if self.even else [None] * (len(plan.segments) + 1)
        self.layer = None if plan.slice is None else layer_key(plan.slice.layer)
        self._arms: dict[tuple[int, ...], tuple[int, tuple[Shown, ...]]] = {}
        self._shown: dict[str, Shown] = {}

    def pick(self, number: int, place: int) -> tuple[Shown, Why]:
        """What the unit of a number sees in the segment at this place of the chain."""
        draw = self.ready(place)
        arm = draw[0](number, draw)
        reasons = draw[2][place] if self.even else draw[2]
        return draw[~arm], reasons[arm]

    def entry(self) -> Draw:
        """What a snapshot needs to ask this test first: see `ServedItem.entry`."""
        return self.ready(0) if self.even else (None, self.chain, self.draws, self)

    def ready(self, place: int) -> Draw:
        """The draw of a segment, or of all of them; the chain's end is everyone else."""
        if self.even:
            if self.draw is None:
                self.draw = self._even_draw()
            return self.draw
        draw = self.draws[place]
        if draw is None:
            draw = self.draws[place] = self._draw(self._segment(place))
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
        """A variant's image.

        Raises
        ------
            StopIteration: the test has no such variant
        """
        made = self._shown.get(variant)
        if made is None:
            image = next(each.image for each in self.plan.variants if each.name == variant)
            made = self._shown[variant] = Shown(
                self.plan.item, image, variant=variant, test=self.plan.test
            )
        return made

    def _even_draw(self) -> Draw:
        weights = self._served(self.plan.weights)
        segments = (*(segment.name for segment in self.plan.segments), EVERYONE)
        key, shown = self._of(tuple(weights))
        shares = tuple(weights.values())
        reasons = _reasons_of_all(segments, shares)
        return draw_of(key, shares, shown, one=self.chain, other=reasons)

    def _draw(self, segment: str) -> Draw:
        winner = self.plan.promoted_all or self.plan.promoted.get(segment)
        if winner is not None:
            return self._promoted(segment, winner)
        weights = self._served(self.plan.segment_weights.get(segment, self.plan.weights))
        key, shown = self._of(tuple(weights))
        shares = tuple(weights.values())
        return draw_of(key, shares, shown, other=_reasons(segment, shares))

    def _promoted(self, segment: str, winner: str) -> Draw:
        share = self.plan.holdout
        # A winning control is what the holdout would see anyway.
        if winner == self.plan.control or share <= 0:
            why = Why(Reason.PROMOTED, segment=segment)
            return draw_of(0, (1.0,), (self.shown(winner),), other=(why,))
        shown = (self.shown(self.plan.control), self.shown(winner))
        held = Why(Reason.HOLDOUT, segment=segment, propensity=share)
        won = Why(Reason.PROMOTED, segment=segment, propensity=1.0 - share)
        return holdout_draw(self.plan.salt, share, shown, other=(held, won))

    def _served(self, weights: Mapping[str, float]) -> dict[int, float]:
        """Slots and weights of what has any weight."""
        return {
            slot: weights[variant.name]
            for slot, variant in enumerate(self.plan.variants)
            if weights.get(variant.name, 0.0) > 0
        }

    def _of(self, slots: tuple[int, ...]) -> tuple[int, tuple[Shown, ...]]:
        """Key and images of arms, the same for all segments that have these."""
        made = self._arms.get(slots)
        if made is None:
            shown = tuple(self.shown(self.plan.variants[slot].name) for slot in slots)
            made = self._arms[slots] = key_of(self.plan.salt, slots), shown
        return made

    def _segment(self, place: int) -> str:
        segments = self.plan.segments
        return segments[place].name if place < len(segments) else EVERYONE


class ServedItem:
    """An item with its default image and its tests, the one that is asked first at the front.

    Parameters
    ----------
        entry : where the first test takes all units and was asked, its draw for all segments, or
                None, its chain, its draws by segment and itself; None where the tests are to be
                asked in turn or there is none
        line  : of the snapshot's document, None until it is written or read
    """

    __slots__ = ("_default", "entry", "image", "item", "line", "tests")

    def __init__(self, item: str, image: str, tests: Sequence[ServedTest] = ()) -> None:
        self.item = item
        self.image = image
        self.tests = tuple(tests)
        self.entry: Draw | None = None
        self.line: bytes | None = None
        self._default: Shown | None = None

    def pick(
        self, number: int, attributes: Attributes, places: dict[Chain, int]
    ) -> tuple[Shown, Why]:
        """What a unit sees of the first test that takes it, or the default image."""
        for test in self.tests:
            place = test.chain.place(attributes, number, places)
            if test.lets_in(number) or test.winner(place) is not None:
                picked = test.pick(number, place)
                if test.layer is None and test is self.tests[0]:
                    self.entry = test.entry()
                return picked
        return self.default, OUTSIDE_LAYER if self.tests else DEFAULT

    @property
    def default(self) -> Shown:
        """The default image."""
        made = self._default
        if made is None:
            made = self._default = Shown(self.item, self.image)
        return made


@lru_cache(maxsize=1 << 14)
def _reasons(segment: str, weights: tuple[float, ...]) -> tuple[Why, ...]:
    total = sum(weights)
    return tuple(Why(Reason.TEST, segment=segment, propensity=weight / total) for weight in weights)


@lru_cache(maxsize=1 << 12)
def _reasons_of_all(
    segments: tuple[str, ...], weights: tuple[float, ...]
) -> tuple[tuple[Why, ...], ...]:
    return tuple(_reasons(segment, weights) for segment in segments)
