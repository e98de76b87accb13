"""What a client answers: which image each item of one shopper shows, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from abtest.snapshot import Decision

_UNCOUNTED = ("forced",)
"""Reasons of decisions that shoppers do not make: previews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The image of one item for one shopper.

    `to_dict` gives plain JSON, to be kept in a link, a form or a session until the shopper clicks
    or buys; `from_dict` makes the same choice of it in whatever process that happens.

    Parameters
    ----------
        unit       : whose view it is
        item       : as asked
        image      : a URL; None for an unknown item without a default
        variant    : None where no test decided, as for test and segment
        propensity : probability with which it was to be this variant; None where it was forced
        reason     : promoted, test, holdout, default, outside_layer, unknown_item or forced
        snapshot   : version of what was decided by

    Examples
    --------
    >>> choice = Choice(unit="shopper-7", item="mug", image="oak.webp", variant="oak", test="t1",
    ...                 segment="everyone", propensity=0.5, reason="test", snapshot="184")
    >>> Choice.from_dict(choice.to_dict()) == choice
    True
    """

    unit: str
    item: str
    image: str | None
    variant: str | None = None
    test: str | None = None
    segment: str | None = None
    propensity: float | None = 1.0
    reason: str
    snapshot: str

    @property
    def counts(self) -> bool:
        """Whether what the shopper does with it is worth an event: a test chose the image."""
        return self.test is not None and self.reason not in _UNCOUNTED

    def to_dict(self) -> dict[str, object]:
        """The JSON form."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Choice:
        """The choice of a JSON form.

        Raises
        ------
            ValueError: a field is missing
        """
        try:
            return cls(**{name: data[name] for name in cls.__slots__})  # type: ignore[arg-type]
        except KeyError as fault:
            raise ValueError(f"no choice: {fault.args[0]} is missing") from fault


class Choices(Mapping[str, Choice]):
    """The choices of one request, by item.

    The decisions are the snapshot's own objects; a choice is made of one when it is looked at, so
    that deciding costs no more than the decision.

    Parameters
    ----------
        unit      : whose view it is, as asked
        snapshot  : version of what was decided by
        decisions : in the order of the items
        defaults  : item to the image that is shown where there is no other
        base      : address of the server, for images that lie on it
    """

    __slots__ = ("_base", "_defaults", "decisions", "snapshot", "unit")

    def __init__(
        self,
        *,
        unit: object,
        snapshot: str,
        decisions: Sequence[Decision],
        defaults: Mapping[str, str] | None = None,
        base: str = "",
    ) -> None:
        self.unit = unit
        self.snapshot = snapshot
        self.decisions = decisions
        self._defaults = defaults
        self._base = base

    def __getitem__(self, item: str) -> Choice:
        """The choice of an item that was asked for; KeyError for any other."""
        for decision in self.decisions:
            if decision.item == item:
                return self._choice(decision)
        raise KeyError(item)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(decision.item for decision in self.decisions))

    def __len__(self) -> int:
        return len({decision.item for decision in self.decisions})

    def _choice(self, decision: Decision) -> Choice:
        image = decision.image
        if image is None and self._defaults is not None:
            image = self._defaults.get(decision.item)
        elif image is not None and image.startswith("/"):
            image = self._base + image
        return Choice(
            unit=str(self.unit),
            item=decision.item,
            image=image,
            variant=decision.variant,
            test=decision.test,
            segment=decision.segment,
            propensity=decision.propensity,
            reason=str(decision.reason),
            snapshot=self.snapshot,
        )
