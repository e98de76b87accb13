"""A file of raw events, one JSON object a line, as any shop's own log can be written.

::

    {"id": "e-81", "type": "impression" | "click" | "conversion", "unit": "shopper-7",
     "variant": "marble", "ts": 1750000000.0 or ISO 8601, "segment": "young", "value": 19.9,
     "propensity": 0.25, "test": "3f2a...", "item": "mug"}

`id` makes an event count once. `segment` is that of the decision, "everyone" where left out; a
click or conversion takes that of its impression. `value` is money, of conversions. `propensity` is
the probability with which this variant was to be shown. Other fields are ignored.

The file is read as a stream and kept as columns of numbers: two million events need 440 MB at the
peak. Of ids and units only a 64-bit hash is kept, under which two of ten million fall together once
in 400,000 files.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from abtest import EVERYONE, OVERALL, SLOTS
from studio.cli.counting.event_fields import (
    Malformed,
    kind_of,
    name_of,
    parsed,
    propensity_of,
    seconds_of,
    text_of,
    unit_of,
    value_of,
)
from studio.cli.counting.lines import read_lines
from studio.services.crawlers import crawler_name
from studio.services.errors import CountsInvalid

SKEW_S: Final = 300.0
"""How far a client's clock may be off."""
MOST_SEGMENTS: Final = 51
"""50 segments of a test, and everyone else."""
_SHOWN_FAULTS: Final = 10

Drop = Literal["malformed", "future", "duplicate", "unknown_variant", "other_test", "other_item"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A line that is no event, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventLog:
    """The events of one test, each once, as columns of the same length, in the file's order.

    Parameters
    ----------
        unit, kind, variant, segment : of each event; `kind` is IMPRESSION, CLICK or CONVERSION,
                                       `variant` and `segment` are places in the names below
        at_s                         : when, seconds since 1970
        value                        : money, 0 but for conversions
        propensity                   : as logged, NaN where it was not
        crawler                      : place in `crawlers`, from 1, of what it called itself; else 0
        variants, segments           : names
        read                         : events and faulty lines in the file
        dropped                      : how many were left out, by reason
        faults                       : the first ten malformed lines
    """

    unit: NDArray[np.int64]
    kind: NDArray[np.int8]
    variant: NDArray[np.int16]
    segment: NDArray[np.int16]
    at_s: NDArray[np.float64]
    value: NDArray[np.float64]
    propensity: NDArray[np.float64]
    crawler: NDArray[np.int16]
    crawlers: tuple[str, ...]
    variants: tuple[str, ...]
    segments: tuple[str, ...]
    read: int
    dropped: Mapping[Drop, int]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are read.

    Parameters
    ----------
        variants : names of the test's variants in their order; empty to take all that occur
        test     : id, needed where the file has events of several
        item     : product, needed where the file has events of several and no test tells
        now_s    : the time at which the file is read
    """

    variants: tuple[str, ...] = ()
    test: str | None = None
    item: str | None = None
    now_s: float


class _Left(Exception):
    """An event that is left out, and why."""

    def __init__(self, reason: Drop) -> None:
        super().__init__(reason)
        self.reason: Drop = reason


@dataclass(slots=True, kw_only=True)
class _Columns:
    """The events read so far."""

    path: Path
    wanted: Wanted
    ids: array[int] = field(default_factory=lambda: array("q"))
    unit: array[int] = field(default_factory=lambda: array("q"))
    kind: array[int] = field(default_factory=lambda: array("b"))
    variant: array[int] = field(default_factory=lambda: array("h"))
    segment: array[int] = field(default_factory=lambda: array("h"))
    at_s: array[float] = field(default_factory=lambda: array("d"))
    value: array[float] = field(default_factory=lambda: array("d"))
    propensity: array[float] = field(default_factory=lambda: array("d"))
    crawler: array[int] = field(default_factory=lambda: array("h"))
    crawlers: dict[str, int] = field(default_factory=dict)
    variants: dict[str, int] = field(default_factory=dict)
    segments: dict[str, int] = field(default_factory=dict)
    met: dict[str, str] = field(default_factory=dict)

    def take(self, raw: object) -> None:
        """Add one event.

        Raises
        ------
        Malformed, _Left, CountsInvalid
        """
        if not isinstance(raw, dict):
            raise Malformed("not a JSON object")
        name = text_of(raw, "id")
        kind = kind_of(raw.get("type"))
        unit = unit_of(raw.get("unit"))
        variant = name_of(raw, "variant")
        segment = EVERYONE if raw.get("segment") is None else name_of(raw, "segment")
        at_s = seconds_of(raw.get("ts"))
        value = value_of(raw.get("value"), kind)
        propensity = propensity_of(raw.get("propensity"))
        self._check_scope(raw)
        if at_s > self.wanted.now_s + SKEW_S:
            raise _Left("future")
        # All that may refuse the event comes before the first column grows.
        places = self._variant(variant), self._segment(segment)
        self.variant.append(places[0])
        self.segment.append(places[1])
        self.ids.append(hash(name))
        self.unit.append(hash(unit))
        self.kind.append(kind)
        self.at_s.append(at_s)
        self.value.append(value)
        self.propensity.append(propensity)
        self.crawler.append(self._crawler(raw.get("agent")))

    def _check_scope(self, raw: Mapping[str, object]) -> None:
        reasons: dict[str, Drop] = {"test": "other_test", "item": "other_item"}
        for name, reason in reasons.items():
            own = getattr(self.wanted, name)
            given = None if raw.get(name) is None else text_of(raw, name)
            if own is not None and given != own:
                raise _Left(reason)
            if own is None and given is not None:
                first = self.met.setdefault(name, given)
                # Items may differ where a test is named: the test then says what belongs together.
                if given != first and (name == "test" or self.wanted.test is None):
                    self._refuse(f"holds events of several {name}s, {first!r} and {given!r} among "
                                 f"them; choose one with --{name}")  # fmt: skip

    def _variant(self, name: str) -> int:
        if self.wanted.variants and name not in self.wanted.variants:
            raise _Left("unknown_variant")
        if len(self.variants) == SLOTS and name not in self.variants:
            self._refuse(f"holds more than {SLOTS} variants; name those of the test by --variants")
        return self.variants.setdefault(name, len(self.variants))

    def _crawler(self, agent: object) -> int:
        name = crawler_name(agent) if isinstance(agent, str) else None
        return 0 if name is None else self.crawlers.setdefault(name, len(self.crawlers) + 1)

    def _segment(self, name: str) -> int:
        if name == OVERALL:
            raise Malformed(f"segment: {OVERALL!r} is the name of all segments together")
        if len(self.segments) == MOST_SEGMENTS and name not in self.segments:
            self._refuse(f"holds more than {MOST_SEGMENTS - 1} segments; a test has at most that")
        return self.segments.setdefault(name, len(self.segments))

    def _refuse(self, why: str) -> None:
        raise CountsInvalid(path=str(self.path), why=why)


def read_events(path: Path, wanted: Wanted) -> EventLog:
    """The events of a JSONL file, plain or gzipped.

    Raises
    ------
    InputMissing, CountsInvalid
    """
    columns = _Columns(path=path, wanted=wanted)
    # A variant that nobody saw is one of the test all the same.
    columns.variants.update({name: i for i, name in enumerate(wanted.variants)})
    dropped: Counter[Drop] = Counter()
    faults: list[Fault] = []
    read = 0
    for line in read_lines(path):
        read += 1
        try:
            columns.take(parsed(line))
        except _Left as left:
            dropped[left.reason] += 1
        except Malformed as fault:
            dropped["malformed"] += 1
            if len(faults) < _SHOWN_FAULTS:
                faults.append(Fault(line=line.number, why=str(fault)))
    if not columns.ids:
        raise CountsInvalid(path=str(path), why=_nothing(dropped, faults))
    return _log(columns, read=read, dropped=dropped, faults=tuple(faults))


def _nothing(dropped: Mapping[Drop, int], faults: Iterable[Fault]) -> str:
    left = ", ".join(f"{count} {reason.replace('_', ' ')}" for reason, count in dropped.items())
    first = "".join(f"; line {fault.line}: {fault.why}" for fault in faults)
    return f"holds no event that counts ({left or 'it is empty'}){first}"


def _log(
    columns: _Columns, *, read: int, dropped: Counter[Drop], faults: tuple[Fault, ...]
) -> EventLog:
    ids = np.frombuffer(columns.ids, dtype=np.int64)
    once = np.sort(np.unique(ids, return_index=True)[1])
    if len(once) < len(ids):
        dropped["duplicate"] = len(ids) - len(once)
    return EventLog(
        unit=np.frombuffer(columns.unit, dtype=np.int64)[once],
        kind=np.frombuffer(columns.kind, dtype=np.int8)[once],
        variant=np.frombuffer(columns.variant, dtype=np.int16)[once],
        segment=np.frombuffer(columns.segment, dtype=np.int16)[once],
        at_s=np.frombuffer(columns.at_s, dtype=np.float64)[once],
        value=np.frombuffer(columns.value, dtype=np.float64)[once],
        propensity=np.frombuffer(columns.propensity, dtype=np.float64)[once],
        crawler=np.frombuffer(columns.crawler, dtype=np.int16)[once],
        crawlers=tuple(columns.crawlers),
        variants=tuple(columns.variants),
        segments=tuple(columns.segments),
        read=read,
        dropped=dict(dropped),
        faults=faults,
    )
