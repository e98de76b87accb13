"""Segments: named rules over what is known of a shopper.

The JSON form of a rule is the condition form of the feature-flag world (and of MongoDB)::

    {"country": "DE"}                                      equals
    {"country": {"$in": ["DE", "AT"]}, "age": {"$gte": 18, "$lt": 30}}     all must hold
    {"$or": [{"device": "phone"}, {"$not": {"loyal": {"$exists": true}}}]}

Operators: $eq $ne $in $nin $gt $gte $lt $lte $exists, and $and $or $nor $not. Segments are tried in
order; a unit that none matches belongs to "everyone". A comparison with an attribute that is
missing, or of another kind than the rule's value, is false: it never fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never, get_args

from abtest.counts import EVERYONE, OVERALL
from abtest.errors import InvalidSegment

Scalar: TypeAlias = str | int | float | bool
Attributes: TypeAlias = Mapping[str, object]
Predicate: TypeAlias = Callable[[Attributes], bool]

Operator = Literal["$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", "$exists"]
Junction = Literal["$and", "$or", "$nor"]
_OPERATORS = get_args(Operator)
_JUNCTIONS = get_args(Junction)
MAX_DEPTH = 16
MAX_CHOICES = 1000
MAX_SEGMENTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One attribute against a value; a tuple of values for $in and $nin."""

    attribute: str
    operator: Operator
    value: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """Several conditions: all hold ($and), one holds ($or), none holds ($nor)."""

    junction: Junction
    parts: tuple[Condition, ...]


Condition: TypeAlias = Comparison | Combined


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A named rule.

    Parameters
    ----------
        name      : shown in results; not "everyone" or "overall"
        condition : who belongs to it
    """

    name: str
    condition: Condition

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= 64 or not self.name.isprintable():
            raise InvalidSegment("name", f"{self.name!r} is not 1 to 64 printable characters")
        if self.name != self.name.strip():
            raise InvalidSegment("name", f"{self.name!r} begins or ends with a space")
        if self.name in (EVERYONE, OVERALL):
            raise InvalidSegment("name", f"{self.name!r} is reserved")

    @classmethod
    def from_dict(cls, data: object) -> Segment:
        """A segment from ``{"name": ..., "rule": {...}}``.

        Raises
        ------
            InvalidSegment
        """
        if not isinstance(data, Mapping) or set(data) != {"name", "rule"}:
            raise InvalidSegment("segment", 'an object with exactly "name" and "rule" is expected')
        if not isinstance(data["name"], str):
            raise InvalidSegment("name", f"{data['name']!r} is not a text")
        return cls(name=data["name"], condition=parse_condition(data["rule"]))

    def to_dict(self) -> dict[str, object]:
        """The JSON form."""
        return {"name": self.name, "rule": condition_dict(self.condition)}


def check_segments(segments: Sequence[Segment]) -> None:
    """Refuse doubled names and more segments than a test can have.

    Raises
    ------
        InvalidSegment
    """
    if len(segments) > MAX_SEGMENTS:
        raise InvalidSegment("segments", f"{len(segments)} given, at most {MAX_SEGMENTS}")
    names = [segment.name for segment in segments]
    for name in names:
        if names.count(name) > 1:
            raise InvalidSegment("segments", f"the name {name!r} occurs twice")


def parse_condition(data: object, *, path: str = "rule", depth: int = 0) -> Condition:
    """A condition from its JSON form.

    Raises
    ------
        InvalidSegment: unknown operator, wrong kind of value, empty or too deep a rule
    """
    if depth > MAX_DEPTH:
        raise InvalidSegment(path, f"nested more than {MAX_DEPTH} deep")
    if not isinstance(data, Mapping) or not data:
        raise InvalidSegment(path, f"{data!r} is not an object with at least one condition")
    parts: list[Condition] = []
    for key, value in data.items():
        parts.extend(_parse_entry(key, value, path=f"{path}.{key}", depth=depth))
    return parts[0] if len(parts) == 1 else Combined(junction="$and", parts=tuple(parts))


def _parse_entry(key: object, value: object, *, path: str, depth: int) -> list[Condition]:
    if not isinstance(key, str) or not key:
        raise InvalidSegment(path, "an attribute's name is a text of at least one character")
    if key == "$not":
        inner = parse_condition(value, path=path, depth=depth + 1)
        return [Combined(junction="$nor", parts=(inner,))]
    if key in _JUNCTIONS:
        if not isinstance(value, list) or not value:
            raise InvalidSegment(path, "a list of at least one condition is expected")
        inner_parts = tuple(
            parse_condition(part, path=f"{path}[{i}]", depth=depth + 1)
            for i, part in enumerate(value)
        )
        return [Combined(junction=_junction(key), parts=inner_parts)]
    if key.startswith("$"):
        raise InvalidSegment(path, f"unknown operator; use {', '.join((*_JUNCTIONS, '$not'))}")
    if isinstance(value, Mapping):
        return _parse_operators(key, value, path=path)
    return [_comparison(key, "$eq", value, path=path)]


def _junction(key: str) -> Junction:
    return next(junction for junction in _JUNCTIONS if junction == key)


def _parse_operators(
    attribute: str, operators: Mapping[object, object], *, path: str
) -> list[Condition]:
    if not operators:
        raise InvalidSegment(path, "no operator given")
    return [
        _comparison(attribute, operator, value, path=f"{path}.{operator}")
        for operator, value in operators.items()
    ]


def _comparison(attribute: str, operator: object, value: object, *, path: str) -> Comparison:
    known = next((name for name in _OPERATORS if name == operator), None)
    if known is None:
        raise InvalidSegment(path, f"unknown operator; use one of {', '.join(_OPERATORS)}")
    return Comparison(attribute=attribute, operator=known, value=_value(known, value, path=path))


def _value(operator: Operator, value: object, *, path: str) -> Scalar | tuple[Scalar, ...]:
    match operator:
        case "$in" | "$nin":
            if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHOICES:
                raise InvalidSegment(path, f"a list of 1 to {MAX_CHOICES} values is expected")
            return tuple(_scalar(item, path=path) for item in value)
        case "$gt" | "$gte" | "$lt" | "$lte":
            scalar = _scalar(value, path=path)
            if isinstance(scalar, bool):
                raise InvalidSegment(path, "true and false have no order")
            return scalar
        case "$exists":
            if not isinstance(value, bool):
                raise InvalidSegment(path, f"{value!r} is not true or false")
            return value
        case "$eq" | "$ne":
            return _scalar(value, path=path)
        case _:
            assert_never(operator)


def _scalar(value: object, *, path: str) -> Scalar:
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidSegment(path, f"{value} is not a finite number")
    if isinstance(value, str | int | float):
        return value
    raise InvalidSegment(path, f"{value!r} is not a text, a number, true or false")


def condition_dict(condition: Condition) -> dict[str, object]:
    """The JSON form of a condition; parsing it gives the same condition back."""
    if isinstance(condition, Combined):
        return {condition.junction: [condition_dict(part) for part in condition.parts]}
    value = list(condition.value) if isinstance(condition.value, tuple) else condition.value
    return {condition.attribute: {condition.operator: value}}
