"""Segment rules compiled to functions, for the request path.

A predicate never raises, whatever the attributes hold: it looks only at plain texts, numbers and
booleans of the exact built-in types, and everything else counts as missing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from abtest.segments import Attributes, Comparison, Condition, Predicate, Scalar

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def compile_condition(condition: Condition) -> Predicate:
    """The predicate of a condition."""
    if isinstance(condition, Comparison):
        return _compile_comparison(condition)
    parts = tuple(compile_condition(part) for part in condition.parts)
    match condition.junction:
        case "$and":
            return lambda attributes: all(part(attributes) for part in parts)
        case "$or":
            return lambda attributes: any(part(attributes) for part in parts)
        case "$nor":
            return lambda attributes: not any(part(attributes) for part in parts)


def plain_attributes(attributes: object) -> dict[str, object]:
    """Attributes as predicates may read them: a dict, empty where something else came in."""
    return attributes if type(attributes) is dict else {}


def reader(attribute: str) -> Callable[[Attributes], object]:
    """Reads an attribute; None where it is missing."""
    return lambda attributes: attributes.get(attribute)


def _kind(value: object) -> type | None:
    """str, bool or float (for numbers) of the plain types; None for anything else."""
    kind = type(value)
    if kind is int:
        return float
    return kind if kind in (str, float, bool) else None


def _compile_comparison(comparison: Comparison) -> Predicate:
    name, value = comparison.attribute, comparison.value
    match comparison.operator:
        case "$exists":
            return lambda attributes: (attributes.get(name) is not None) == value
        case "$eq" | "$in":
            return _membership(name, _choices(value), wanted=True)
        case "$ne" | "$nin":
            return _membership(name, _choices(value), wanted=False)
        case "$gt" | "$gte" | "$lt" | "$lte":
            return _ordered(name, _ORDER[comparison.operator], value)


def _choices(value: Scalar | tuple[Scalar, ...]) -> dict[type | None, frozenset[Scalar]]:
    """Values by kind: True and 1 are equal in Python, and must not be in a rule."""
    values = value if isinstance(value, tuple) else (value,)
    return {
        kind: frozenset(item for item in values if _kind(item) is kind)
        for kind in (str, float, bool)
    }


def _membership(
    name: str, choices: Mapping[type | None, frozenset[Scalar]], *, wanted: bool
) -> Predicate:
    def holds(attributes: Attributes) -> bool:
        given: Any = attributes.get(name)
        of_kind = choices.get(_kind(given))
        return of_kind is not None and (given in of_kind) is wanted

    return holds


def _ordered(
    name: str, compare: Callable[[Any, Any], bool], value: Scalar | tuple[Scalar, ...]
) -> Predicate:
    kind = _kind(value)

    def holds(attributes: Attributes) -> bool:
        given = attributes.get(name)
        return _kind(given) is kind and compare(given, value)

    return holds
