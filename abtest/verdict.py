"""The verdict: what the statistics say, as a value with its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from abtest.outlook import Outlook

GUARDRAIL = "guardrail_"
"""What the names of guardrails' conditions begin with; the metric follows."""


class VerdictKind(StrEnum):
    """The four things that a test can say."""

    KEEP_RUNNING = "keep_running"
    PROMOTE = "promote"
    NO_DIFFERENCE = "no_difference_worth_having"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of the gate.

    Parameters
    ----------
        name   : stable identifier
        value  : what was measured; None where nothing could be
        limit  : what it is held against
        passed : whether the condition is met
        text   : one sentence with both numbers
        missing : what it takes to meet it, in numbers, where waiting helps; empty otherwise
    """

    name: str
    value: float | None
    limit: float
    passed: bool
    text: str
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the statistics say of one segment, or of everyone.

    Parameters
    ----------
        kind       : the finding
        variant    : the arm to promote, None unless `kind` is PROMOTE
        reasons    : sentences, the deciding ones first
        conditions : every condition of the gate with its state
        outlook    : what going on would bring; None where the test need not go on, or nothing
                     is known of its traffic
    """

    kind: VerdictKind
    variant: str | None
    reasons: tuple[str, ...]
    conditions: tuple[Condition, ...]
    outlook: Outlook | None = None

    @property
    def missing(self) -> tuple[Condition, ...]:
        """The conditions that are not met: why the leader is not promoted yet."""
        return tuple(condition for condition in self.conditions if not condition.passed)
