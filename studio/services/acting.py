"""What happens by itself when a period is over, inside one change of one test.

A running test promotes what its verdict names, ends where no difference is worth having, or moves
its traffic. A promotion is watched: what a verdict did is undone by evidence, and what a person
did is only reported, so that a person undoes it.
"""

from __future__ import annotations

from abtest import Action, Analysis, TestState, VerdictKind
from studio.db import changes
from studio.services import promotion
from studio.services.test_change import Change, Results
from studio.services.watching import Watch

INVALID = "invalid"
SOUND = "sound"
HARM = "harm"
SHIFT = "shift"
"""Findings in the audit trail: each is written once, when it comes up."""


def close_period(change: Change) -> None:
    """Close the period: act on what was counted, then open the next if the test goes on."""
    results = change.results()
    if change.test.state is TestState.PROMOTED:
        _watch(change, results)
        if change.current().state is TestState.PROMOTED:
            change.open_next_watch(results.options)
        return
    _note_soundness(change, results.analysis)
    choices = promotion.due(results.test, results.analysis, results.options)
    if choices:
        change.promote(results, choices)
    if change.current().state is TestState.RUNNING and promotion.is_futile(
        change.current(), results.analysis, results.options
    ):
        _end_as_futile(change, results)
    if change.current().state is not TestState.RUNNING:
        return
    period = change.open_next()
    change.audit(
        Action.ADVANCE,
        period=period.number,
        weights=dict(period.weights),
        segment_weights={name: dict(w) for name, w in period.segment_weights.items()},
        numbers=promotion.numbers(results.analysis),
    )


def _end_as_futile(change: Change, results: Results) -> None:
    """End a test that will name no winner; segments that have theirs keep it."""
    reason = promotion.futility_reason(change.current(), results.analysis)
    numbers = promotion.numbers(results.analysis)
    if change.current().standing:
        change.complete(results)
    else:
        change.end(TestState.STOPPED)
    change.audit(Action.STOP, by_verdict=True, reason=reason, numbers=numbers)
    change.tell_end(reason=reason)


def _note_soundness(change: Change, analysis: Analysis | None) -> None:
    """Record once that the numbers cannot be trusted, and once that they can again."""
    if analysis is None:
        return
    verdict = analysis.overall.verdict
    invalid = verdict.kind == VerdictKind.INVALID
    last = changes.last_audit(change.connection, change.test.id, actions=(INVALID, SOUND))
    if invalid == (last is not None and last.action == INVALID):
        return
    change.audit(
        INVALID if invalid else SOUND,
        reason=" ".join(verdict.reasons) if invalid else "",
        numbers=promotion.numbers(analysis),
    )


def _watch(change: Change, results: Results) -> None:
    for watch in results.watches:
        if watch.found.roll_back:
            _note_once(change, HARM, watch)
        elif watch.found.shift is not None and watch.found.shift.proven:
            _note_once(change, SHIFT, watch)
    if _undoes_itself(results):
        harmful = [watch for watch in results.watches if watch.found.roll_back]
        change.roll_back(
            reason=" ".join(watch.found.text for watch in harmful),
            by_evidence=True,
            numbers={"watches": [_numbers(watch) for watch in results.watches]},
        )


def _undoes_itself(results: Results) -> bool:
    """Whether all that is in force was promoted by verdicts and does harm, as far as is known."""
    options = results.options
    if options.on_harm != "rollback" or not options.auto_promote or not results.watches:
        return False
    return all(watch.found.roll_back for watch in results.watches) and all(
        each.by_verdict for each in results.test.standing
    )


def _note_once(change: Change, finding: str, watch: Watch) -> None:
    promoted_s = max(each.at_s for each in change.test.standing)
    for entry in changes.audit_of(change.connection, change.test.id):
        same = entry.action == finding and entry.detail.get("segment") == watch.segment
        if same and entry.at_s >= promoted_s:
            return
    change.audit(finding, segment=watch.segment, reason=watch.found.text, numbers=_numbers(watch))


def _numbers(watch: Watch) -> dict[str, object]:
    found = watch.found
    return {
        "segment": watch.segment,
        "winner": found.winner,
        "control": found.control,
        "days": found.days,
        "winner_shown": found.winner_shown,
        "winner_successes": found.winner_successes,
        "control_shown": found.control_shown,
        "control_successes": found.control_successes,
        "lift": found.lift,
        "harm": None if found.harm is None else found.harm.evidence,
        "shift": None if found.shift is None else found.shift.evidence,
    }
