"""Segment rules compiled to functions, for the request path.

A predicate never raises, whatever the attributes hold: it looks only at plain texts, numbers,
booleans, lists and dicts of the exact built-in types, and everything else counts as missing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias, assert_never

from abtest.assignment import MASK, SEGMENT_SLOT, multiplier
from abtest.condition_values import Scalar, parse_date
from abtest.conditions import (
    ELEMENT,
    Combined,
    Comparison,
    Condition,
    Portion,
)

Attributes: TypeAlias = Mapping[str, object]
_Test: TypeAlias = Callable[[Any], bool]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
}
_LEFT_OUT_OF_VERSIONS = re.compile(r"^v|\+.*$")
_MAX_VERSION_CHARS = 64


class Predicate(Protocol):
    """Whether a condition holds for a unit's attributes; the number is the unit's, None unnamed."""

    def __call__(self, attributes: Attributes, number: int | None = None, /) -> bool:
        """The answer; never raises."""


def compile_condition(condition: Condition) -> Predicate:
    """The predicate of a condition."""
    match condition:
        case Comparison():
            return _compare(condition)
        case Combined():
            return _combine(condition)
        case Portion():
            return _portion(condition)
        case _:
            assert_never(condition)


def plain_attributes(attributes: object) -> dict[str, object]:
    """Attributes as predicates may read them: a dict, empty where something else came in."""
    return attributes if type(attributes) is dict else {}


def reader(attribute: str) -> Callable[[Attributes], object]:
    """Reads an attribute; None where it is missing.

    Examples
    --------
    >>> reader("app.version")({"app": {"version": "2.1"}}), reader("a.b")({"a.b": 1})
    ('2.1', 1)
    """
    if "." not in attribute:
        return lambda attributes: attributes.get(attribute)
    steps = attribute.split(".")

    def nested(attributes: Attributes) -> object:
        found: Any = attributes.get(attribute)
        if found is not None:
            return found
        found = attributes
        for step in steps:
            if type(found) is not dict:
                return None
            found = found.get(step)
        return found

    return nested


def version_key(version: str) -> str:
    """A text that is ordered as versions are.

    Numbers are compared as numbers, and what has three parts comes after what adds a fourth to
    them, so that a release follows its release candidates.

    Examples
    --------
    >>> sorted(["1.10.0", "v1.9.0", "1.10.0-rc.1", "1.9.0+build5"], key=version_key)
    ['v1.9.0', '1.9.0+build5', '1.10.0-rc.1', '1.10.0']
    """
    parts = re.split(r"[-.]", _LEFT_OUT_OF_VERSIONS.sub("", version))
    if len(parts) == 3:
        parts.append("~")
    return "-".join(part.rjust(16) if part.isdigit() else part for part in parts)


def _combine(condition: Combined) -> Predicate:
    parts = tuple(compile_condition(part) for part in condition.parts)
    if condition.junction == "$and" and len(parts) == 2:
        first, second = parts
        return lambda attributes, number=None: (
            first(attributes, number) and second(attributes, number)
        )
    ends_at = condition.junction != "$and"
    ended = condition.junction == "$or"

    def holds(attributes: Attributes, number: int | None = None) -> bool:
        for part in parts:
            if part(attributes, number) is ends_at:
                return ended
        return not ended

    return holds


def _portion(condition: Portion) -> Predicate:
    key = multiplier(condition.of, SEGMENT_SLOT)
    first, end = condition.first, condition.end
    scale = 100.0 / (1 << 64)

    def holds(_attributes: Attributes, number: int | None = None) -> bool:
        return number is not None and first <= (number * key & MASK) * scale < end

    return holds


def _compare(comparison: Comparison) -> Predicate:
    read = reader(comparison.attribute)
    if comparison.operator == "$exists":
        wanted = comparison.value
        return lambda attributes, _number=None: (read(attributes) is not None) is wanted
    if comparison.operator == "$eq" and isinstance(comparison.value, str):
        text = comparison.value
        return lambda attributes, _number=None: (
            type(given := read(attributes)) is str and given == text
        )
    test = _test(comparison)
    return lambda attributes, _number=None: test(read(attributes))


def _test(comparison: Comparison) -> _Test:
    """What is asked of the attribute's value."""
    value: Any = comparison.value
    name = comparison.operator
    if name in _LISTS:
        return _LISTS[name](value)
    if name in ("$in", "$nin"):
        return _one_of(value, wanted=name == "$in", of_lists=True)
    if name in ("$eq", "$ne"):
        return _one_of((value,), wanted=name == "$eq", of_lists=False)
    if name in ("$before", "$since"):
        return _dates(value, before=name == "$before")
    order = _ORDER[name.lstrip("$v")]
    return _versions(order, value) if name.startswith("$v") else _ordered(order, value)


def _kind(value: object) -> type | None:
    """str, bool or float (for numbers) of the plain types; None for anything else."""
    kind = type(value)
    if kind is int:
        return float
    return kind if kind in (str, float, bool) else None


def _choices(values: tuple[Scalar, ...]) -> dict[type | None, frozenset[Scalar]]:
    """Values by kind: True and 1 are equal in Python, and must not be in a rule."""
    return {
        kind: frozenset(item for item in values if _kind(item) is kind)
        for kind in (str, float, bool)
    }


def _one_of(values: tuple[Scalar, ...], *, wanted: bool, of_lists: bool) -> _Test:
    choices = _choices(values)

    def holds(given: Any) -> bool:
        of_kind = choices.get(_kind(given))
        if of_kind is not None:
            return (given in of_kind) is wanted
        if of_lists and type(given) is list:
            return any(each in choices.get(_kind(each), ()) for each in given) is wanted
        return False

    return holds


def _all_of(values: tuple[Scalar, ...]) -> _Test:
    wanted = {(_kind(value), value) for value in values}

    def holds(given: Any) -> bool:
        if type(given) is not list:
            return False
        kinds = ((_kind(each), each) for each in given)
        return wanted <= {pair for pair in kinds if pair[0] is not None}

    return holds


def _ordered(compare: Callable[[Any, Any], bool], value: Any) -> _Test:
    if isinstance(value, str):
        return lambda given: type(given) is str and compare(given, value)
    return lambda given: (type(given) is int or type(given) is float) and compare(given, value)


def _versions(compare: Callable[[Any, Any], bool], value: str) -> _Test:
    key = version_key(value)

    def holds(given: Any) -> bool:
        if type(given) is not str or not 1 <= len(given) <= _MAX_VERSION_CHARS:
            return False
        return compare(version_key(given), key)

    return holds


def _dates(value: str, *, before: bool) -> _Test:
    limit_s = parse_date(value)

    def holds(given: Any) -> bool:
        at_s = parse_date(given) if type(given) is str else None
        return at_s is not None and limit_s is not None and (at_s < limit_s) is before

    return holds


def _element(predicate: Predicate) -> _Test:
    def holds(given: Any) -> bool:
        if type(given) is not list:
            return False
        # The element itself has no name; the fields of one that is an object have theirs.
        return any(
            predicate({**each, ELEMENT: each} if type(each) is dict else {ELEMENT: each})
            for each in given
        )

    return holds


def _size(of_length: Predicate) -> _Test:
    return lambda given: type(given) is list and of_length({ELEMENT: len(given)})


_LISTS: dict[str, Callable[[Any], _Test]] = {
    "$all": _all_of,
    "$size": lambda condition: _size(compile_condition(condition)),
    "$elemMatch": lambda condition: _element(compile_condition(condition)),
}
