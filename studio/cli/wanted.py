"""What a user asked for: one image each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pipelines


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One image that a user asked for.

    Attributes
    ----------
    stem
        Of the result's file name.
    problem
        Why it can't be made, known before anything was read; "" if nothing is known against it.
    set
        Images with the same name here are made with one scale and one baseline; "" is none.
    turntable
        The set's photos were taken from one place: the product stays where it is in them.
    turn_deg
        How far a 3D model is turned to its left, seen from above; None renders it as it stands.
    """

    source: Path
    stem: str
    kind: pipelines.Kind = "white"
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    number: int = 0
    problem: str = ""
    set: str = ""
    turntable: bool = False
    turn_deg: float | None = None

    @property
    def named(self) -> str:
        """The source as messages name it."""
        turned = "" if self.turn_deg is None else f" at {self.turn_deg:g}°"
        return f"{self.source.name}{turned}"
