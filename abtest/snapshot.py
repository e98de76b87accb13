"""The feed's view: all live tests and promotions, immutable.

`Snapshot.decide` answers for one unit and item and never raises, `Snapshot.choices` for all the
items of a request; how they are found is in `abtest.answering`.
`Snapshot.changed` gives the next snapshot, which shares all that has stayed the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from abtest.answering import Answering
from abtest.chains import Chains
from abtest.decisions import Choices, Decision, Reason, ended, start_of
from abtest.document import FORMAT, Contents, contents_of, contents_of_json, document_of
from abtest.errors import InvalidPlan
from abtest.plan import TestPlan
from abtest.serving import JSON, VALUES, ServedItem, ServedTest

__all__ = ["FORMAT", "Choices", "Decision", "Reason", "Snapshot"]

_TEST: Final = Reason.TEST.value
"""To ask an enumeration's member for its value takes as long as to find two items."""


class Snapshot:
    """An immutable view.

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
        chains = Chains()
        self._hold(
            Contents(
                version=version,
                built_at_s=built_at_s,
                fallback=fallback,
                chains=chains,
                served=_served(items, plans, chains),
            )
        )

    def _hold(self, contents: Contents) -> None:
        self.version = contents.version
        self.built_at_s = contents.built_at_s
        self.fallback = contents.fallback
        self._chains = contents.chains
        self._served = contents.served
        self._answering = Answering(contents.served, fallback=contents.fallback)
        self._tested: tuple[str, ...] | None = None

    @property
    def items(self) -> Mapping[str, str]:
        """Known items and their default images."""
        return {item: served.image for item, served in self._served.items()}

    @property
    def plans(self) -> tuple[TestPlan, ...]:
        """What it was made from, an item's tests in their order."""
        return tuple(test.plan for served in self._served.values() for test in served.tests)

    @property
    def tested_items(self) -> tuple[str, ...]:
        """Items with a live test or promotion, by name; sorted once."""
        if self._tested is None:
            tested = (item for item, served in self._served.items() if served.tests)
            self._tested = tuple(sorted(tested))
        return self._tested

    def plans_of(self, item: str) -> tuple[TestPlan, ...]:
        """An item's tests, the one that is asked first at the front."""
        served = self._served.get(item)
        return () if served is None else tuple(test.plan for test in served.tests)

    def changed(
        self,
        *,
        version: str,
        built_at_s: float,
        items: Mapping[str, str],
        plans: Iterable[TestPlan],
        gone: Iterable[str] = (),
    ) -> Snapshot:
        """The next snapshot, in a time that depends on what has changed alone.

        Parameters
        ----------
            items : those that are new or have changed in anything, to their default images
            plans : all live tests and promotions of these items
            gone  : items that are known no longer
        Raises      InvalidPlan: a plan of an item that is not in `items`
        """
        served = self._served.copy()
        for item in gone:
            served.pop(item, None)
        served.update(_served(items, plans, self._chains))
        return self._of(
            Contents(
                version=version,
                built_at_s=built_at_s,
                fallback=self.fallback,
                chains=self._chains,
                served=served,
            )
        )

    def decide(self, unit: object, attributes: object, item: object) -> Decision:
        """The image of one item; never raises."""
        return self.choices(unit, attributes, (item,)).decisions[0]

    def decide_all(
        self, unit: object, attributes: object, items: Iterable[object]
    ) -> list[Decision]:
        """The images of several items for one unit, in their order; never raises."""
        return list(self.choices(unit, attributes, tuple(items)).decisions)

    def choices(self, unit: object, attributes: object, items: Sequence[object]) -> Choices:
        """The decisions on several items for one unit, in their order; never raises.

        Parameters
        ----------
            unit       : whose view it is; a text, or a number that stands for its digits
            attributes : of the unit, a dict; anything else counts as empty
            items      : ids; one that is not a text is unknown
        """
        told: list[Any] = []
        self._answering.tell(told, VALUES, unit, attributes, items)
        return Choices(told[::2], told[1::2])

    def encoded(
        self, unit: object, attributes: object, items: Sequence[object]
    ) -> tuple[bytes, dict[str, int]]:
        """The JSON of the decisions on several items, and how many have which reason.

        The same as `choices` and its `encoded`, in less time.
        """
        told = [start_of(self.version)]
        others = self._answering.tell(told, JSON, unit, attributes, items)
        reasons = {_TEST: len(items) - len(others)}
        for name in others:
            reasons[name] = reasons.get(name, 0) + 1
        return ended(told), reasons

    def to_dict(self) -> dict[str, object]:
        """The JSON form, from which `from_dict` builds a snapshot that decides the same."""
        told: dict[str, object] = json.loads(self.document())
        return told

    @classmethod
    def from_dict(cls, data: object) -> Snapshot:
        """The snapshot of a JSON form.

        Raises
        ------
            InvalidPlan: another format, or something missing or malformed
        """
        return cls._of(contents_of_json(data))

    def document(self) -> bytes:
        """The JSON form as text, see `abtest.document`."""
        return document_of(self._contents())

    @classmethod
    def from_document(cls, document: bytes, *, previous: Snapshot | None = None) -> Snapshot:
        """The snapshot of a document; what has not changed is shared with the one before it.

        Raises
        ------
            InvalidPlan: another format, or something missing or malformed
        """
        known = None if previous is None else previous._contents()  # noqa: SLF001 - of its own class
        return cls._of(contents_of(document, known))

    def _contents(self) -> Contents:
        return Contents(
            version=self.version,
            built_at_s=self.built_at_s,
            fallback=self.fallback,
            chains=self._chains,
            served=self._served,
        )

    @classmethod
    def _of(cls, contents: Contents) -> Snapshot:
        """The snapshot that goes on with these contents themselves."""
        snapshot = object.__new__(cls)
        snapshot._hold(contents)
        return snapshot


def _served(
    items: Mapping[str, str], plans: Iterable[TestPlan], chains: Chains
) -> dict[str, ServedItem]:
    """Items with their default images and their tests.

    Raises
    ------
        InvalidPlan: a plan of an item that is not in `items`
    """
    by_item: dict[str, list[ServedTest]] = {item: [] for item in items}
    for plan in plans:
        if plan.item not in by_item:
            raise InvalidPlan(plan.test, f"its item {plan.item!r} has no default image")
        by_item[plan.item].append(ServedTest(plan, chains))
    return {item: ServedItem(item, image, by_item[item]) for item, image in items.items()}
