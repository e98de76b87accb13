"""What was checked on an image: each check with its value, its limit, and pass or fail.

A report as JSON, in the asset's record and, with ``name`` and ``file``, beside each exported image:

::

    schema      1; raised when a key changes its meaning, not when one is added
    name        the user's name of the source; only beside a file
    file        the image's file name, "" where none could be made; only beside a file
    passed      whether no check failed
    error       why no image could be made; only where none could
    kind        cutout, white, scene or edit
    recipe      SHA-256 of the recipe: the same one is never computed twice
    source      SHA-256 of the source's bytes
    settings    the recipe's parameters that are not the defaults
    engine      revision of the image engine
    models      name@revision of each model that found the product
    painter     profile@revision of the large model that painted around it, or ""
    provenance  source_type (IPTC term or ""), aigc (the producer named in China's label or ""),
                credentials (who signed the file's C2PA manifest or ""; only beside a file)
    checks      name, value, limit, outcome (pass, fail, note), fix
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

SCHEMA = 1

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
class Subject:
    """What a report is about; the module's docstring says what each key means."""

    kind: str
    recipe: str
    source: str
    engine: int
    settings: dict[str, Any] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    painter: str = ""
    provenance: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was checked on one image.

    Attributes
    ----------
    subject
        The image that this engine made; None for a file of unknown making.
    """

    checks: tuple[Check, ...]
    subject: Subject | None = None

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
        about = {} if self.subject is None else asdict(self.subject)
        if "models" in about:
            about["models"] = list(about["models"])
        return {
            "schema": SCHEMA,
            "passed": self.passed,
            **about,
            "checks": [asdict(check) for check in self.checks],
        }
