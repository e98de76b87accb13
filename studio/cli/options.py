"""Options and arguments that several commands on tests share, and how they are read."""

from __future__ import annotations

import getpass
import math
from collections.abc import Iterable
from typing import Annotated, NoReturn

import typer

from studio.cli.console import complain

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TestId = Annotated[
    str, typer.Argument(metavar="ID", help="The test's id; `packshot test list` shows it.")
]
MinDays = Annotated[
    float, typer.Option(min=0, help="Full days before anything is decided; 7 cover every weekday.")
]
Epsilon = Annotated[
    float, typer.Option(help="Relative difference that does not matter to you; 0.05 is 5%.")
]
Alpha = Annotated[
    float,
    typer.Option(help="How often an image may win that is worse than another by more than that."),
]


def wrong_usage(text: str) -> NoReturn:
    """Say in one line how the command was mistyped, and end with exit code 2."""
    complain(text)
    raise typer.Exit(2)


def read_pairs(option: str, texts: Iterable[str], *, form: str) -> dict[str, str]:
    """NAME=VALUE texts as a mapping; anything else is wrong usage."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            wrong_usage(f"{option}: {text!r} is not of the form {form}")
        if name in pairs:
            wrong_usage(f"{option}: {name!r} is given twice; each name stands for one image")
        pairs[name] = value
    return pairs


def read_numbers(option: str, text: str, *, form: str) -> dict[str, float]:
    """``a=0.03,b=0.036`` as numbers by name; anything else is wrong usage."""
    numbers: dict[str, float] = {}
    for name, value in read_pairs(option, text.split(","), form=form).items():
        try:
            numbers[name] = float(value)
        except ValueError:
            wrong_usage(f"{option}: {value!r} is not a number; write {form}")
        if not math.isfinite(numbers[name]):
            wrong_usage(f"{option}: {value!r} is not a finite number; write {form}")
    return numbers


def who() -> str:
    """Whom the audit trail names for a command."""
    try:
        return f"{getpass.getuser()} on the command line"
    except (OSError, KeyError):
        # A user id without a name, as containers have.
        return "the command line"
