"""What the snapshot holds of an item: made ready when it is first asked for, then looked up.

A test of 20 segments that have weights of their own has some sixty outcomes, and most of them are
asked for seldom or never; made ready at once, those of 20,000 tests would take many seconds at
each start. What a decision reads is kept small and shared, since with thousands of tests it waits
for memory more than it computes: a test whose segments have the same weights has one draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, TypeAlias, TypeVar

from abtest.assignment import Draw, draw_of, holdout_draw, key_of
from abtest.chains import Chain, Chains
from abtest.counts import EVERYONE
from abtest.decisions import DEFAULT, OUTSIDE_LAYER, Reason, Shown, Why
from abtest.layers import layer_bucket, layer_key
from abtest.plan import TestPlan
from abtest.predicates import Attributes

_Value = TypeVar("_Value")


def _itself(value: _Value) -> _Value:
    return value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Form:
    """What draws lead to.

    Parameters
    ----------
        place  : where what has this form is kept
        arm    : what stands for an image
        reason : what stands for a reason
    """

    place: int
    arm: Callable[[Shown], Any]
    reason: Callable[[Why], Any]


VALUES: Final = Form(place=0, arm=_itself, reason=_itself)
JSON: Final = Form(place=1, arm=attrgetter("head"), reason=attrgetter("tail"))
"""The texts alone: to reach them through the values took an answer a sixth more time."""
FORMS: Final = 2

Picked: TypeAlias = tuple[Any, Any, str]
"""What stands for the image and for the reason, and the reason's name."""


class Drawn:
    """The draws of a test in one form, each made when it is first asked for.

    Parameters
    ----------
        draw  : where all segments have the same weights and no winner: the chain and, for each
                segment, the reasons of its arms are at 1 and 2; None before it is made ready
        draws : else, the draw of each segment, with the reasons of its arms at 2 and, where one of
                them is another than TEST, their names at 1
    """

    __slots__ = ("_form", "_test", "draw", "draws")

    def __init__(self, test: ServedTest, form: Form) -> None:
        self._test = test
        self._form = form
        self.draw: Draw | None = None
        self.draws: list[Draw | None] = [] if test.even else [None] * (len(test.plan.segments) + 1)

    def pick(self, number: int, place: int) -> Picked:
        """What the unit of a number sees in the segment at this place of the chain."""
        draw = self.ready(place)
        arm = draw[0](number, draw)
        if self._test.even:
            return draw[~arm], draw[2][place][arm], Reason.TEST.value
        return draw[~arm], draw[2][arm], Reason.TEST.value if draw[1] is None else draw[1][arm]

    def entry(self) -> Draw:
        """What a snapshot needs to ask this test first.

        Its draw for all segments; else None, its chain, its draws by segment and what makes those.
        """
        return self.ready(0) if self._test.even else (None, self._test.chain, self.draws, self)

    def ready(self, place: int) -> Draw:
        """The draw of a segment, or of all of them; the chain's end is everyone else."""
        if self._test.even:
            if self.draw is None:
                self.draw = self._test.even_draw(self._form)
            return self.draw
        draw = self.draws[place]
        if draw is None:
            draw = self.draws[place] = self._test.draw_at(place, self._form)
        return draw


class ServedTest:
    """A live test or promotion.

    Parameters
    ----------
        even : all segments have the same weights, and there is no winner
    """

    __slots__ = ("_arms", "_drawn", "_shown", "chain", "even", "layer", "plan")

    def __init__(self, plan: TestPlan, chains: Chains) -> None:
        self.plan = plan
        self.chain: Chain = chains.of(plan.segments)
        self.even = not (plan.segment_weights or plan.promoted or plan.promoted_all)
        self.layer = None if plan.slice is None else layer_key(plan.slice.layer)
        self._drawn: list[Drawn | None] = [None] * FORMS
        self._arms: dict[tuple[int, ...], tuple[int, tuple[Shown, ...]]] = {}
        self._shown: dict[str, Shown] = {}

    def drawn(self, form: Form) -> Drawn:
        """Its draws."""
        made = self._drawn[form.place]
        if made is None:
            made = self._drawn[form.place] = Drawn(self, form)
        return made

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

    def even_draw(self, form: Form) -> Draw:
        """The draw of all segments, where they have the same weights."""
        weights = self._served(self.plan.weights)
        segments = (*(segment.name for segment in self.plan.segments), EVERYONE)
        key, shown = self._of(tuple(weights))
        shares = tuple(weights.values())
        reasons = _reasons_of_all(form, segments, shares)
        return draw_of(key, shares, tuple(map(form.arm, shown)), one=self.chain, other=reasons)

    def draw_at(self, place: int, form: Form) -> Draw:
        """The draw of a segment that has its own."""
        segment = self._segment(place)
        winner = self.plan.promoted_all or self.plan.promoted.get(segment)
        if winner is not None:
            return self._promoted(segment, winner, form)
        weights = self._served(self.plan.segment_weights.get(segment, self.plan.weights))
        key, shown = self._of(tuple(weights))
        shares = tuple(weights.values())
        reasons = tuple(map(form.reason, _reasons(segment, shares)))
        return draw_of(key, shares, tuple(map(form.arm, shown)), other=reasons)

    def _promoted(self, segment: str, winner: str, form: Form) -> Draw:
        share = self.plan.holdout
        # A winning control is what the holdout would see anyway.
        if winner == self.plan.control or share <= 0:
            why = Why(Reason.PROMOTED, segment=segment)
            return _sure(self.shown(winner), why, form)
        shown = (self.shown(self.plan.control), self.shown(winner))
        held = Why(Reason.HOLDOUT, segment=segment, propensity=share)
        won = Why(Reason.PROMOTED, segment=segment, propensity=1.0 - share)
        return holdout_draw(
            self.plan.salt,
            share,
            tuple(map(form.arm, shown)),
            one=(held.name, won.name),
            other=(form.reason(held), form.reason(won)),
        )

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
        line : of the snapshot's document, None until it is written or read
    """

    __slots__ = ("_default", "image", "item", "line", "tests")

    def __init__(self, item: str, image: str, tests: Sequence[ServedTest] = ()) -> None:
        self.item = item
        self.image = image
        self.tests = tuple(tests)
        self.line: bytes | None = None
        self._default: Shown | None = None

    def pick(
        self, form: Form, number: int, attributes: Attributes, places: dict[Chain, int]
    ) -> Picked:
        """What a unit sees of the first test that takes it, or the default image."""
        for test in self.tests:
            place = test.chain.place(attributes, number, places)
            if test.lets_in(number) or test.winner(place) is not None:
                return test.drawn(form).pick(number, place)
        why = OUTSIDE_LAYER if self.tests else DEFAULT
        return form.arm(self.default), form.reason(why), why.name

    def entry(self, form: Form) -> Draw | None:
        """What a snapshot needs to decide without asking it again, see `Drawn.entry`.

        None where its tests must be asked in turn.
        """
        if not self.tests:
            return None, _NO_RULES, [_sure(self.default, DEFAULT, form)], None
        first = self.tests[0]
        return first.drawn(form).entry() if first.layer is None else None

    @property
    def default(self) -> Shown:
        """The default image."""
        made = self._default
        if made is None:
            made = self._default = Shown(self.item, self.image)
        return made


_NO_RULES: Final = Chain(())


def _sure(shown: Shown, why: Why, form: Form) -> Draw:
    """No choice at all."""
    return draw_of(0, (1.0,), (form.arm(shown),), one=(why.name,), other=(form.reason(why),))


@lru_cache(maxsize=1 << 14)
def _reasons(segment: str, weights: tuple[float, ...]) -> tuple[Why, ...]:
    total = sum(weights)
    return tuple(Why(Reason.TEST, segment=segment, propensity=weight / total) for weight in weights)


@lru_cache(maxsize=1 << 12)
def _reasons_of_all(
    form: Form, segments: tuple[str, ...], weights: tuple[float, ...]
) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(map(form.reason, _reasons(segment, weights))) for segment in segments)
