"""Snapshots from the database: whole at first, then only what has changed.

Each action on a test leaves a line in the audit trail, in the order of commits. The tests named
since the last look are read anew, with the others of their items, and all else is taken over: one
change among 20,000 live tests costs milliseconds.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from abtest import AbtestError, PlannedVariant, Segment, Slice, Snapshot, TestPlan, TestState
from studio.db import changes, layers
from studio.db import tests as rows
from studio.db.engine import Connection, Engine, reading
from studio.db.items import default_images
from studio.db.records import TestRecord
from studio.services.errors import TestInvalid
from studio.services.experiment_options import TestOptions
from studio.services.image_links import Addresses, ImageLinks, PublicAddresses, named_by

_LOG = logging.getLogger(__name__)

_LIVE: Final = (TestState.RUNNING, TestState.PROMOTED)
_MOST_CHANGED: Final = 2000
"""Tests that changed since the last look; when there are more, all are read."""
_MOST_LISTS: Final = 10_000
"""Lists of segments that are kept because other tests have the same."""


class FeedBuilder:
    """Reads the snapshots of one database, one after the other.

    Parameters
    ----------
        fallback : image of an unknown item
        images   : where clients find what tests name; when their addresses change, all is read anew
    """

    def __init__(self, engine: Engine, *, fallback: str | None, images: ImageLinks) -> None:
        self._engine = engine
        self._fallback = fallback
        self._images = images
        self._addresses: Addresses = PublicAddresses()
        self._seen: tuple[int, int, str] | None = None
        self._lists: dict[str, tuple[Segment, ...]] = {}

    def next(self, serving: Snapshot, *, now_s: float) -> Snapshot | None:
        """The snapshot that follows the one that is served; None where nothing has changed.

        The first is always new: a file of an earlier run may bear the same version and be of
        another database.

        Raises
        ------
            DatabaseFault, InvalidPlan
        """
        self._addresses = addresses = self._images.at(now_s)
        with reading(self._engine) as connection:
            # The version first: what is committed meanwhile is then read once more, and not lost.
            version, entry = changes.version(connection), changes.last_entry(connection)
            seen = self._seen
            same = seen is not None and seen[2] == addresses.label
            if seen is not None and same and version == seen[0]:
                return None
            changed = None
            if seen is not None and same and version > seen[0] and entry >= seen[1]:
                changed = changes.tests_named_since(connection, seen[1], limit=_MOST_CHANGED)
            name = _name(version, addresses)
            if changed is None:
                fresh = self._whole(connection, serving, version=name, now_s=now_s)
            else:
                items = rows.items_of(connection, changed)
                images, plans = self._read(connection, serving, items)
                fresh = serving.changed(
                    version=name,
                    built_at_s=now_s,
                    items=images,
                    plans=plans,
                    gone=set(items) - set(images),
                )
        self._seen = version, entry, addresses.label
        return fresh

    def _whole(
        self, connection: Connection, serving: Snapshot, *, version: str, now_s: float
    ) -> Snapshot:
        images, plans = self._read(connection, serving, None)
        return Snapshot(
            version=version, built_at_s=now_s, items=images, plans=plans, fallback=self._fallback
        )

    def _read(
        self, connection: Connection, serving: Snapshot, items: Iterable[str] | None
    ) -> tuple[dict[str, str], list[TestPlan]]:
        """Default images and live tests of some items, or of all."""
        images = default_images(connection, items)
        ids = rows.live_ids(connection, _LIVE, items)
        tests = rows.load_tests(connection, ids)
        slices = layers.slices_of(connection, tests)
        ranked = sorted(tests.values(), key=_rank)
        plans = [self._readable(test, slices, serving) for test in ranked]
        shown = {item: self._addresses.url(image) for item, image in images.items()}
        return shown, [plan for plan in plans if plan is not None]

    def _readable(
        self, test: TestRecord, slices: Mapping[str, Slice], serving: Snapshot
    ) -> TestPlan | None:
        """A test's plan; where this version cannot read the test, what was last served of it.

        A newer version that shares the database may know options that this one does not. That must
        not keep every other test's changes from the shoppers.
        """
        try:
            return self._plan(test, slices.get(test.id))
        except (AbtestError, TestInvalid) as fault:
            _LOG.error("test_unreadable", extra={"test": test.id, "why": str(fault)})
            former = (plan for plan in serving.plans_of(test.item) if plan.test == test.id)
            return next(map(self._addressed_anew, former), None)

    def _addressed_anew(self, plan: TestPlan) -> TestPlan:
        # What was served may be signed, and that expires.
        variants = (
            PlannedVariant(name=each.name, image=self._addresses.url(named_by(each.image)))
            for each in plan.variants
        )
        return replace(plan, variants=tuple(variants))

    def _plan(self, test: TestRecord, held: Slice | None) -> TestPlan:
        period = test.periods[-1]
        winners = {promotion.segment: promotion.variant for promotion in test.standing}
        return TestPlan(
            test=test.id,
            item=test.item,
            salt=test.salt,
            variants=tuple(
                PlannedVariant(name=variant.name, image=self._addresses.url(variant.image))
                for variant in test.variants
            ),
            control=test.control,
            segments=self._segments(test),
            weights=period.weights,
            segment_weights=period.segment_weights,
            promoted={name: variant for name, variant in winners.items() if name is not None},
            promoted_all=winners.get(None),
            holdout=TestOptions.from_dict(test.options).holdout,
            slice=held,
        )

    def _segments(self, test: TestRecord) -> tuple[Segment, ...]:
        """A test's segments; the same value for all tests that have the same."""
        told = [{"name": each.name, "rule": dict(each.rule)} for each in test.segments]
        text = json.dumps(told)
        made = self._lists.get(text)
        if made is None:
            if len(self._lists) >= _MOST_LISTS:
                self._lists = {}
            made = self._lists[text] = tuple(Segment.from_dict(each) for each in told)
        return made


def _name(version: int, addresses: Addresses) -> str:
    """The snapshot's version: another one where its images have other addresses."""
    return f"{version}.{addresses.label}" if addresses.label else str(version)


def _rank(test: TestRecord) -> tuple[bool, float, float, str]:
    """Which of an item's tests is asked first: a running one, then the latest promotion.

    The one that was created last may have been promoted long before another one was.
    """
    latest_s = max((promotion.at_s for promotion in test.standing), default=0.0)
    return test.state is not TestState.RUNNING, -latest_s, -test.created_s, test.id
