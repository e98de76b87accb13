"""Sources as a command was given them: one by one, in sets, turned, or several in one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.rendered.model import SUFFIXES
from studio.cli.inputs import find_inputs
from studio.services.angles import set_of

_OTHERS = "with_sources"
_MOST_ANGLES = 72

InSets = Annotated[
    bool,
    typer.Option(
        "--set",
        help="Pictures of one product go together: one scale, one baseline and one margin for all. "
        "shoe_01.png and shoe_02.png are a set, so are shoe-front.png and shoe-back.png; else a "
        "folder is one.",
    ),
]
Turntable = Annotated[
    bool,
    typer.Option(
        "--turntable",
        help="A set whose photos were taken from one place: where the product stands in each is "
        "kept, instead of putting its foot to the same place.",
    ),
]

Angles = Annotated[
    str,
    typer.Option(
        metavar="DEGREES",
        help="Of a 3D model: one picture for each angle, 0,45,90, turned to its left; they are a "
        "set.",
    ),
]
InOnePicture = Annotated[
    bool,
    typer.Option(
        "--together",
        help="All products in one picture, from left to right as they are given; see --sizes-cm "
        "and --arrangement.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A source of one picture, or of several that differ in scene or variant.

    Attributes
    ----------
    set, turntable, turn_deg
        As `Wanted` has them.
    params
        What the way in which it was given adds to the picture's parameters.
    """

    path: Path
    set: str = ""
    turntable: bool = False
    turn_deg: float | None = None
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file name that the result's own is made of."""
        if self.turn_deg is not None:
            turn = f"{self.turn_deg % 360:05.1f}".removesuffix(".0")
            return f"{self.path.stem}-{turn.replace('.', '_')}{self.path.suffix}"
        if not self.params.get(_OTHERS):
            return self.path.name
        return f"{self.path.stem}-together{self.path.suffix}"


def given_sources(
    paths: Sequence[Path],
    *,
    in_sets: bool = False,
    turntable: bool = False,
    together: bool = False,
    angles: str = "",
) -> list[Given]:
    """Expand folders, and put files into sets, or all into one picture, where that is asked for.

    Raises
    ------
    InputMissing, typer.BadParameter
    """
    in_sets = in_sets or turntable
    if sum((in_sets, together, bool(angles))) > 1:
        raise typer.BadParameter("give one of --set, --together and --angles")
    found = find_inputs(paths)
    if together:
        return [_in_one_picture(found)]
    if angles:
        return [one for path in found for one in _turned(path, _read_angles(angles))]
    return [
        Given(path=path, set=set_of(path) if in_sets else "", turntable=turntable) for path in found
    ]


def _in_one_picture(found: Sequence[Path]) -> Given:
    first, *others = found
    if not others:
        raise typer.BadParameter("--together needs two products or more")
    return Given(path=first, params={_OTHERS: "|".join(str(one) for one in others)})


def _turned(path: Path, angles: Sequence[float]) -> list[Given]:
    if path.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"--angles turns 3D models, and {path.name} is a picture")
    name = str(path) if len(angles) > 1 else ""
    return [Given(path=path, set=name, turntable=True, turn_deg=one) for one in angles]


def _read_angles(text: str) -> list[float]:
    try:
        angles = [float(part) for part in text.split(",") if part.strip()]
    except ValueError:
        angles = []
    if not 1 <= len(angles) <= _MOST_ANGLES or not all(-360 <= one <= 360 for one in angles):
        raise typer.BadParameter(
            f"--angles takes 1 to {_MOST_ANGLES} angles of -360 to 360 degrees, such as 0,45,90"
        )
    return list(dict.fromkeys(angles))
