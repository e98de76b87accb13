"""Options and arguments that several commands on tests share, and how they are read."""

from __future__ import annotations

import getpass
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from abtest import DIRECTIONS, METRICS, Direction, Guardrail, InvalidOptions
from abtest.limits import LONGEST_DAYS
from studio.cli.console import complain
from studio.cli.context import choose_tenant

InTenant = Annotated[
    str | None,
    typer.Option(
        "--tenant",
        metavar="NAME",
        callback=choose_tenant,
        help="Whose: see `packshot tenants`. Default: PACKSHOT_TENANT, or the installation's own.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TestId = Annotated[
    str, typer.Argument(metavar="ID", help="The test's id; `packshot test list` shows it.")
]
MinDays = Annotated[
    float,
    typer.Option(
        min=0,
        max=LONGEST_DAYS,
        help="Full days before anything is decided; 7 cover every weekday.",
    ),
]
Epsilon = Annotated[
    float, typer.Option(help="Relative difference that does not matter to you; 0.05 is 5%.")
]
Alpha = Annotated[
    float,
    typer.Option(help="How often an image may win that is worse than another by more than that."),
]
BetterWay = Annotated[
    Direction,
    typer.Option(
        "--direction",
        help="Which way the metric is better: lower, such as returns that are sent as conversions.",
    ),
]

Guardrails = Annotated[
    list[str] | None,
    typer.Option(
        "--guardrail",
        metavar="METRIC[=MARGIN][:lower]",
        help="A metric that a winner must not harm, and the harm that is tolerated, such as "
        "conversion_rate=0.02; a margin left out is 0.05, that is 5%. With :lower less of it is "
        "better, as of returns that are sent as conversions: conversion_rate=0.02:lower.",
    ),
]

Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Draw what was found into this .svg or .png file."),
]


def wrong_usage(text: str) -> NoReturn:
    """Say in one line how the command was mistyped, and end with exit code 2."""
    complain(text)
    raise typer.Exit(2)


def check_plot(plot: Path | None) -> None:
    """Refuse, before anything is reckoned, a picture that could not be written."""
    if plot is None:
        return
    if plot.suffix.lower() not in (".svg", ".png"):
        wrong_usage(f"--plot: {plot.name!r} does not end in .svg or .png")
    if not plot.absolute().parent.is_dir():
        wrong_usage(f"--plot: there is no folder {plot.parent}")


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


def read_guardrails(texts: Iterable[str] | None) -> tuple[Guardrail, ...]:
    """``METRIC=MARGIN:DIRECTION`` texts as guardrails, the last two parts optional.

    Anything else is wrong usage.
    """
    return tuple(_guardrail(text) for text in texts or ())


def _guardrail(text: str) -> Guardrail:
    told, colon, way = (part.strip() for part in text.partition(":"))
    metric, equals, margin = (part.strip() for part in told.partition("="))
    if metric not in METRICS:
        wrong_usage(f"--guardrail: {metric!r} is no metric; give one of {', '.join(METRICS)}")
    if colon and way not in DIRECTIONS:
        wrong_usage(f"--guardrail: {way!r} is no direction; give {' or '.join(DIRECTIONS)}")
    if way == "lower" and metric == "value_per_impression":
        wrong_usage("--guardrail: money is better higher; a rate can be better lower")
    guardrail = Guardrail(metric=metric, direction="lower" if way == "lower" else "higher")
    if not equals:
        return guardrail
    try:
        return replace(guardrail, margin=float(margin))
    except (ValueError, InvalidOptions):
        wrong_usage(f"--guardrail: {margin!r} is no margin; give a number between 0 and 1")


def who() -> str:
    """Whom the audit trail names for a command."""
    try:
        return f"{getpass.getuser()} on the command line"
    except (OSError, KeyError):
        # A user id without a name, as containers have.
        return "the command line"
