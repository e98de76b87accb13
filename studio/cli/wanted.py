"""What a user asked for: one image each."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pipelines
from studio.cli.sources import Given
from studio.services.naming import NamePattern, StemRegister


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a source is made into, once for each source.

    Attributes
    ----------
    suffix
        Of the file's name, where the user gave no pattern.
    names
        Values of a pattern's fields, besides kind and number.
    """

    params: Mapping[str, Any]
    seed: int = 0
    suffix: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


def wanted_of(
    kind: pipelines.Kind, sources: Iterable[Given], choices: Iterable[Choice], *, pattern: str = ""
) -> list[Wanted]:
    """Every choice of every source, source by source, each under a name of its own.

    Raises
    ------
    NamePatternInvalid
    """
    stems = StemRegister(NamePattern(pattern) if pattern else None)
    return [
        Wanted(
            source=source.path,
            set=source.set,
            turntable=source.turntable,
            turn_deg=source.turn_deg,
            stem=stems.take(
                source.name,
                suffix=choice.suffix,
                values={**choice.names, "n": number + 1, "kind": kind},
            ),
            kind=kind,
            params={**choice.params, **source.params},
            seed=choice.seed,
            number=number,
        )
        for number, (source, choice) in enumerate(itertools.product(sources, choices))
    ]
