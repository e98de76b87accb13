"""Segments: named rules over what is known of a shopper.

The JSON form of a rule is the condition form of the feature-flag world (and of MongoDB), see
`abtest.conditions`. Segments are tried in order; a unit that none matches belongs to "everyone".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abtest.conditions import Condition, condition_dict, parse_condition
from abtest.counts import EVERYONE, OVERALL
from abtest.errors import InvalidSegment

__all__ = ["MAX_SEGMENTS", "Segment", "check_segments", "condition_dict", "parse_condition"]

MAX_SEGMENTS = 50


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
