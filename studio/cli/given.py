"""Sources as a command was given them: one by one, in sets, turned, or several in one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from studio.cli.inputs import find_inputs
from studio.services.angles import set_of

_OTHERS = "with_sources"

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
    set, turntable
        As `Wanted` has them.
    params
        What the way in which it was given adds to the picture's parameters.
    """

    path: Path
    set: str = ""
    turntable: bool = False
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file name that the result's own is made of."""
        if not self.params.get(_OTHERS):
            return self.path.name
        return f"{self.path.stem}-together{self.path.suffix}"


def given_sources(
    paths: Sequence[Path], *, in_sets: bool = False, turntable: bool = False, together: bool = False
) -> list[Given]:
    """Expand folders, and put files into sets, or all into one picture, where that is asked for.

    Raises
    ------
    InputMissing, typer.BadParameter
    """
    in_sets = in_sets or turntable
    if together:
        if in_sets:
            raise typer.BadParameter("--together makes one picture: leave out --set")
        first, *others = find_inputs(paths)
        if not others:
            raise typer.BadParameter("--together needs two products or more")
        return [Given(path=first, params={_OTHERS: "|".join(str(one) for one in others)})]
    return [
        Given(path=path, set=set_of(path) if in_sets else "", turntable=turntable)
        for path in find_inputs(paths)
    ]
