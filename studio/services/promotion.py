"""Which variant is promoted, for whom, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass

from abtest import EVERYONE, Analysis, GroupAnalysis, TestState, VerdictKind
from studio.db.records import PeriodRecord, PromotionRecord, TestRecord
from studio.services.errors import (
    ReasonMissing,
    SegmentNotFound,
    VariantNotFound,
    VerdictMissing,
)
from studio.services.experiment_analysis import segment_names, served_split
from studio.services.experiment_options import TestOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A promotion about to be made; `segment` is None for all segments."""

    variant: str
    segment: str | None
    by_verdict: bool
    reason: str

    def record(self, *, who: str, at_s: float) -> PromotionRecord:
        """The row that remembers it."""
        return PromotionRecord(
            segment=self.segment,
            variant=self.variant,
            by_verdict=self.by_verdict,
            who=who,
            reason=self.reason,
            at_s=at_s,
        )


def by_verdict(test: TestRecord, analysis: Analysis | None, *, segment: str | None) -> Choice:
    """The promotion that the verdict names.

    Raises
    ------
        VerdictMissing, SegmentNotFound
    """
    _check_segment(test, segment)
    group = _group(analysis, segment)
    if group is None:
        reasons = ("Nothing has been counted yet.",)
        raise VerdictMissing(test_id=test.id, verdict=VerdictKind.KEEP_RUNNING, reasons=reasons)
    if group.verdict.kind != VerdictKind.PROMOTE or group.verdict.variant is None:
        raise VerdictMissing(
            test_id=test.id, verdict=group.verdict.kind, reasons=group.verdict.reasons
        )
    return _choice(group, segment)


def by_hand(test: TestRecord, variant: str, *, segment: str | None, reason: str) -> Choice:
    """The promotion that a person wants.

    Raises
    ------
        ReasonMissing, VariantNotFound, SegmentNotFound
    """
    _check_segment(test, segment)
    if variant not in test.live_variants:
        raise VariantNotFound(test_id=test.id, variant=variant, variants=test.live_variants)
    if not reason.strip():
        raise ReasonMissing(action="a promotion")
    return Choice(variant=variant, segment=segment, by_verdict=False, reason=reason)


def due(test: TestRecord, analysis: Analysis | None, options: TestOptions) -> list[Choice]:
    """What verdicts promote now, if the test acts on them by itself."""
    if analysis is None or not options.auto_promote:
        return []
    if options.scope == "overall" or not analysis.segments:
        return [_choice(analysis.overall, None)] if _promotes(analysis.overall) else []
    standing = {promotion.segment for promotion in test.standing}
    return [
        _choice(group, name)
        for name, group in analysis.segments.items()
        if _promotes(group) and name not in standing
    ]


def is_futile(test: TestRecord, analysis: Analysis | None, options: TestOptions) -> bool:
    """Whether the test should end by itself: no group that is still open has anything to find."""
    if analysis is None or not options.auto_promote or options.on_futility != "stop":
        return False
    undecided = _undecided(test, analysis)
    return bool(undecided) and all(
        group.verdict.kind == VerdictKind.NO_DIFFERENCE for group in undecided.values()
    )


def futility_reason(test: TestRecord, analysis: Analysis | None) -> str:
    """Why it should end, in the verdicts' own words."""
    if analysis is None:
        return ""
    return " ".join(
        (f"{name}: " if name is not None else "") + " ".join(group.verdict.reasons)
        for name, group in _undecided(test, analysis).items()
    )


def _undecided(test: TestRecord, analysis: Analysis) -> dict[str | None, GroupAnalysis]:
    """The groups that a winner is looked for in, by segment; None is everyone."""
    options = TestOptions.from_dict(test.options)
    if options.scope == "overall" or not analysis.segments:
        return {None: analysis.overall}
    standing = {promotion.segment for promotion in test.standing}
    return {
        name: group
        for name, group in analysis.segments.items()
        if name not in standing and any(variant.impressions for variant in group.variants)
    }


def is_complete(test: TestRecord, analysis: Analysis | None) -> bool:
    """Whether every segment that had any traffic has its winner."""
    standing = {promotion.segment for promotion in test.standing}
    if None in standing or test.state is not TestState.RUNNING:
        return True
    if analysis is None:
        return standing >= set(segment_names(test))
    visited = {
        name
        for name, group in analysis.segments.items()
        if any(variant.impressions for variant in group.variants)
    }
    return standing >= (visited or set(segment_names(test)))


def holdout_period(test: TestRecord, options: TestOptions, *, at_s: float) -> PeriodRecord:
    """The period after a promotion: the winner, and the holdout's share for the control."""
    winners = {promotion.segment: promotion.variant for promotion in test.standing}
    control = {test.control: 1.0}
    split = {
        segment: served_split(variant, test.control, options.holdout)
        for segment, variant in winners.items()
    }
    return PeriodRecord(
        number=test.periods[-1].number + 1 if test.periods else 1,
        started_s=at_s,
        ended_s=None,
        weights=split.get(None, control),
        segment_weights={name: weights for name, weights in split.items() if name is not None},
        after_promotion=True,
    )


def numbers(analysis: Analysis | None) -> dict[str, object]:
    """What an action was decided on, for the audit trail."""
    if analysis is None:
        return {}
    groups = {"overall": analysis.overall, **analysis.segments}
    return {
        name: {
            "verdict": str(group.verdict.kind),
            "leader": group.leader,
            "variants": {
                variant.variant: {
                    "impressions": variant.impressions,
                    "successes": variant.successes,
                    "prob_best": variant.prob_best,
                    "expected_loss": variant.expected_loss,
                }
                for variant in group.variants
            },
        }
        for name, group in groups.items()
    }


def _promotes(group: GroupAnalysis) -> bool:
    return group.verdict.kind == VerdictKind.PROMOTE


def _choice(group: GroupAnalysis, segment: str | None) -> Choice:
    return Choice(
        variant=group.verdict.variant or group.leader,
        segment=segment,
        by_verdict=True,
        reason=" ".join(group.verdict.reasons),
    )


def _group(analysis: Analysis | None, segment: str | None) -> GroupAnalysis | None:
    if analysis is None:
        return None
    if segment is None or (segment == EVERYONE and not analysis.segments):
        return analysis.overall
    return analysis.segments.get(segment)


def _check_segment(test: TestRecord, segment: str | None) -> None:
    if segment is not None and segment not in segment_names(test):
        raise SegmentNotFound(test_id=test.id, segment=segment, segments=segment_names(test))
