"""The feed's view: all live tests and promotions, compiled and immutable.

`Snapshot.decide` answers for one unit and item and never raises. Everything that can be worked out
beforehand is: rules are functions, shared between tests that use the same rule; images are ready
to send; weights are bare numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from abtest.assignment import choose, in_holdout, salt_key, unit_digest
from abtest.counts import EVERYONE
from abtest.errors import InvalidPlan
from abtest.layers import Slice, layer_bucket, layer_key
from abtest.plan import TestPlan
from abtest.predicates import compile_condition, plain_attributes
from abtest.segments import Predicate

FORMAT = 1
"""Version of the JSON form."""


class Reason(StrEnum):
    """Why an image was chosen.

    OUTSIDE_LAYER is the default image too: the item has a test, but the unit is not in its slice
    of the layer.
    """

    PROMOTED = "promoted"
    TEST = "test"
    HOLDOUT = "holdout"
    DEFAULT = "default"
    OUTSIDE_LAYER = "outside_layer"
    UNKNOWN_ITEM = "unknown_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The image of one item for one unit.

    Parameters
    ----------
        item       : as asked
        image      : URL or digest; None for an unknown item where no fallback is set
        variant    : None where no test decided
        test       : id, None where no test decided
        segment    : that the unit belongs to, None where no test decided
        propensity : probability with which this unit was to get this variant, given that its
                     layer lets it into the test
        reason     : why
    """

    item: str
    image: str | None
    variant: str | None = None
    test: str | None = None
    segment: str | None = None
    propensity: float = 1.0
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Arms:
    """What a segment of a test serves."""

    segment: str
    choices: tuple[tuple[int, float], ...]
    propensity: dict[int, float]
    winner: int | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    test: str
    key: bytes
    rules: tuple[tuple[int, _Arms], ...]
    everyone: _Arms
    variants: tuple[tuple[str, str], ...]
    control: int
    holdout: float
    layer: bytes
    slice: Slice | None
    following: _Compiled | None


class Snapshot:
    """An immutable compiled view.

    Parameters
    ----------
        version    : grows with every change, echoed in every answer
        built_at_s : when, seconds since the epoch
        items      : item to its default image
        plans      : live tests and promotions; of an item's, the first is served that the unit's
                     layer does not keep it out of
        fallback   : image of an unknown item, None to let the caller show its own
    Raises           InvalidPlan: a plan of an item that is not in `items`
    """

    def __init__(
        self,
        *,
        version: str,
        built_at_s: float,
        items: Mapping[str, str],
        plans: Iterable[TestPlan],
        fallback: str | None = None,
    ) -> None:
        self.version = version
        self.built_at_s = built_at_s
        self.fallback = fallback
        self._items = dict(items)
        self._plans = tuple(plans)
        self._predicates: list[Predicate] = []
        self._compiled: dict[str, _Compiled] = {}
        rules: dict[str, int] = {}
        # From the last to the first, so that each knows the one that follows it.
        for plan in reversed(self._plans):
            if plan.item not in self._items:
                raise InvalidPlan(plan.test, f"its item {plan.item!r} has no default image")
            following = self._compiled.get(plan.item)
            self._compiled[plan.item] = self._compile(plan, rules, following)

    @property
    def items(self) -> Mapping[str, str]:
        """Known items and their default images."""
        return dict(self._items)

    @property
    def plans(self) -> tuple[TestPlan, ...]:
        """What it was compiled from."""
        return self._plans

    def decide(self, unit: object, attributes: object, item: object) -> Decision:
        """The image of one item; never raises."""
        return self.decide_all(unit, attributes, (item,))[0]

    def decide_all(
        self, unit: object, attributes: object, items: Iterable[object]
    ) -> list[Decision]:
        """The images of several items for one unit, in their order; never raises.

        Parameters
        ----------
            unit       : whose view it is; a text, or a number that stands for its digits
            attributes : of the unit, a dict; anything else counts as empty
            items      : ids; one that is not a text is unknown
        """
        known = plain_attributes(attributes)
        name = _unit_name(unit)
        matched: dict[int, bool] = {}
        return [self._decide(name, known, item, matched) for item in items]

    def _decide(
        self,
        unit: str | None,
        attributes: dict[str, object],
        item: object,
        matched: dict[int, bool],
    ) -> Decision:
        if type(item) is not str or item not in self._items:
            # An id of another kind is echoed as text only where that cannot fail.
            echo = item if type(item) is str else type(item).__name__
            return Decision(item=echo, image=self.fallback, reason=Reason.UNKNOWN_ITEM)
        test = self._compiled.get(item)
        if test is None or unit is None:
            return Decision(item=item, image=self._items[item], reason=Reason.DEFAULT)
        arms = self._arms_of(test, attributes, matched)
        while test.slice is not None and arms.winner is None and not _lets_in(test, unit):
            if test.following is None:
                image = self._items[item]
                return Decision(item=item, image=image, reason=Reason.OUTSIDE_LAYER)
            test = test.following
            arms = self._arms_of(test, attributes, matched)
        slot, propensity, reason = _pick(test, arms, unit_digest(test.key, unit))
        variant, image = test.variants[slot]
        return Decision(
            item=item,
            image=image,
            variant=variant,
            test=test.test,
            segment=arms.segment,
            propensity=propensity,
            reason=reason,
        )

    def _arms_of(
        self, test: _Compiled, attributes: dict[str, object], matched: dict[int, bool]
    ) -> _Arms:
        for rule, arms in test.rules:
            hit = matched.get(rule)
            if hit is None:
                hit = matched[rule] = self._predicates[rule](attributes)
            if hit:
                return arms
        return test.everyone

    def _compile(
        self, plan: TestPlan, rules: dict[str, int], following: _Compiled | None
    ) -> _Compiled:
        slots = {variant.name: slot for slot, variant in enumerate(plan.variants)}
        compiled_rules = []
        for segment in plan.segments:
            text = repr(segment.condition)
            if text not in rules:
                rules[text] = len(self._predicates)
                self._predicates.append(compile_condition(segment.condition))
            compiled_rules.append((rules[text], _arms(plan, segment.name, slots)))
        return _Compiled(
            test=plan.test,
            key=salt_key(plan.salt),
            rules=tuple(compiled_rules),
            everyone=_arms(plan, EVERYONE, slots),
            variants=tuple((variant.name, variant.image) for variant in plan.variants),
            control=slots[plan.control],
            holdout=plan.holdout,
            layer=b"" if plan.slice is None else layer_key(plan.slice.layer),
            slice=plan.slice,
            following=following,
        )

    def to_dict(self) -> dict[str, object]:
        """The JSON form, from which `from_dict` builds a snapshot that decides the same."""
        return {
            "format": FORMAT,
            "version": self.version,
            "built_at_s": self.built_at_s,
            "fallback": self.fallback,
            "items": dict(self._items),
            "plans": [plan.to_dict() for plan in self._plans],
        }

    @classmethod
    def from_dict(cls, data: object) -> Snapshot:
        """The snapshot of a JSON form.

        Raises
        ------
            InvalidPlan: another format, or something missing or malformed
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise InvalidPlan("snapshot", f"is not of format {FORMAT}")
        try:
            return cls(
                version=str(data["version"]),
                built_at_s=float(data["built_at_s"]),
                items=dict(data["items"]),
                plans=[TestPlan.from_dict(plan) for plan in data["plans"]],
                fallback=data["fallback"],
            )
        except (TypeError, KeyError, ValueError) as error:
            raise InvalidPlan("snapshot", f"malformed: {error}") from error


def _arms(plan: TestPlan, segment: str, slots: Mapping[str, int]) -> _Arms:
    weights = plan.segment_weights.get(segment, plan.weights)
    served = {slots[name]: weight for name, weight in weights.items() if weight > 0}
    total = sum(served.values())
    winner = plan.promoted_all or plan.promoted.get(segment)
    return _Arms(
        segment=segment,
        choices=tuple(sorted(served.items())),
        propensity={slot: weight / total for slot, weight in served.items()},
        winner=None if winner is None else slots[winner],
    )


def _lets_in(test: _Compiled, unit: str) -> bool:
    """Whether the unit's place in the layer is in the test's slice; all are in without one."""
    return test.slice is None or test.slice.holds(layer_bucket(test.layer, unit))


def _pick(test: _Compiled, arms: _Arms, digest: bytes) -> tuple[int, float, Reason]:
    """Slot, propensity and reason for a unit."""
    if arms.winner is None:
        slot = choose(digest, arms.choices)
        return slot, arms.propensity[slot], Reason.TEST
    # A winning control is what the holdout would see anyway.
    if arms.winner == test.control or test.holdout <= 0:
        return arms.winner, 1.0, Reason.PROMOTED
    if in_holdout(digest, test.holdout):
        return test.control, test.holdout, Reason.HOLDOUT
    return arms.winner, 1.0 - test.holdout, Reason.PROMOTED


def _unit_name(unit: object) -> str | None:
    """The unit as text, None for what cannot name anyone."""
    if type(unit) is str:
        return unit or None
    # Python refuses to print integers of thousands of digits.
    if type(unit) is int and unit.bit_length() <= 64:
        return str(unit)
    return None
