"""The first of a test's segments that a unit belongs to, for the request path.

Tests of the same segments share a chain, so that a request walks it once for all its items. Most
rules want an attribute to be one of some texts, alone or beside other comparisons: these are found
by the attribute's text, and only what else they ask is then looked at. Twenty segments by country
cost one look-up.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from abtest.conditions import Combined, Comparison, Condition
from abtest.predicates import Attributes, Predicate, compile_condition, reader
from abtest.segments import Segment

_MOST_KEPT = 20_000
"""Lists of segments that are shared; when there are more, sharing starts anew."""

_Found: TypeAlias = tuple[int, Predicate | None]
"""A rule's place, and what it asks beside the text that led to it."""


class Chain:
    """Rules in order of priority."""

    __slots__ = ("_all", "_by_text", "_others")

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._all = tuple(compile_condition(condition) for condition in conditions)
        by_text: dict[str, dict[str, list[_Found]]] = defaultdict(lambda: defaultdict(list))
        others = []
        for place, condition in enumerate(conditions):
            wanted, rest = _parted(condition)
            if wanted is None:
                others.append((place, self._all[place]))
                continue
            asked = None if rest is None else compile_condition(rest)
            for text in _texts(wanted):
                by_text[wanted.attribute][text].append((place, asked))
        self._by_text = tuple((reader(name), dict(found)) for name, found in by_text.items())
        self._others = tuple(others)

    def first(self, attributes: Attributes, number: int) -> int:
        """The place of the first rule that holds; the number of rules where none does."""
        best = len(self._all)
        for read, found in self._by_text:
            given = read(attributes)
            if type(given) is str:
                for place, asked in found.get(given, ()):
                    if place >= best:
                        break
                    if asked is None or asked(attributes, number):
                        best = place
                        break
            elif type(given) is list:
                # It may hold several of the texts.
                return self._first_of_all(attributes, number)
        for place, predicate in self._others:
            if place >= best:
                break
            if predicate(attributes, number):
                return place
        return best

    def place(self, attributes: Attributes, number: int, known: dict[Chain, int]) -> int:
        """The same, kept with the places of other chains for the rest of a request."""
        place = known.get(self)
        if place is None:
            place = known[self] = self.first(attributes, number)
        return place

    def _first_of_all(self, attributes: Attributes, number: int) -> int:
        for place, predicate in enumerate(self._all):
            if predicate(attributes, number):
                return place
        return len(self._all)


class Chains:
    """Makes chains, and gives the same one for the same segments."""

    def __init__(self) -> None:
        self._by_digest: dict[str, tuple[Chain, tuple[Segment, ...]]] = {}
        # What is found here is the very list that it was made of, which is held.
        self._by_identity: dict[int, tuple[str, tuple[Segment, ...]]] = {}

    def of(self, segments: tuple[Segment, ...]) -> Chain:
        """The chain of segments in order of priority."""
        return self._by_digest[self.digest(segments)][0]

    def digest(self, segments: tuple[Segment, ...]) -> str:
        """What names a list of segments in the document of a snapshot."""
        known = self._by_identity.get(id(segments))
        if known is not None:
            return known[0]
        text = json.dumps([segment.to_dict() for segment in segments])
        digest = hashlib.blake2b(text.encode("ascii"), digest_size=12).hexdigest()
        if len(self._by_identity) >= _MOST_KEPT:
            self._by_digest, self._by_identity = {}, {}
        if digest not in self._by_digest:
            chain = Chain([segment.condition for segment in segments])
            self._by_digest[digest] = chain, segments
        self._by_identity[id(segments)] = digest, segments
        return digest

    def segments(self, digest: str) -> tuple[Segment, ...] | None:
        """The segments of a digest, None where they are not known."""
        known = self._by_digest.get(digest)
        return None if known is None else known[1]


def _parted(condition: Condition) -> tuple[Comparison | None, Condition | None]:
    """A comparison that wants a text and must hold, and what must hold beside it."""
    if isinstance(condition, Comparison):
        return (condition if _wants_text(condition) else None), None
    if not isinstance(condition, Combined) or condition.junction != "$and":
        return None, None
    for at, part in enumerate(condition.parts):
        if isinstance(part, Comparison) and _wants_text(part):
            rest = condition.parts[:at] + condition.parts[at + 1 :]
            if not rest:
                return part, None
            return part, rest[0] if len(rest) == 1 else Combined(junction="$and", parts=rest)
    return None, None


def _wants_text(comparison: Comparison) -> bool:
    values = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    return comparison.operator in ("$eq", "$in") and all(isinstance(each, str) for each in values)


def _texts(wanted: Comparison) -> tuple[str, ...]:
    values = wanted.value if isinstance(wanted.value, tuple) else (wanted.value,)
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str)))
