"""The image of one item for one unit: as a value, and as JSON that is ready to be sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Reason(StrEnum):
    """Why an image was chosen.

    OUTSIDE_LAYER is the default image too: the item has a test, but the unit is not in its slice
    of the layer. FORCED is a preview: its events are never counted.
    """

    PROMOTED = "promoted"
    TEST = "test"
    HOLDOUT = "holdout"
    DEFAULT = "default"
    OUTSIDE_LAYER = "outside_layer"
    UNKNOWN_ITEM = "unknown_item"
    FORCED = "forced"


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
                     layer lets it into the test; None for a preview, which is no draw
        reason     : why
    """

    item: str
    image: str | None
    variant: str | None = None
    test: str | None = None
    segment: str | None = None
    propensity: float | None = 1.0
    reason: Reason


class Shown:
    """What a unit can be shown of an item: the part of a decision that all segments share."""

    __slots__ = ("head", "image", "item", "test", "variant")

    def __init__(
        self, item: str, image: str | None, *, variant: str | None = None, test: str | None = None
    ) -> None:
        self.item = item
        self.image = image
        self.variant = variant
        self.test = test
        told = {"item": item, "image": image, "variant": variant, "test": test}
        # ASCII: half a surrogate pair, which UTF-8 cannot hold, is echoed too.
        self.head = json.dumps(told, separators=(",", ":")).encode("ascii")[:-1]


class Why:
    """Why and with which propensity something is shown: what many tests' decisions share."""

    __slots__ = ("propensity", "reason", "segment", "tail")

    def __init__(self, segment: str | None, propensity: float | None, reason: Reason) -> None:
        self.segment = segment
        self.propensity = propensity
        self.reason = reason
        told = {"segment": segment, "propensity": propensity, "reason": str(reason)}
        self.tail = b"," + json.dumps(told, separators=(",", ":")).encode("ascii")[1:]


class Choice:
    """A decision in both its forms: `head` and `tail` are its JSON, the value is made if asked for.

    Most bytes of a snapshot would be JSON if each choice held its own. The head is shared by the
    segments of a variant, and the tail by all tests of the same segment, propensity and reason.
    """

    __slots__ = ("_decision", "_shown", "head", "tail", "why")

    def __init__(
        self,
        shown: Shown,
        reason: Reason,
        *,
        segment: str | None = None,
        propensity: float | None = 1.0,
    ) -> None:
        self._shown = shown
        self.why = _why(segment, propensity, reason)
        self.head = shown.head
        self.tail = self.why.tail
        self._decision: Decision | None = None

    @property
    def decision(self) -> Decision:
        """The value."""
        made = self._decision
        if made is None:
            made = self._decision = Decision(
                item=self._shown.item,
                image=self._shown.image,
                variant=self._shown.variant,
                test=self._shown.test,
                segment=self.why.segment,
                propensity=self.why.propensity,
                reason=self.why.reason,
            )
        return made


_why = lru_cache(maxsize=1 << 16)(Why)
