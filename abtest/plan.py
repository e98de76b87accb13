"""A test as the feed serves it: the plain description that a snapshot is compiled from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from abtest.assignment import SLOTS
from abtest.counts import EVERYONE
from abtest.errors import InvalidPlan
from abtest.layers import Slice
from abtest.segments import Segment, check_segments

HOLDOUT = 0.05
"""Default share of units that a promotion leaves on the control, to watch for a fading effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVariant:
    """A variant: its name and the image that the feed sends, a URL or digest."""

    name: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPlan:
    """A live test or a promotion.

    Parameters
    ----------
        test            : id
        item            : the product shown
        salt            : of the assignment; constant over the test's life
        variants        : in the order they were added, dropped ones included: a variant's place is
                          its slot in the assignment and is never given to another
        control         : variant of the holdout
        segments        : in order of priority
        weights         : variant to share; dropped variants have none or 0
        segment_weights : of segments with an allocation of their own
        promoted        : segment to winner; "everyone" covers units of no segment
        promoted_all    : the winner for all segments, None while there is none
        holdout         : share of units that stay on the control after a promotion
        slice           : the part of a layer's units that may be in the test; None for all units.
                          Others see the default image. A promotion is for all units
    Raises                InvalidPlan, InvalidSegment
    """

    __test__ = False

    test: str
    item: str
    salt: str
    variants: tuple[PlannedVariant, ...]
    control: str
    segments: tuple[Segment, ...] = ()
    weights: Mapping[str, float]
    segment_weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    promoted: Mapping[str, str] = field(default_factory=dict)
    promoted_all: str | None = None
    holdout: float = HOLDOUT
    slice: Slice | None = None

    def __post_init__(self) -> None:
        names = [variant.name for variant in self.variants]
        if not 2 <= len(names) <= SLOTS or len(set(names)) < len(names):
            raise InvalidPlan(self.test, f"2 to {SLOTS} variants of different names are expected")
        check_segments(self.segments)
        served = {self.control, *self.promoted.values(), *self.weights}
        if self.promoted_all is not None:
            served.add(self.promoted_all)
        for weights in (self.weights, *self.segment_weights.values()):
            served |= set(weights)
            self._check_weights(weights)
        if served - set(names):
            raise InvalidPlan(self.test, f"unknown variants {sorted(served - set(names))}")
        segments = {EVERYONE, *(segment.name for segment in self.segments)}
        unknown = (set(self.segment_weights) | set(self.promoted)) - segments
        if unknown:
            raise InvalidPlan(self.test, f"unknown segments {sorted(unknown)}")
        if not 0.0 <= self.holdout < 1.0:
            raise InvalidPlan(self.test, f"holdout {self.holdout} is not a share below 1")

    def _check_weights(self, weights: Mapping[str, float]) -> None:
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights.values()):
            raise InvalidPlan(self.test, "a weight is not a share")
        if sum(weights.values()) <= 0:
            raise InvalidPlan(self.test, "no variant has any weight")

    def to_dict(self) -> dict[str, object]:
        """The JSON form."""
        return {**self.own_dict(), "segments": [segment.to_dict() for segment in self.segments]}

    def own_dict(self) -> dict[str, object]:
        """The JSON form but for the segments, which many tests share."""
        return {
            "test": self.test,
            "item": self.item,
            "salt": self.salt,
            "variants": [{"name": v.name, "image": v.image} for v in self.variants],
            "control": self.control,
            "weights": dict(self.weights),
            "segment_weights": {name: dict(w) for name, w in self.segment_weights.items()},
            "promoted": dict(self.promoted),
            "promoted_all": self.promoted_all,
            "holdout": self.holdout,
            "slice": None if self.slice is None else self.slice.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: object, segments: tuple[Segment, ...] | None = None) -> TestPlan:
        """The plan of a JSON form, of `to_dict`; with segments, of `own_dict`.

        Raises
        ------
            InvalidPlan: something is missing or of the wrong kind
        """
        try:
            fields = dict(data)  # type: ignore[call-overload]
            if segments is not None:
                fields["segments"] = segments
            else:
                fields["segments"] = tuple(Segment.from_dict(part) for part in fields["segments"])
            fields["variants"] = tuple(PlannedVariant(**variant) for variant in fields["variants"])
            if fields.get("slice") is not None:
                fields["slice"] = Slice.from_dict(fields["slice"])
            return cls(**fields)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise InvalidPlan("?", f"malformed plan: {error}") from error
