"""The feed: which image to show whom, always with an answer.

::

    feed = Feed(engine, clock=time.time, file=home / "snapshot.json")
    feed.refresh()                              # by a thread every second, and after each change
    answer = feed.decide("shopper-7", {"country": "DE"}, ["mug", "shoe"])

Decisions read only an immutable snapshot in memory. `refresh` builds a new one off the request
path when anything has changed, swaps it in whole and writes it to a file, from which a process
that finds no database starts. With neither, every item gets the fallback image, and the counters
and `age_s` say so.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from abtest import (
    AbtestError,
    Decision,
    PlannedVariant,
    Reason,
    Segment,
    Slice,
    Snapshot,
    TestPlan,
    TestState,
)
from studio.db import layers
from studio.db import tests as rows
from studio.db.engine import DatabaseFault, Engine, reading
from studio.db.records import TestRecord
from studio.services.experiment_errors import BatchTooLarge, TestInvalid
from studio.services.experiment_options import TestOptions

_LOG = logging.getLogger(__name__)

MAX_ITEMS = 200
"""Most items of one request."""
_DIGEST_CHARS = 64

Refresh = Literal["unchanged", "swapped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The decisions of one request, in the order of its items, and the snapshot they rest on."""

    snapshot: str
    decisions: tuple[Decision, ...]


def asset_path(image: str) -> str:
    """Where a client finds an image: a digest's place in the HTTP API, anything else as it is."""
    if len(image) == _DIGEST_CHARS and all(c in "0123456789abcdef" for c in image):
        return f"/v1/assets/{image}"
    return image


class Feed:
    """The decisions of one process.

    Parameters
    ----------
        file       : where the snapshot is kept between runs
        fallback   : image of an unknown item; None lets the client show its own
        image_url  : from what a test names to what a client can load
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        file: Path,
        fallback: str | None = None,
        image_url: Callable[[str], str] = asset_path,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._file = file
        self._fallback = fallback
        self._image_url = image_url
        self._building = threading.Lock()
        self._counting = threading.Lock()
        self._reasons: Counter[str] = Counter()
        self._refreshes: Counter[str] = Counter()
        self._checked_s = float("-inf")
        self._snapshot = self._read_file() or self._empty()

    @property
    def snapshot(self) -> Snapshot:
        """What decisions rest on now."""
        return self._snapshot

    @property
    def age_s(self) -> float:
        """Seconds since the snapshot was last known to be what the database says."""
        known_s = max(self._checked_s, self._snapshot.built_at_s)
        return max(self._clock() - known_s, 0.0)

    @property
    def reasons(self) -> Mapping[str, int]:
        """Decisions so far, by reason."""
        with self._counting:
            return {str(reason): self._reasons[reason] for reason in Reason}

    @property
    def refreshes(self) -> Mapping[str, int]:
        """Refreshes so far: unchanged, swapped, failed."""
        with self._counting:
            return {name: self._refreshes[name] for name in ("unchanged", "swapped", "failed")}

    def decide(
        self,
        unit: object,
        attributes: object,
        items: Sequence[object],
        *,
        placement: str | None = None,  # noqa: ARG002 - part of the request; no rule uses it yet
    ) -> Answer:
        """The image of each item for one shopper; never fails for what the shopper is like.

        Raises
        ------
            BatchTooLarge: more than `MAX_ITEMS`
        """
        if len(items) > MAX_ITEMS:
            raise BatchTooLarge(what="items", count=len(items), limit=MAX_ITEMS)
        snapshot = self._snapshot
        decisions = tuple(snapshot.decide_all(unit, attributes, items))
        with self._counting:
            self._reasons.update(decision.reason for decision in decisions)
        return Answer(snapshot=snapshot.version, decisions=decisions)

    def refresh(self) -> Refresh:
        """Bring the snapshot up to date; where the database fails, the old one stays."""
        with self._building:
            result = self._refresh()
        with self._counting:
            self._refreshes[result] += 1
        return result

    def _refresh(self) -> Refresh:
        now_s = self._clock()
        try:
            fresh = self._build(now_s)
        except (DatabaseFault, AbtestError):
            return "failed"
        self._checked_s = now_s
        if fresh is None:
            return "unchanged"
        self._snapshot = fresh
        self._write_file(fresh)
        return "swapped"

    def _build(self, now_s: float) -> Snapshot | None:
        with reading(self._engine) as connection:
            version = str(rows.version(connection))
            # A file from an earlier run may bear the same number and be of another database.
            if version == self._snapshot.version and math.isfinite(self._checked_s):
                return None
            items = rows.items(connection)
            live = [TestState.RUNNING, TestState.PROMOTED]
            ids = rows.list_ids(connection, states=live)
            tests = rows.load_tests(connection, ids)
            slices = layers.slices_of(connection, ids)
        order = sorted(ids, key=lambda test_id: _rank(tests[test_id]))
        plans = [self._readable(tests[test_id], slices.get(test_id)) for test_id in order]
        return Snapshot(
            version=version,
            built_at_s=now_s,
            items={item: self._image_url(image) for item, image in items.items()},
            plans=[plan for plan in plans if plan is not None],
            fallback=self._fallback,
        )

    def _readable(self, test: TestRecord, held: Slice | None) -> TestPlan | None:
        """A test's plan; where this version cannot read the test, what was last served of it.

        A newer version that shares the database may know options that this one does not. That must
        not keep every other test's changes from the shoppers.
        """
        try:
            return self._plan(test, held)
        except (AbtestError, TestInvalid) as fault:
            _LOG.error("test_unreadable", extra={"test": test.id, "why": str(fault)})
            return next((plan for plan in self._snapshot.plans if plan.test == test.id), None)

    def _plan(self, test: TestRecord, held: Slice | None) -> TestPlan:
        period = test.periods[-1]
        winners = {promotion.segment: promotion.variant for promotion in test.standing}
        return TestPlan(
            test=test.id,
            item=test.item,
            salt=test.salt,
            variants=tuple(
                PlannedVariant(name=variant.name, image=self._image_url(variant.image))
                for variant in test.variants
            ),
            control=test.control,
            segments=tuple(
                Segment.from_dict({"name": segment.name, "rule": dict(segment.rule)})
                for segment in test.segments
            ),
            weights=period.weights,
            segment_weights=period.segment_weights,
            promoted={name: variant for name, variant in winners.items() if name is not None},
            promoted_all=winners.get(None),
            holdout=TestOptions.from_dict(test.options).holdout,
            slice=held,
        )

    def _empty(self) -> Snapshot:
        return Snapshot(version="none", built_at_s=0.0, items={}, plans=(), fallback=self._fallback)

    def _read_file(self) -> Snapshot | None:
        try:
            return Snapshot.from_dict(json.loads(self._file.read_bytes()))
        except (OSError, ValueError, AbtestError):
            # Absent or damaged: the database will give a new one, the fallback serves until then.
            return None

    def _write_file(self, snapshot: Snapshot) -> None:
        # A full disk must not keep the feed from its new snapshot; the file is for restarts only.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            # In a folder of its own, which goes whatever happens, on the same file system.
            with tempfile.TemporaryDirectory(dir=self._file.parent, prefix=".snapshot-") as folder:
                part = Path(folder) / self._file.name
                with part.open("w") as stream:
                    json.dump(snapshot.to_dict(), stream)
                    stream.flush()
                    os.fsync(stream.fileno())
                part.replace(self._file)


def _rank(test: TestRecord) -> tuple[bool, float]:
    """Which of an item's tests is asked first: a running one, then the latest promotion.

    The one that was created last may have been promoted long before another one was.
    """
    latest_s = max((promotion.at_s for promotion in test.standing), default=0.0)
    return test.state is not TestState.RUNNING, -latest_s
