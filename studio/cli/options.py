"""Options and arguments that several commands on tests share, and how they are read."""

from __future__ import annotations

import getpass
import math
from collections.abc import Iterable
from typing import Annotated, NoReturn

import typer

from abtest import METRICS, Direction, Guardrail, InvalidOptions
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
    float, typer.Option(min=0, help="Full days before anything is decided; 7 cover every weekday.")
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
        metavar="METRIC[=MARGIN]",
        help="A metric that a winner must not harm, and the harm that is tolerated, such as "
        "conversion_rate=0.02; a margin left out is 0.05, that is 5%.",
    ),
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


def read_guardrails(texts: Iterable[str] | None) -> tuple[Guardrail, ...]:
    """``METRIC`` and ``METRIC=MARGIN`` texts as guardrails; anything else is wrong usage."""
    return tuple(_guardrail(text) for text in texts or ())


def _guardrail(text: str) -> Guardrail:
    metric, equals, margin = (part.strip() for part in text.partition("="))
    if metric not in METRICS:
        wrong_usage(f"--guardrail: {metric!r} is no metric; give one of {', '.join(METRICS)}")
    if not equals:
        return Guardrail(metric=metric)
    try:
        return Guardrail(metric=metric, margin=float(margin))
    except (ValueError, InvalidOptions):
        wrong_usage(f"--guardrail: {margin!r} is no margin; give a number between 0 and 1")


def who() -> str:
    """Whom the audit trail names for a command."""
    try:
        return f"{getpass.getuser()} on the command line"
    except (OSError, KeyError):
        # A user id without a name, as containers have.
        return "the command line"
