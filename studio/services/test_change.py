"""One change of one test, inside one transaction: the lock, the rule, the rows, the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from abtest import Action, Analysis, TestState, TransitionRefused, after
from studio.db import layers
from studio.db import tests as rows
from studio.db.counts import daily_counts_of
from studio.db.engine import Connection
from studio.db.excluded import NOBODY, LeftOut, left_out_of
from studio.db.records import PeriodRecord, TestRecord
from studio.services import notices, promotion
from studio.services.attribution import Correction, correction_of
from studio.services.counted_days import CountedDay, counted_days
from studio.services.counting import Freshness, freshness_of
from studio.services.errors import ActionRefused, TestNotFound
from studio.services.experiment_analysis import analysis_of, cells_of, counts_table, next_split
from studio.services.experiment_options import TestOptions
from studio.services.observing import observed_of
from studio.services.watching import Watch, watches_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A test with what its counts say.

    Parameters
    ----------
        analysis  : None before the start
        watches   : of the promotions in force
        freshness : how far the counts follow what was sent
        days      : what was counted of each day, days whose attribution window is open included
        left_out  : what bots did, and whoever else moves no counts
        open      : trials that are not analysed yet, because their attribution window is open
        correction : how young trials are counted; None where they wait for their window to close
    """

    test: TestRecord
    options: TestOptions
    analysis: Analysis | None
    freshness: Freshness
    watches: tuple[Watch, ...] = ()
    days: tuple[CountedDay, ...] = ()
    open: int = 0
    left_out: LeftOut = NOBODY
    correction: Correction | None = None


def existing(connection: Connection, test_id: str) -> TestRecord:
    """The test as it stands.

    Raises
    ------
        TestNotFound
    """
    test = rows.find_test(connection, test_id)
    if test is None:
        raise TestNotFound(test_id=test_id)
    return test


def results_of(connection: Connection, test: TestRecord, *, now_s: float) -> Results:
    """What a test's counts say at `now_s`."""
    options = TestOptions.from_dict(test.options)
    days = counted_days(daily_counts_of(connection, test.id), test, options, now_s=now_s)
    counts = tuple(count for day in days if day.closed for count in day.counts)
    correction = correction_of(connection, test, options, days, now_s=now_s)
    corrected = correction is not None and correction.curve is not None
    cells = correction.cells if correction is not None and corrected else cells_of(counts)
    # A watch compares two images day by day. Where orders come equally late after both, a young
    # day lacks the same share of them on either side, and tells as it is.
    watched = tuple(count for day in days for count in day.counts) if corrected else counts
    table = counts_table(test, cells, now_s=now_s)
    observed = observed_of(connection, test, table, metric=options.metric)
    return Results(
        test=test,
        options=options,
        analysis=analysis_of(test, table, options, observed=observed),
        freshness=freshness_of(connection, now_s=now_s),
        watches=watches_of(test, watched, metric=options.metric, direction=options.direction),
        days=days,
        left_out=left_out_of(connection, test.id),
        open=0 if corrected else sum(day.impressions for day in days if not day.closed),
        correction=correction,
    )


def _moments(test: TestRecord) -> list[float]:
    """When something happened in a test, and 0."""
    moments = [0.0, test.started_s or 0.0]
    for period in test.periods[-1:]:
        moments += [period.started_s, period.ended_s or 0.0]
    return moments


class Change:
    """A change by `who` at `now_s`; nobody else changes or counts the test until it commits.

    Raises
    ------
        TestNotFound, ActionRefused: the test's state does not allow the action
    """

    def __init__(
        self, connection: Connection, test_id: str, action: Action, *, who: str, now_s: float
    ) -> None:
        test = rows.lock_test(connection, test_id)
        if test is None:
            raise TestNotFound(test_id=test_id)
        try:
            after(test.state, action)
        except TransitionRefused as refused:
            raise ActionRefused(
                test_id=test_id, state=test.state, action=action, allowed=refused.allowed
            ) from refused
        self.connection = connection
        self.test = test
        # What happens now happens after all that has happened, whatever the clock was set to.
        self.now_s = max(now_s, *_moments(test))
        self._action = action
        self._who = who

    def results(self) -> Results:
        """What the counts say now."""
        return results_of(self.connection, self.current(), now_s=self.now_s)

    def current(self) -> TestRecord:
        """The test as changed so far."""
        return existing(self.connection, self.test.id)

    def audit(self, action: str | None = None, **detail: object) -> None:
        """Record what was done, and on which numbers; who listens is told of it."""
        notices.record(
            self.connection,
            self.current(),
            at_s=self.now_s,
            who=self._who,
            action=str(action or self._action),
            detail=detail,
        )

    def tell_end(self, *, reason: str) -> None:
        """Let who listens know that the test takes no more test traffic."""
        notices.tell(
            self.connection,
            self.current(),
            event="test.ended",
            at_s=self.now_s,
            who=self._who,
            detail={"reason": reason},
        )

    def end(self, state: TestState) -> None:
        """Close the open period and move to a state that takes no more test traffic."""
        rows.close_period(self.connection, self.test.id, at_s=self.now_s)
        layers.free_slice(self.connection, self.test.id)
        ended_s = self.now_s if self.test.ended_s is None else None
        rows.set_state(self.connection, self.test.id, state, ended_s=ended_s)

    def stop(self, *, reason: str) -> None:
        """End the test without a winner."""
        numbers = promotion.numbers(self.results().analysis)
        self.end(TestState.STOPPED)
        self.audit(reason=reason, numbers=numbers)
        self.tell_end(reason=reason)

    def roll_back(self, *, reason: str, **detail: object) -> None:
        """Undo all promotions in force, and end the test."""
        undone = [{"variant": p.variant, "segment": p.segment} for p in self.test.standing]
        rows.undo_promotions(self.connection, self.test.id, at_s=self.now_s)
        self.end(TestState.ROLLED_BACK)
        self.audit(Action.ROLLBACK, reason=reason, undone=undone, **detail)

    def open_next(self) -> PeriodRecord:
        """Close the open period and open one whose traffic follows the allocation rule."""
        now = self.results()
        period = next_split(now.test, now.analysis, now.options, at_s=self.now_s)
        rows.close_period(self.connection, self.test.id, at_s=self.now_s)
        rows.open_period(self.connection, self.test.id, period)
        return period

    def open_next_watch(self, options: TestOptions) -> PeriodRecord:
        """Close the open period of a promotion and open the next: what is served stays as it is."""
        period = promotion.holdout_period(self.test, options, at_s=self.now_s)
        rows.close_period(self.connection, self.test.id, at_s=self.now_s)
        rows.open_period(self.connection, self.test.id, period)
        return period

    def promote(self, results: Results, choices: Sequence[promotion.Choice]) -> None:
        """Put winners to work; once every segment has one, the test is promoted."""
        for choice in choices:
            record = choice.record(who=self._who, at_s=self.now_s)
            rows.add_promotion(self.connection, self.test.id, record)
        done = promotion.is_complete(self.current(), results.analysis)
        if done:
            self.complete(results)
        numbers = promotion.numbers(results.analysis)
        for choice in choices:
            self.audit(
                Action.PROMOTE,
                variant=choice.variant,
                segment=choice.segment,
                by_verdict=choice.by_verdict,
                reason=choice.reason,
                numbers=numbers,
            )
        if done and self.test.state is TestState.RUNNING:
            self.tell_end(reason=choices[-1].reason)

    def complete(self, results: Results) -> None:
        """Serve what was promoted from now on, and watch it against the holdout."""
        promoted = self.current()
        self.end(TestState.PROMOTED)
        period = promotion.holdout_period(promoted, results.options, at_s=self.now_s)
        rows.open_period(self.connection, self.test.id, period)
