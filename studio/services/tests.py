"""Image tests: create, start, watch, advance, promote, undo.

::

    tests = Tests(engine, clock=time.time, new_id=new_id)
    test = tests.create(NewTest(item="mug", variants=(...)), who="key 3f2a")
    tests.start(test.id, who=...)               # traffic is split from now on
    tests.advance_due()                         # by a scheduler: close periods, act on verdicts
    tests.results(test.id).analysis             # what the counts say now

Every change is written to the audit trail in the same transaction. Only a verdict promotes by
itself; a person may promote too, and is recorded with a reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from abtest import Action, TestState
from studio.db import changes
from studio.db import tests as rows
from studio.db.engine import Engine, reading, writing
from studio.db.items import put_item
from studio.db.records import AuditRecord, TestRecord
from studio.db.text import is_storable
from studio.services import acting, notices, promotion, slicing
from studio.services.advancing import Advancing
from studio.services.counting import NOTHING, Counter, Freshness, Underway
from studio.services.drafting import Drafting, HeadStarts, draft_of
from studio.services.errors import (
    ActionRefused,
    ReasonMissing,
    TestInvalid,
    VariantNotFound,
)
from studio.services.experiment_analysis import even_split
from studio.services.experiment_options import TestOptions
from studio.services.new_test import NewTest, NewVariant
from studio.services.test_change import Change, Results, existing, results_of

__all__ = ["NewTest", "NewVariant", "Results", "TestOptions", "Tests"]

MAX_REASON_CHARS = 2000


class Tests:
    """The use cases of tests. `who` is whom the audit trail names: a key, a person, a scheduler."""

    __test__ = False

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        head_starts: HeadStarts | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        underway: Callable[[], Underway] = lambda: NOTHING,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._drafting = Drafting(engine, head_starts=head_starts)
        self._counter = Counter(engine)
        self._underway = underway
        self._advancing = Advancing(engine, clock=clock, monotonic=monotonic)

    def create(self, new: NewTest, *, who: str) -> TestRecord:
        """Write a draft; it takes no traffic before it is started.

        An item's first test also sets its default image; later ones only where they name one. How
        much images differ is learned from the tests that ended before, unless the options say it.
        """
        now_s = self._clock()
        options = self._drafting.options_of(new, now_s=now_s)
        draft = draft_of(replace(new, options=options), test_id=self._new_id(), at_s=now_s)
        with writing(self._engine) as connection:
            put_item(
                connection, draft.item, draft.default_image, replace=new.default_image is not None
            )
            rows.add_test(connection, draft)
            notices.record(
                connection,
                draft,
                at_s=draft.created_s,
                who=who,
                action="create",
                detail={
                    "item": draft.item,
                    "variants": [each.name for each in draft.variants],
                    **({"accept_failed": True} if new.accept_failed else {}),
                },
            )
            return existing(connection, draft.id)

    def start(self, test_id: str, *, who: str) -> TestRecord:
        """Split traffic from now on, evenly at first.

        Tests of one layer may run on one item side by side: no shopper is in two of them.

        Raises
        ------
            TestNotFound, ActionRefused, ItemBusy, LayerBusy
        """
        with self._change(test_id, Action.START, who=who) as change:
            held = slicing.take_slice(change.connection, change.test)
            slicing.check_item(change.connection, change.test, held)
            rows.set_state(change.connection, test_id, TestState.RUNNING, started_s=change.now_s)
            first = even_split(change.test, at_s=change.now_s)
            rows.open_period(change.connection, test_id, first)
            change.audit(
                weights=dict(first.weights), layer=None if held is None else held.to_dict()
            )
            return change.current()

    def stop(self, test_id: str, *, who: str, reason: str = "") -> TestRecord:
        """End a test without a winner: the feed goes back to the default image.

        Raises
        ------
            TestNotFound, ActionRefused
        """
        with self._change(test_id, Action.STOP, who=who, reason=reason) as change:
            change.stop(reason=reason)
            return change.current()

    def get(self, test_id: str) -> TestRecord:
        """One test.

        Raises
        ------
            TestNotFound
        """
        with reading(self._engine) as connection:
            return existing(connection, test_id)

    def all(self) -> tuple[TestRecord, ...]:
        """All tests, newest first."""
        with reading(self._engine) as connection:
            ids = rows.list_ids(connection)
            loaded = rows.load_tests(connection, ids)
        return tuple(loaded[test_id] for test_id in ids)

    def results(self, test_id: str) -> Results:
        """What the counts say now, the open period included.

        Raises
        ------
            TestNotFound
        """
        underway = self._underway()  # before the log: what moves from one to the other is seen
        self._counter.settle()
        with reading(self._engine) as connection:
            test = existing(connection, test_id)
            found = results_of(connection, test, now_s=self._clock())
        return replace(found, freshness=found.freshness.behind(underway))

    def freshness(self, *, now_s: float) -> Freshness:
        """How far the counts follow what was sent."""
        underway = self._underway()
        return self._counter.freshness(now_s=now_s).behind(underway)

    def audit(self, test_id: str) -> tuple[AuditRecord, ...]:
        """Who did what, when, on which numbers; oldest first.

        Raises
        ------
            TestNotFound
        """
        with reading(self._engine) as connection:
            existing(connection, test_id)
            return changes.audit_of(connection, test_id)

    def drop_variant(self, test_id: str, variant: str, *, who: str, reason: str = "") -> TestRecord:
        """Take a variant out. Its units move to the others, and nobody else moves.

        Raises
        ------
            TestNotFound, ActionRefused, VariantNotFound, TestInvalid: the control stays, and two
            variants must remain
        """
        with self._change(test_id, Action.DROP_VARIANT, who=who, reason=reason) as change:
            _check_droppable(change.test, variant)
            numbers = promotion.numbers(change.results().analysis)
            rows.drop_variant(change.connection, test_id, variant, at_s=change.now_s)
            if change.test.open_period is not None:
                change.open_next()
            change.audit(variant=variant, reason=reason, numbers=numbers)
            return change.current()

    def promote(
        self,
        test_id: str,
        *,
        who: str,
        variant: str | None = None,
        segment: str | None = None,
        reason: str = "",
    ) -> TestRecord:
        """Put a winner to work, for all segments or for one.

        Parameters
        ----------
            variant : None promotes what the verdict names, and nothing else; a name promotes by
                      hand, which needs a reason
            segment : None for all segments
        Raises        TestNotFound, ActionRefused, VerdictMissing, ReasonMissing, VariantNotFound,
                      SegmentNotFound
        """
        action = Action.PROMOTE if segment is None else Action.PROMOTE_SEGMENT
        with self._change(test_id, action, who=who, reason=reason) as change:
            results = change.results()
            if variant is None:
                choice = promotion.by_verdict(change.test, results.analysis, segment=segment)
            else:
                choice = promotion.by_hand(change.test, variant, segment=segment, reason=reason)
            change.promote(results, [choice])
            if change.current().state is TestState.RUNNING:
                change.open_next()
            return change.current()

    def rollback(self, test_id: str, *, who: str, reason: str) -> TestRecord:
        """Undo all promotions of a test: the feed goes back to the default image.

        Raises
        ------
            TestNotFound, ActionRefused, ReasonMissing
        """
        if not reason.strip():
            raise ReasonMissing(action="a rollback")
        with self._change(test_id, Action.ROLLBACK, who=who, reason=reason) as change:
            if not change.test.standing:
                raise ActionRefused(
                    test_id=test_id,
                    state="without a promotion",
                    action=Action.ROLLBACK,
                    allowed=(str(Action.PROMOTE), str(Action.STOP)),
                )
            change.roll_back(reason=reason, numbers=promotion.numbers(change.results().analysis))
            return change.current()

    def advance(self, test_id: str, *, who: str = "scheduler") -> TestRecord:
        """Close the period: promote what a verdict names, else move the traffic.

        Of a promoted test a period ends and the next begins, so that its winner is watched day by
        day; the audit trail has an entry only where something was found, or taken back.

        Raises
        ------
            TestNotFound, ActionRefused
        """
        with self._change(test_id, Action.ADVANCE, who=who) as change:
            acting.close_period(change)
            return change.current()

    def advance_due(self, *, who: str = "scheduler") -> tuple[TestRecord, ...]:
        """Advance each test whose period has lasted its time; what a scheduler calls.

        These are the running ones, and for `WATCH_DAYS` those whose winner is watched. What ails
        one test keeps no other waiting: it is logged, and tried again with growing pauses.

        Raises
        ------
            DatabaseGone
        """
        return self._advancing.advance_due(who=who)

    @contextmanager
    def _change(
        self, test_id: str, action: Action, *, who: str, reason: str = ""
    ) -> Iterator[Change]:
        if not is_storable(reason) or len(reason) > MAX_REASON_CHARS:
            why = f"a text of at most {MAX_REASON_CHARS} characters is expected"
            raise TestInvalid(field="reason", why=why)
        # Decisions rest on all that was sent before them.
        self._counter.settle()
        with writing(self._engine) as connection:
            yield Change(connection, test_id, action, who=who, now_s=self._clock())


def _check_droppable(test: TestRecord, variant: str) -> None:
    if variant not in test.live_variants:
        raise VariantNotFound(test_id=test.id, variant=variant, variants=test.live_variants)
    if variant == test.control:
        raise TestInvalid(field="variant", why="the control cannot be dropped; stop the test")
    if any(promotion.variant == variant for promotion in test.standing):
        raise TestInvalid(field="variant", why="it is promoted; roll that back first")
    if len(test.live_variants) <= 2:
        raise TestInvalid(field="variant", why="two variants must remain; stop the test")
