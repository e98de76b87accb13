"""``packshot test suggest``: what tests have taught, and what to make next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.table import Table

from abtest import Suggestion
from studio.cli.console import out, print_json, print_table, say
from studio.cli.context import shell
from studio.cli.options import AsJson, Plot, check_plot

_UNTRIED: Final = "No test has compared these yet, so nothing is known; all deserve a try."


def suggest(
    feature: Annotated[
        str, typer.Option(help="What to choose: scene, style, place or shadow; empty for all.")
    ] = "scene",
    segment: Annotated[
        str, typer.Option(metavar="NAME", help="For whom; default: for everyone.")
    ] = "",
    count: Annotated[int, typer.Option(min=1, help="How many to list.")] = 8,
    explore: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="SEED",
            help="Rank by a draw from what is known, so that scenes hardly tried get their chance.",
        ),
    ] = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Say which scenes, styles and shadows win in your tests, and so what to make next.

    Effects are against the average of the same feature, drawn towards zero while tests are few.
    With --explore the order is that of Thompson sampling: another seed, another order.
    """
    import numpy as np

    check_plot(plot)
    lessons = shell().lessons.learned(segment=segment)
    generator = None if explore is None else np.random.default_rng(explore)
    found = lessons.suggestions(feature=feature, generator=generator)[:count]
    if plot is not None and found:
        from studio.cli.plots.suggestions import save_suggestions

        title = sentence(found[0], explored=explore is not None) if found[0].tests else _UNTRIED
        save_suggestions(plot, found, title=title)
        say(f"drawn: {plot}")
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        out.print(f"No test has images that differ in {feature!r}.", markup=False)
        return
    if not any(one.tests for one in found):
        out.print(_UNTRIED)
    print_table(_table(found))
    if found[0].tests:
        out.print(sentence(found[0], explored=explore is not None), markup=False)


def sentence(best: Suggestion, *, explored: bool) -> str:
    """What to make next, and why."""
    why = (
        f"better than the average {best.feature} with a probability of {best.prob_better:.0%}, "
        f"by about {best.effect:+.1%}, as {best.tests} {_tests(best.tests)} taught"
    )
    if explored:
        return f"Try {best.word} next: drawn from what is known; {why}."
    return f"Make {best.word} next: {why}."


def _tests(count: int) -> str:
    return "test" if count == 1 else "tests"


def _table(found: tuple[Suggestion, ...]) -> Table:
    table = Table("feature", "choice", box=None, pad_edge=False)
    for heading in ("effect", "between", "better than average", "tests"):
        table.add_column(heading, justify="right")
    for one in found:
        low, high = one.interval
        table.add_row(
            one.feature,
            one.word,
            f"{one.effect:+.1%}",
            f"{low:+.0%} and {high:+.0%}",
            f"{one.prob_better:.0%}",
            str(one.tests),
        )
    return table
