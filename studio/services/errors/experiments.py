"""Refusals of what is asked of tests and of their events."""

from __future__ import annotations

from collections.abc import Iterable

from studio.services.errors.base import ServiceError


class ExperimentError(ServiceError):
    """Base of all refusals of this kind."""


class TestNotFound(ExperimentError):
    """No test has this id."""

    __test__ = False

    def __init__(self, *, test_id: str) -> None:
        super().__init__(f"no test {test_id!r}; `packshot test list` shows the tests there are")
        self.test_id = test_id


class TestInvalid(ExperimentError):
    """A test that cannot be created; `field` says where, `why` says what to change."""

    __test__ = False

    def __init__(self, *, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class VariantFailed(TestInvalid):
    """A variant whose image failed a check: a test would show shoppers what nobody would ship."""

    def __init__(self, *, variant: str, checks: Iterable[str]) -> None:
        self.variant, self.checks = variant, tuple(checks)
        super().__init__(
            field=f"variant {variant}",
            why=f"its image failed {', '.join(self.checks) or 'a check'}; make it again as its "
            "report says, or take it all the same with --accept-failed (accept_failed in JSON)",
        )


class VariantNotFound(ExperimentError):
    """The test has no such variant, or it was dropped."""

    def __init__(self, *, test_id: str, variant: str, variants: tuple[str, ...]) -> None:
        super().__init__(
            f"test {test_id} has no variant {variant!r} to act on; it has {', '.join(variants)}"
        )
        self.test_id = test_id
        self.variant = variant
        self.variants = variants


class SegmentNotFound(ExperimentError):
    """The test has no such segment."""

    def __init__(self, *, test_id: str, segment: str, segments: tuple[str, ...]) -> None:
        super().__init__(f"test {test_id} has no segment {segment!r}; it has {', '.join(segments)}")
        self.test_id = test_id
        self.segment = segment
        self.segments = segments


class ActionRefused(ExperimentError):
    """The test's state does not allow the action."""

    def __init__(self, *, test_id: str, state: str, action: str, allowed: tuple[str, ...]) -> None:
        can = ", ".join(allowed) if allowed else "nothing more; create a new test"
        super().__init__(f"test {test_id} is {state}: it cannot {action}, it can {can}")
        self.test_id = test_id
        self.state = state
        self.action = action
        self.allowed = allowed


class ItemBusy(ExperimentError):
    """Another test runs on the same item."""

    def __init__(self, *, item: str, test_id: str) -> None:
        super().__init__(f"item {item!r} is in test {test_id} already; stop that one first")
        self.item = item
        self.test_id = test_id


class LayerBusy(ExperimentError):
    """The tests that run in a layer leave less of it than this one wants."""

    def __init__(self, *, layer: str, why: str) -> None:
        super().__init__(why)
        self.layer = layer


class VerdictMissing(ExperimentError):
    """Promotion by verdict was asked for, but the verdict does not promote."""

    def __init__(self, *, test_id: str, verdict: str, reasons: tuple[str, ...]) -> None:
        super().__init__(
            f"the verdict on test {test_id} is {verdict}: {' '.join(reasons)} "
            "Wait, or name a variant and a reason to promote by hand."
        )
        self.test_id = test_id
        self.verdict = verdict
        self.reasons = reasons


class ReasonMissing(ExperimentError):
    """A decision by hand is recorded with its reason."""

    def __init__(self, *, action: str) -> None:
        super().__init__(f"{action} by hand needs a reason; it is kept in the audit trail")
        self.action = action


class UnitInvalid(ExperimentError):
    """The unit's id or the reason cannot be kept."""

    def __init__(self, *, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class BatchTooLarge(ExperimentError):
    """More than one request may carry."""

    def __init__(self, *, what: str, count: int, limit: int) -> None:
        super().__init__(f"{count} {what} in one request; send at most {limit} at a time")
        self.what = what
        self.count = count
        self.limit = limit


class EventsBusy(ExperimentError):
    """More events wait for the disk than are held in memory; the same may be sent again later."""

    def __init__(self, *, retry_after_s: float) -> None:
        super().__init__(
            f"more events come than can be written; send these again in {retry_after_s:g} s"
        )
        self.retry_after_s = retry_after_s
