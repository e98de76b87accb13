"""The JSON form of a snapshot: a line of what all items share, then a line for each item.

Whoever holds the snapshot before shares with it what has not changed: an item whose line is the
same is not read again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from abtest.chains import Chains
from abtest.errors import InvalidPlan
from abtest.plan import TestPlan
from abtest.segments import Segment
from abtest.serving import ServedItem, ServedTest

FORMAT: Final = 3
"""Version of the JSON form and of the assignment: another one would show shoppers other images."""

Entries = Callable[[], Iterable[bytes | Mapping[str, Any]]]
"""Items as lines or as JSON values; asked for where what is malformed is caught."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contents:
    """All that a snapshot knows.

    Parameters
    ----------
        version, built_at_s, fallback : as in `abtest.snapshot.Snapshot`
        chains : segments of all tests
        served : item to its tests and its default image
    """

    version: str
    built_at_s: float
    fallback: str | None
    chains: Chains
    served: dict[str, ServedItem]


def document_of(contents: Contents) -> bytes:
    """The JSON form as text.

    The same tests give the same lines in the same order, whatever changed before.
    """
    shared = {
        "format": FORMAT,
        "version": contents.version,
        "built_at_s": contents.built_at_s,
        "fallback": contents.fallback,
        "segments": _segments(contents),
    }
    head = json.dumps(shared, separators=(",", ":")).encode("ascii")[:-1]
    ordered = (contents.served[item] for item in sorted(contents.served))
    lines = [served.line or _line(served, contents.chains) for served in ordered]
    return head + b',"items":[\n' + b",\n".join(lines) + b"\n]}"


def contents_of(document: bytes, previous: Contents | None = None) -> Contents:
    """What a document holds; what has not changed is shared with `previous`.

    Raises
    ------
        InvalidPlan: another format, or something missing or malformed
    """
    head, _, rest = document.partition(b"\n")
    try:
        shared = json.loads(head + b"]}")
    except ValueError as error:
        raise InvalidPlan("snapshot", f"malformed: {error}") from error
    if not rest.endswith(b"\n]}"):
        raise InvalidPlan("snapshot", "malformed: its end is missing")
    return _read(shared, lambda: rest[:-3].split(b",\n") if rest[:-3] else (), previous)


def contents_of_json(data: object) -> Contents:
    """What a document holds that was parsed already.

    Raises
    ------
        InvalidPlan: another format, or something missing or malformed
    """
    return _read(data, lambda: data["items"], None)  # type: ignore[index]


def _read(shared: object, entries: Entries, previous: Contents | None) -> Contents:
    if not isinstance(shared, Mapping) or shared.get("format") != FORMAT:
        raise InvalidPlan("snapshot", f"is not of format {FORMAT}")
    known: dict[bytes | None, ServedItem] = {}
    if previous is not None:
        known = {served.line: served for served in previous.served.values()}
    try:
        read = Contents(
            version=str(shared["version"]),
            built_at_s=float(shared["built_at_s"]),
            fallback=shared["fallback"],
            chains=Chains() if previous is None else previous.chains,
            served={},
        )
        lists = {
            name: read.chains.segments(name) or tuple(map(Segment.from_dict, told))
            for name, told in shared["segments"].items()
        }
        for entry in entries():
            served = known.get(entry) if type(entry) is bytes else None
            if served is None:
                served = _served(entry, lists, read.chains)
            read.served[served.item] = served
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise InvalidPlan("snapshot", f"malformed: {error}") from error
    return read


def _served(
    entry: bytes | Mapping[str, Any], lists: Mapping[str, tuple[Segment, ...]], chains: Chains
) -> ServedItem:
    told = json.loads(entry) if isinstance(entry, bytes) else entry
    tests = []
    for test in told["tests"]:
        plan = TestPlan.from_dict(test, lists[test["segments"]])
        if plan.item != told["item"]:
            raise InvalidPlan(plan.test, f"is of {plan.item!r}, not of {told['item']!r}")
        tests.append(ServedTest(plan, chains))
    served = ServedItem(str(told["item"]), str(told["image"]), tests)
    served.line = entry if isinstance(entry, bytes) else None
    return served


def _line(served: ServedItem, chains: Chains) -> bytes:
    told = {
        "item": served.item,
        "image": served.image,
        "tests": [
            {**test.plan.own_dict(), "segments": chains.digest(test.plan.segments)}
            for test in served.tests
        ],
    }
    served.line = json.dumps(told, separators=(",", ":")).encode("ascii")
    return served.line


def _segments(contents: Contents) -> dict[str, object]:
    """The lists of segments of all tests, by digest."""
    lists = {
        contents.chains.digest(test.plan.segments): test.plan.segments
        for served in contents.served.values()
        for test in served.tests
    }
    return {name: [each.to_dict() for each in lists[name]] for name in sorted(lists)}
