"""The rules of segments: their parts, and their JSON form.

The form is that of the feature-flag world and of MongoDB::

    {"country": "DE"}                                      equals
    {"country": {"$in": ["DE", "AT"]}, "age": {"$gte": 18, "$lt": 30}}     all must hold
    {"$or": [{"device": "phone"}, {"$not": {"loyal": {"$exists": true}}}]}
    {"app.version": {"$vgte": "2.10"}}                     nested, and compared as a version
    {"$percent": {"of": "pilot", "from": 0, "to": 10}}     a tenth of the shoppers

=================================  =================================================================
$eq $ne, $in $nin                  equals, is one of; a list is in if one of its elements is
$gt $gte $lt $lte                  order, of numbers or of texts
$veq $vne $vgt $vgte $vlt $vlte    versions: "1.9" is before "1.10", "2.0.0-beta" before "2.0.0"
$before $since                     ISO 8601 dates and times, UTC where they name no zone
$exists                            whether the attribute is there and not null
$all, $size, $elemMatch            lists: has all of these, has so many, has an element that ...
$not, $and $or $nor                of conditions; $not also of an attribute's operators
$percent                           of units: those of a name's hash from a percentage to another
=================================  =================================================================

A comparison with an attribute that is missing, or of another kind than the rule's value, is false,
$ne and $nin too: it never fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from abtest.condition_values import CHECKS, MAX_TEXT_CHARS, Scalar, shown
from abtest.errors import InvalidSegment

Operator = Literal[
    "$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte",
    "$veq", "$vne", "$vgt", "$vgte", "$vlt", "$vlte", "$before", "$since",
    "$exists", "$all", "$size", "$elemMatch",
]  # fmt: skip
Junction = Literal["$and", "$or", "$nor"]
_OPERATORS = get_args(Operator)
_JUNCTIONS = get_args(Junction)
MAX_DEPTH = 16
MAX_COMPARISONS = 200
_NO_REGEX = (
    "patterns are not supported: a shopper's text could make one run for hours; use $in, or let "
    "the caller send what the pattern would find as an attribute"
)
ELEMENT = ""
"""The attribute that stands for the element of a list itself, or for a list's length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One attribute against a value.

    Parameters
    ----------
        value : a tuple for $in, $nin and $all; for $size and $elemMatch a condition, in which
                `ELEMENT` is the length or the element itself
    """

    attribute: str
    operator: Operator
    value: Scalar | tuple[Scalar, ...] | Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """Several conditions: all hold ($and), one holds ($or), none holds ($nor)."""

    junction: Junction
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """A share of the units: a hash of the unit under a name, from one percentage to another.

    Portions of one name are parts of one whole; those of different names are independent.
    """

    of: str
    first: float
    end: float


Condition: TypeAlias = Comparison | Combined | Portion


def parse_condition(data: object, *, path: str = "rule") -> Condition:
    """A condition from its JSON form.

    Raises
    ------
        InvalidSegment: unknown operator, wrong kind of value, empty, too deep or too long a rule
    """
    condition = _parse(data, path=path, depth=0, element=False)
    count = sum(1 for _ in _leaves(condition))
    if count > MAX_COMPARISONS:
        raise InvalidSegment(path, f"{count} comparisons, at most {MAX_COMPARISONS} are allowed")
    return condition


def _leaves(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Combined):
        for part in condition.parts:
            yield from _leaves(part)
        return
    yield condition
    if isinstance(condition, Comparison) and isinstance(
        condition.value, Comparison | Combined | Portion
    ):
        yield from _leaves(condition.value)


def _parse(data: object, *, path: str, depth: int, element: bool) -> Condition:
    if depth > MAX_DEPTH:
        raise InvalidSegment(path, f"nested more than {MAX_DEPTH} deep")
    if not isinstance(data, Mapping) or not data:
        raise InvalidSegment(path, f"{shown(data)} is not an object with at least one condition")
    parts: list[Condition] = []
    for key, value in data.items():
        part = _entry(key, value, path=f"{path}.{key}", depth=depth, element=element)
        # The operators of an attribute stand beside the other attributes, all of which must hold.
        several = isinstance(part, Combined) and part.junction == "$and" and key != "$and"
        parts.extend(part.parts if isinstance(part, Combined) and several else (part,))
    return parts[0] if len(parts) == 1 else Combined(junction="$and", parts=tuple(parts))


def _entry(key: object, value: object, *, path: str, depth: int, element: bool) -> Condition:
    if not isinstance(key, str) or not key or len(key) > MAX_TEXT_CHARS:
        raise InvalidSegment(path, "an attribute's name is a text of at least one character")
    if key == "$not":
        inner = _parse(value, path=path, depth=depth + 1, element=element)
        return Combined(junction="$nor", parts=(inner,))
    junction = next((each for each in _JUNCTIONS if each == key), None)
    if junction is not None:
        if not isinstance(value, list) or not value:
            raise InvalidSegment(path, "a list of at least one condition is expected")
        inner_parts = tuple(
            _parse(part, path=f"{path}[{i}]", depth=depth + 1, element=element)
            for i, part in enumerate(value)
        )
        return Combined(junction=junction, parts=inner_parts)
    if key == "$percent":
        return _portion(value, path=path)
    if key.startswith("$"):
        if element:
            return _comparison(ELEMENT, key, value, path=path, depth=depth)
        known = ", ".join((*_JUNCTIONS, "$not", "$percent"))
        raise InvalidSegment(path, f"unknown operator; use an attribute's name or one of {known}")
    if isinstance(value, Mapping):
        return _operators(key, value, path=path, depth=depth)
    return _comparison(key, "$eq", value, path=path, depth=depth)


def _operators(
    attribute: str, operators: Mapping[object, object], *, path: str, depth: int
) -> Condition:
    if not operators:
        raise InvalidSegment(path, f"no operator given; use one of {', '.join(_OPERATORS)}")
    if depth > MAX_DEPTH:
        raise InvalidSegment(path, f"nested more than {MAX_DEPTH} deep")
    parts: list[Condition] = []
    for operator, value in operators.items():
        where = f"{path}.{operator}"
        if operator == "$not":
            if not isinstance(value, Mapping):
                raise InvalidSegment(where, "an object of operators is expected")
            inner = _operators(attribute, value, path=where, depth=depth + 1)
            parts.append(Combined(junction="$nor", parts=(inner,)))
        else:
            parts.append(_comparison(attribute, operator, value, path=where, depth=depth))
    return parts[0] if len(parts) == 1 else Combined(junction="$and", parts=tuple(parts))


def _portion(value: object, *, path: str) -> Portion:
    if not isinstance(value, Mapping) or set(value) != {"of", "from", "to"}:
        raise InvalidSegment(path, 'write {"of": "a name", "from": 0, "to": 10}')
    name, first, end = value["of"], value["from"], value["to"]
    if not isinstance(name, str) or not 1 <= len(name) <= 64:
        raise InvalidSegment(f"{path}.of", "a name of 1 to 64 characters is expected")
    for key, each in (("from", first), ("to", end)):
        if isinstance(each, bool) or not isinstance(each, int | float) or not 0 <= each <= 100:
            raise InvalidSegment(f"{path}.{key}", f"{shown(each)} is not a number from 0 to 100")
    if not first < end:
        raise InvalidSegment(path, f"from {first} to {end} is nobody; from must be below to")
    return Portion(of=name, first=float(first), end=float(end))


def _comparison(
    attribute: str, operator: object, value: object, *, path: str, depth: int
) -> Comparison:
    if operator in ("$regex", "$regexi"):
        raise InvalidSegment(path, _NO_REGEX)
    known = next((name for name in _OPERATORS if name == operator), None)
    if known is None:
        raise InvalidSegment(path, f"unknown operator; use one of {', '.join(_OPERATORS)}, $not")
    if known == "$size" and type(value) is int:
        value = {"$eq": value}
    if known in ("$size", "$elemMatch"):
        inner = _parse(value, path=path, depth=depth + 1, element=True)
        return Comparison(attribute=attribute, operator=known, value=inner)
    checked = CHECKS[known](value, path=path)
    return Comparison(attribute=attribute, operator=known, value=checked)


def condition_dict(condition: Condition) -> dict[str, object]:
    """The JSON form of a condition; parsing it gives the same condition back."""
    if isinstance(condition, Combined):
        return {condition.junction: [condition_dict(part) for part in condition.parts]}
    if isinstance(condition, Portion):
        return {"$percent": {"of": condition.of, "from": condition.first, "to": condition.end}}
    value: object = condition.value
    if isinstance(value, tuple):
        value = list(value)
    elif isinstance(value, Comparison | Combined | Portion):
        value = condition_dict(value)
    compared: dict[str, object] = {condition.operator: value}
    return compared if condition.attribute == ELEMENT else {condition.attribute: compared}
