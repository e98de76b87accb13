"""What was checked on an image: each check with its value, its limit, and pass or fail."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Outcome = Literal["pass", "fail", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes
    ----------
    outcome
        ``note`` for what cannot fail but should be known.
    fix
        What to do about a failure; "" where nothing failed.
    """

    name: str
    value: str
    limit: str
    outcome: Outcome
    fix: str = ""


def judged(name: str, *, passed: bool, value: str, limit: str, fix: str) -> Check:
    """Return a check that passed or failed; the fix is kept for failures only."""
    outcome: Outcome = "pass" if passed else "fail"
    return Check(name=name, value=value, limit=limit, outcome=outcome, fix="" if passed else fix)


def noted(name: str, value: str) -> Check:
    """Return something that is only said."""
    return Check(name=name, value=value, limit="", outcome="note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was checked on one image."""

    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(check.outcome != "fail" for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.outcome == "fail")

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready mapping."""
        return {"passed": self.passed, "checks": [asdict(check) for check in self.checks]}
