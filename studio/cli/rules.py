"""Segment rules as a merchant types them: ``country in DE,AT and age>=30``.

A rule is one or more comparisons joined by ``and``::

    country=DE          equals; != for everything else
    country in DE,AT    one of several; `country not in DE,AT` for none of them
    age>=30             also > < <=
    new=true            true and false; numbers are numbers, all else is text
    zip="01067"         in quotes: text, whatever it looks like

``@rule.json`` reads the full form, with ``$or`` and ``$not``, from a file.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Final, assert_never

from abtest import AbtestError, Segment, parse_condition
from abtest.condition_values import Scalar
from abtest.conditions import Combined, Comparison, Condition, Operator, Portion, condition_dict
from studio.cli.inputs import read_input

_OPERATORS: Final[dict[str, Operator]] = {
    "=": "$eq", "==": "$eq", "!=": "$ne", ">": "$gt", ">=": "$gte", "<": "$lt", "<=": "$lte",
    "in": "$in", "not in": "$nin",
}  # fmt: skip
_SIGNS: Final[dict[Operator, str]] = {
    "$eq": "=", "$ne": "!=", "$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<=",
    "$in": " in ", "$nin": " not in ",
}  # fmt: skip
_OUTSIDE_QUOTES: Final = r'(?=(?:[^"]*"[^"]*")*[^"]*$)'
_AND: Final = re.compile(rf"\s+and\s+{_OUTSIDE_QUOTES}")
_COMMA: Final = re.compile(rf",{_OUTSIDE_QUOTES}")
_TERM: Final = re.compile(
    r"(?P<name>[^\s=!<>,\"]+)(?:\s*(?P<sign>==|!=|>=|<=|=|>|<)\s*|\s+(?P<word>not\s+in|in)\s+)"
    r"(?P<value>\S.*)"
)
_SUSPECT: Final = re.compile(r"[\"=<>!]|(?:^|\s)(?:and|or|not|in)(?:\s|$)")
"""What in a bare value is more likely a rule that went wrong; it would never match a shopper."""
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WORDS: Final = frozenset({"true", "false", "and", "or", "not", "in"})
_HOW: Final = "write for example 'country in DE,AT and age>=30', or @rule.json"


class RuleUnreadable(ValueError):
    """A rule that does not follow the form; the sentence shows the form."""


def read_segment(text: str) -> Segment:
    """A segment from ``NAME=RULE`` or ``NAME=@FILE``.

    Raises
    ------
    RuleUnreadable, InputMissing

    Examples
    --------
    >>> read_segment("grown=age>=30 and new=true").to_dict()["rule"]
    {'$and': [{'age': {'$gte': 30}}, {'new': {'$eq': True}}]}
    """
    name, equals, rule = text.partition("=")
    if not equals or not name.strip() or not rule.strip():
        raise RuleUnreadable(f"{text!r} is not NAME=RULE; {_HOW}")
    data = _from_file(Path(rule[1:])) if rule.startswith("@") else read_rule(rule)
    try:
        return Segment(name=name.strip(), condition=parse_condition(data))
    except AbtestError as fault:
        raise RuleUnreadable(f"segment {name.strip()!r}: {fault}") from fault


def read_rule(text: str) -> dict[str, object]:
    """The JSON form of a rule.

    Raises
    ------
    RuleUnreadable
    """
    terms = [_read_term(term) for term in _AND.split(text.strip())]
    return terms[0] if len(terms) == 1 else {"$and": terms}


def rule_text(condition: Condition) -> str:
    """A condition in words; reading the words of a plain rule gives it back."""
    if isinstance(condition, Comparison):
        return _comparison_text(condition)
    if isinstance(condition, Portion):
        return f"{condition.first:g}% to {condition.end:g}% of {condition.of!r}"
    match condition.junction:
        case "$and":
            return " and ".join(_joined(condition))
        case "$or":
            return " or ".join(_joined(condition))
        case "$nor":
            either = replace(condition, junction="$or")
            return f"not ({rule_text(either)})"
        case _:
            assert_never(condition.junction)


def _from_file(path: Path) -> object:
    try:
        return json.loads(read_input(path))
    except (ValueError, RecursionError) as fault:
        raise RuleUnreadable(
            f'{path}: not JSON ({fault}); write for example {{"country": {{"$in": ["DE", "AT"]}}}}'
        ) from fault


def _read_term(term: str) -> dict[str, object]:
    found = _TERM.fullmatch(term.strip())
    if found is None:
        raise RuleUnreadable(f"{term.strip()!r} is not a comparison; {_HOW}")
    operator = _OPERATORS[found["sign"] or " ".join(found["word"].split())]
    if operator in ("$in", "$nin"):
        return {
            found["name"]: {operator: [_read_value(one) for one in _COMMA.split(found["value"])]}
        }
    return {found["name"]: {operator: _read_value(found["value"])}}


def _read_value(text: str) -> Scalar:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    if not text or _SUSPECT.search(text) is not None:
        raise RuleUnreadable(f"{text!r} is not a value, or needs quotes; {_HOW}")
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text) is None:
        return text
    return float(text) if any(sign in text for sign in ".eE") else int(text)


def _comparison_text(one: Comparison) -> str:
    if one.operator == "$exists":
        return f"{one.attribute} {'known' if one.value else 'unknown'}"
    sign = _SIGNS.get(one.operator)
    if sign is None or isinstance(one.value, Comparison | Combined | Portion):
        # No shorter words for it: as a rule file would have it.
        return json.dumps(condition_dict(one), ensure_ascii=False)
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    return f"{one.attribute}{sign}{','.join(_value_text(each) for each in values)}"


def _value_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    plain = re.fullmatch(r"[^\s,\"=<>!]+", value) and value not in _WORDS
    return value if plain and _NUMBER.fullmatch(value) is None else f'"{value}"'


def _joined(condition: Combined) -> list[str]:
    alone = len(condition.parts) == 1
    return [
        rule_text(part) if alone or not _has_parts(part) else f"({rule_text(part)})"
        for part in condition.parts
    ]


def _has_parts(condition: Condition) -> bool:
    """Whether its words are several, joined by a word that brackets must keep together."""
    return (
        isinstance(condition, Combined)
        and condition.junction != "$nor"
        and len(condition.parts) > 1
    )
