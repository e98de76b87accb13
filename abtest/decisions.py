"""The image of one item for one unit: as a value, and as JSON that is ready to be sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

_ENCODE: Final = json.JSONEncoder(separators=(",", ":")).encode


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
    """What a unit can be shown of an item: the part of a decision that all segments share.

    `head` is the beginning of the decision's JSON.
    """

    __slots__ = ("_decisions", "head", "image", "item", "test", "variant")

    def __init__(
        self, item: str, image: str | None, *, variant: str | None = None, test: str | None = None
    ) -> None:
        self.item = item
        self.image = image
        self.variant = variant
        self.test = test
        told = {"item": item, "image": image, "variant": variant, "test": test}
        # ASCII: half a surrogate pair, which UTF-8 cannot hold, is echoed too.
        self.head = _ENCODE(told).encode("ascii")[:-1]
        self._decisions: dict[Why, Decision] = {}

    def decision(self, why: Why) -> Decision:
        """The decision to show this, made once for each reason."""
        made = self._decisions.get(why)
        if made is None:
            made = self._decisions[why] = Decision(
                item=self.item,
                image=self.image,
                variant=self.variant,
                test=self.test,
                segment=why.segment,
                propensity=why.propensity,
                reason=why.reason,
            )
        return made


class Why:
    """Why and with which propensity something is shown: what many tests' decisions share.

    `tail` is the end of the decision's JSON, with the comma that follows it; `name` is the reason
    as a plain text, since to count members of an enumeration takes four times as long.
    """

    __slots__ = ("name", "propensity", "reason", "segment", "tail")

    def __init__(
        self, reason: Reason, *, segment: str | None = None, propensity: float | None = 1.0
    ) -> None:
        self.reason = reason
        self.segment = segment
        self.propensity = propensity
        self.name = str(reason.value)
        told = {"segment": segment, "propensity": propensity, "reason": self.name}
        self.tail = b"," + _ENCODE(told).encode("ascii")[1:] + b","


DEFAULT: Final = Why(Reason.DEFAULT)
OUTSIDE_LAYER: Final = Why(Reason.OUTSIDE_LAYER)
UNKNOWN_ITEM: Final = Why(Reason.UNKNOWN_ITEM)
FORCED: Final = Why(Reason.FORCED, propensity=None)


class Choices:
    """What a unit is shown of each item of a request, and why, in the order of the items."""

    __slots__ = ("shown", "why")

    def __init__(self, shown: list[Shown], why: list[Why]) -> None:
        self.shown = shown
        self.why = why

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """As values."""
        return tuple(shown.decision(why) for shown, why in zip(self.shown, self.why, strict=True))

    @property
    def reasons(self) -> list[str]:
        """The reasons alone, as plain texts."""
        return [why.name for why in self.why]

    def replaced(self, items: Sequence[object], forced: Mapping[str, Shown]) -> Choices:
        """The same with a preview in the place of some items' choices."""
        shown = [forced.get(item) if type(item) is str else None for item in items]
        return Choices(
            [own if new is None else new for own, new in zip(self.shown, shown, strict=True)],
            [own if new is None else FORCED for own, new in zip(self.why, shown, strict=True)],
        )

    def encoded(self, version: str) -> bytes:
        """The JSON of an answer with the snapshot's version, in ASCII."""
        told = [start_of(version)]
        for shown, why in zip(self.shown, self.why, strict=True):
            told += shown.head, why.tail
        return ended(told)


@lru_cache(maxsize=8)
def start_of(version: str) -> bytes:
    """The beginning of the JSON of an answer: what comes before its decisions."""
    return b'{"snapshot":%b,"decisions":[' % json.dumps(version).encode("ascii")


def ended(told: list[bytes]) -> bytes:
    """The JSON of an answer, in ASCII.

    Parameters
    ----------
        told : `start_of` the snapshot's version, then `Shown.head` and `Why.tail` of each decision
    """
    if len(told) > 1:
        told[-1] = told[-1][:-1]
    told.append(b"]}")
    return b"".join(told)
