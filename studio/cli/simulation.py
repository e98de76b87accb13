"""``packshot test simulate``: a whole test on imagined shoppers."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from abtest import (
    AnalysisOptions,
    Direction,
    GateOptions,
    SimulatedTest,
    VerdictKind,
    analysis_dict,
    one_crowd,
    simulate_test,
)
from studio.cli.console import out, print_json, say
from studio.cli.findings import show_analysis, verdict_sentence
from studio.cli.options import (
    Alpha,
    AsJson,
    BetterWay,
    Epsilon,
    MinDays,
    Plot,
    check_plot,
    read_numbers,
    wrong_usage,
)
from studio.cli.sparkline import show_days

_GATE: Final = GateOptions()


def simulate(
    rates: Annotated[
        str,
        typer.Option(
            metavar="NAME=RATE,...", help="True click rates to imagine, such as a=0.030,b=0.036."
        ),
    ],
    visits_per_day: Annotated[int, typer.Option(min=1, max=10**9, help="Visits a day.")] = 2000,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days after which to give up.")] = 60,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another run of luck.")] = 1,
    min_days: MinDays = _GATE.min_days,
    epsilon: Epsilon = _GATE.epsilon,
    alpha: Alpha = _GATE.alpha,
    direction: BetterWay = "higher",
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Try a test on simulated shoppers: how long it would take, and what it would cost.

    Nothing is stored. The same seed gives the same run; try several.
    """
    import numpy as np

    check_plot(plot)
    wanted = read_numbers("--rates", rates, form="a=0.030,b=0.036")
    if len(wanted) < 2:
        wrong_usage(f"--rates: {len(wanted)} image given; a test compares 2 or more")
    gate = GateOptions(min_days=min_days, epsilon=epsilon, alpha=alpha)
    options = AnalysisOptions(gate=gate, direction=direction)
    test = simulate_test(
        one_crowd(wanted),
        visits_per_day=visits_per_day,
        max_days=days,
        generator=np.random.default_rng(seed),
        options=options,
    )
    if plot is not None:
        from studio.cli.plots.analysis import save_plot
        from studio.cli.plots.course import course_of

        course = course_of(test.counts, options)
        save_plot(plot, test.outcome, course, label="SIMULATED. ")
    facts: dict[str, Any] = {
        "simulated": True,
        "rates": wanted,
        "visits_per_day": visits_per_day,
        "max_days": days,
        "seed": seed,
        "days": len(test.days),
        "clicks": sum(test.counts.total(name).clicks for name in wanted),
        "clicks_given_up": test.regret_clicks,
    }
    if as_json:
        print_json({**facts, "analysis": analysis_dict(test.outcome)})
    else:
        _tell(test, facts)
        if plot is not None:
            say(f"drawn: {plot}")


def _tell(test: SimulatedTest, facts: dict[str, Any]) -> None:
    rates: dict[str, float] = facts["rates"]
    truth = ", ".join(f"{name} {rate:.2%}" for name, rate in rates.items())
    out.print(
        f"SIMULATED, no real shopper saw anything: true click rates {truth}; "
        f"{facts['visits_per_day']:,} visits a day, seed {facts['seed']}",
        markup=False,
    )
    show_analysis(test.outcome)
    show_days(test.counts, test.outcome)
    out.print()
    verdict = test.outcome.verdict
    ended = "ended" if verdict.kind != VerdictKind.KEEP_RUNNING else "was given up undecided"
    out.print(
        f"The simulated test {ended} after {facts['days']} of at most {facts['max_days']} days. "
        f"{verdict_sentence(verdict)} {_truth(test, rates)}".strip(),
        markup=False,
    )
    out.print(_cost(test.outcome.direction, facts["clicks"], facts["clicks_given_up"]))


def _cost(direction: Direction, clicks: int, lost: float) -> str:
    if clicks + lost == 0:
        return "Nobody clicked."
    if direction == "lower":
        return (
            f"Of {clicks:,} clicks, {lost:,.0f} came from showing other images than the best "
            f"({lost / max(clicks, 1):.1%})."
        )
    return (
        f"Of the clicks to be had, {lost:,.0f} were given up by showing other images than the "
        f"best ({lost / (clicks + lost):.1%} of {clicks + lost:,.0f})."
    )


def _truth(test: SimulatedTest, rates: dict[str, float]) -> str:
    promoted, higher = test.outcome.verdict.variant, test.outcome.direction == "higher"
    if promoted is None:
        return ""
    best = (max if higher else min)(rates, key=lambda name: rates[name])
    if rates[promoted] == rates[best]:
        return f"{promoted} is truly the best."
    ratio = rates[best] / rates[promoted] if higher else rates[promoted] / rates[best]
    return f"In truth {best} is better, by {ratio - 1:.1%}."
