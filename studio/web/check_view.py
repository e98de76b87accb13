"""A check of an image as pages show it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check of an image: `outcome` is pass, fail or note."""

    name: str
    value: str
    limit: str
    outcome: str
    fix: str
