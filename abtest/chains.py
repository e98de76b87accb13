"""The first of a test's segments that a unit belongs to, for the request path.

Tests of the same segments share a chain, so that a request walks it once for all its items; chains
that use the same rule share its predicate, which a request asks once. Rules in a row that compare
one attribute with texts are one look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from abtest.conditions import Comparison, Condition
from abtest.predicates import Attributes, Predicate, compile_condition, reader

Hits: TypeAlias = dict[Predicate, bool]
"""What the predicates said of one request's attributes."""
_MOST_KEPT = 20_000
"""Chains and predicates that are shared; when there are more, sharing starts anew."""


class Chain:
    """Rules in order of priority."""

    __slots__ = ("_steps",)

    def __init__(self, steps: Sequence[_Rule | _Texts]) -> None:
        self._steps = tuple(steps)

    def first(self, attributes: Attributes, number: int, hits: Hits) -> int:
        """The place of the first rule that holds; the number of rules where none does."""
        end = 0
        for step in self._steps:
            place = step.first(attributes, number, hits)
            if place is not None:
                return place
            end = step.end
        return end


class _Rule:
    """One rule at its place."""

    __slots__ = ("_place", "_predicate", "end")

    def __init__(self, place: int, predicate: Predicate) -> None:
        self._place = place
        self._predicate = predicate
        self.end = place + 1

    def first(self, attributes: Attributes, number: int, hits: Hits) -> int | None:
        hit = hits.get(self._predicate)
        if hit is None:
            hit = hits[self._predicate] = self._predicate(attributes, number)
        return self._place if hit else None


class _Texts:
    """Rules in a row that want one attribute to be one of some texts."""

    __slots__ = ("_places", "_read", "_rules", "end")

    def __init__(self, rules: Sequence[_Rule], attribute: str, texts: dict[str, int]) -> None:
        self._rules = tuple(rules)
        self._read = reader(attribute)
        self._places = texts
        self.end = rules[-1].end

    def first(self, attributes: Attributes, number: int, hits: Hits) -> int | None:
        given = self._read(attributes)
        if type(given) is str:
            return self._places.get(given)
        if given is None:
            return None
        # A list may hold several of the texts: which rule is first is for the rules to say.
        places = (rule.first(attributes, number, hits) for rule in self._rules)
        return next((place for place in places if place is not None), None)


class Chains:
    """Makes chains, and gives the same one for the same rules."""

    def __init__(self) -> None:
        self._predicates: dict[str, Predicate] = {}
        self._chains: dict[tuple[str, ...], Chain] = {}

    def of(self, conditions: Sequence[Condition]) -> Chain:
        """The chain of conditions in order of priority."""
        names = tuple(repr(condition) for condition in conditions)
        chain = self._chains.get(names)
        if chain is None:
            if len(self._chains) + len(self._predicates) > _MOST_KEPT:
                self._chains, self._predicates = {}, {}
            chain = self._chains[names] = self._made(names, conditions)
        return chain

    def _made(self, names: Sequence[str], conditions: Sequence[Condition]) -> Chain:
        steps: list[_Rule | _Texts] = []
        rules: list[_Rule] = []
        row: tuple[str, dict[str, int]] | None = None
        for place, (name, condition) in enumerate(zip(names, conditions, strict=True)):
            rule = _Rule(place, self._predicate(name, condition))
            wanted = _wanted_texts(condition)
            if row is not None and (wanted is None or wanted[0] != row[0]):
                steps.append(_joined(rules, row))
                row = None
            if wanted is None:
                steps.append(rule)
                continue
            if row is None:
                row, rules = (wanted[0], {}), []
            rules.append(rule)
            for text in wanted[1]:
                row[1].setdefault(text, place)
        if row is not None:
            steps.append(_joined(rules, row))
        return Chain(steps)

    def _predicate(self, name: str, condition: Condition) -> Predicate:
        made = self._predicates.get(name)
        if made is None:
            made = self._predicates[name] = compile_condition(condition)
        return made


def _joined(rules: Sequence[_Rule], row: tuple[str, dict[str, int]]) -> _Rule | _Texts:
    return rules[0] if len(rules) == 1 else _Texts(rules, *row)


def _wanted_texts(condition: Condition) -> tuple[str, tuple[str, ...]] | None:
    """Attribute and texts of a rule that wants one of them; None for other rules."""
    if not isinstance(condition, Comparison) or condition.operator not in ("$eq", "$in"):
        return None
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    texts = tuple(value for value in values if isinstance(value, str))
    return (condition.attribute, texts) if len(texts) == len(values) else None
