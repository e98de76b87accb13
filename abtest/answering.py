"""The request path: what several items show one unit, found as fast as can be; never raises.

Whatever does not depend on the unit is worked out once: see `abtest.serving`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from abtest.assignment import Draw, unit_number
from abtest.chains import Chain
from abtest.decisions import DEFAULT, UNKNOWN_ITEM, Shown
from abtest.predicates import Attributes, plain_attributes
from abtest.serving import FORMS, Form, Picked, ServedItem

_Value = TypeVar("_Value")


class Answering:
    """Answers for the items of one snapshot.

    Parameters
    ----------
        served   : item to its tests and its default image; not changed from now on
        fallback : image of an unknown item
    """

    def __init__(self, served: Mapping[str, ServedItem], *, fallback: str | None) -> None:
        self._served = served
        self._fallback = fallback
        # What a request needs of an item, once it was asked for; nothing else is looked at.
        self._entries: list[dict[str, Draw]] = [{} for _ in range(FORMS)]

    def tell(
        self, told: list[Any], form: Form, unit: object, attributes: object, items: Sequence[object]
    ) -> list[str]:
        """Add each item's image and reason; the names of the reasons that may be others than TEST.

        One after the other into one list, which is joined as it is.
        """
        number = _number_of(unit)
        if number is None:
            return self._tell_defaults(told, form, items)
        known = plain_attributes(attributes)
        places: dict[Chain, int] = {}
        chain: Chain | None = None
        place = 0
        others: list[str] = []
        # This is done for each item: what looks clumsy saves a tenth each.
        for item, draw in zip(items, _found(self._entries[form.place], items), strict=True):
            if draw is None:
                one, reason, name = self._pick(form, item, number, known, places)
                told.append(one)
                told.append(reason)
                others.append(name)
                continue
            if draw[1] is not chain:
                chain = draw[1]
                place = chain.place(known, number, places)
            if draw[0] is None:
                draw = draw[2][place] or draw[3].ready(place)  # noqa: PLW2901 - the segment's own
                arm = draw[0](number, draw)
                told.append(draw[~arm])
                told.append(draw[2][arm])
                if draw[1] is not None:
                    others.append(draw[1][arm])
            else:
                arm = draw[0](number, draw)
                told.append(draw[~arm])
                told.append(draw[2][place][arm])
        return others

    def _pick(
        self, form: Form, item: object, number: int, known: Attributes, places: dict[Chain, int]
    ) -> Picked:
        """What has no entry yet, or never gets one."""
        served = self._served.get(item) if isinstance(item, str) else None
        if served is None:
            return form.arm(self._unknown(item)), form.reason(UNKNOWN_ITEM), UNKNOWN_ITEM.name
        entry = served.entry(form)
        if entry is not None:
            self._entries[form.place][served.item] = entry
        return served.pick(form, number, known, places)

    def _tell_defaults(self, told: list[Any], form: Form, items: Sequence[object]) -> list[str]:
        """What a unit without a name sees."""
        names = []
        for item, served in zip(items, _found(self._served, items), strict=True):
            shown = self._unknown(item) if served is None else served.default
            why = UNKNOWN_ITEM if served is None else DEFAULT
            told += form.arm(shown), form.reason(why)
            names.append(why.name)
        return names

    def _unknown(self, item: object) -> Shown:
        # An id of another kind is echoed as text only where that cannot fail.
        echo = item if type(item) is str else type(item).__name__
        return Shown(echo, self._fallback)


def _found(known: Mapping[str, _Value], items: Sequence[object]) -> list[_Value | None]:
    """What is known of each item; None where nothing is."""
    find = known.get
    try:
        return list(map(find, items))  # type: ignore[arg-type]
    except TypeError:  # what cannot be hashed is no item
        return [find(item) if type(item) is str else None for item in items]


def _number_of(unit: object) -> int | None:
    """The number of a unit, None for what cannot name anyone."""
    if type(unit) is str:
        return unit_number(unit) if unit else None
    # Python refuses to print integers of thousands of digits.
    if type(unit) is int and unit.bit_length() <= 64:
        return unit_number(str(unit))
    return None
