"""What the use cases of tests, events and keys refuse.

::

    ServiceError
    └── ExperimentError
        ├── TestNotFound        no test of this id
        ├── TestInvalid         a new test contradicts itself; `field` names where
        │   └── VariantFailed   an image that failed a check
        ├── VariantNotFound     the test has no such variant
        ├── SegmentNotFound     the test has no such segment
        ├── ActionRefused       the test's state does not allow the action
        ├── ItemBusy            another test runs on the same item
        ├── LayerBusy           the layer has less left than the test wants
        ├── VerdictMissing      promotion by verdict, but the verdict is another
        ├── ReasonMissing       a decision by hand says why
        ├── BatchTooLarge       more events or items than one request may carry
        ├── EventsBusy          more events wait for the disk than are held in memory
        ├── ScopeUnknown        a key was asked for with a scope that does not exist
        ├── KeyNotFound         no key of this id
        └── AccessRefused
            ├── KeyRefused      the secret is unknown or revoked
            └── ScopeMissing    the key may not do this
"""

from __future__ import annotations

from collections.abc import Iterable

from studio.services.errors import ServiceError


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


class ScopeUnknown(ExperimentError):
    """A scope that does not exist."""

    def __init__(self, *, scope: str, scopes: tuple[str, ...]) -> None:
        super().__init__(f"no scope {scope!r}; choose from {', '.join(scopes)}")
        self.scope = scope
        self.scopes = scopes


class KeyNotFound(ExperimentError):
    """No key has this id."""

    def __init__(self, *, key_id: str) -> None:
        super().__init__(f"no key {key_id!r}; `packshot keys list` shows the keys there are")
        self.key_id = key_id


class KeyRevoked(ExperimentError):
    """What was asked for needs a key in force."""

    def __init__(self, *, key_id: str) -> None:
        super().__init__(f"key {key_id} is revoked; `packshot keys create` makes a new one")
        self.key_id = key_id


class AccessRefused(ExperimentError):
    """The caller may not do this."""


class KeyRefused(AccessRefused):
    """The secret belongs to no key in force."""

    def __init__(self) -> None:
        super().__init__("this key is unknown or revoked; `packshot keys create` makes a new one")


class RateExceeded(AccessRefused):
    """More requests under a key than it was made for."""

    def __init__(self, *, key_id: str, per_s: float, retry_after_s: float) -> None:
        super().__init__(
            f"key {key_id} may ask {per_s:g} times a second; try again in {retry_after_s:.2g} s, "
            "or have its operator make one with a higher --rate"
        )
        self.key_id = key_id
        self.per_s = per_s
        self.retry_after_s = retry_after_s


class ScopeMissing(AccessRefused):
    """The key is in force, but not for this."""

    def __init__(self, *, key_id: str, scope: str, scopes: tuple[str, ...]) -> None:
        super().__init__(
            f"key {key_id} has the scopes {', '.join(scopes)}, this needs {scope!r}; "
            f"create a key with --scope {scope}"
        )
        self.key_id = key_id
        self.scope = scope
        self.scopes = scopes
