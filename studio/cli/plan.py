"""``packshot test plan``: how long a test would take, by running it on imagined shoppers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Final

import typer

from abtest import AnalysisOptions, Direction, Expectation, Forecast, GateOptions, plan_test
from abtest.told_numbers import share_words
from studio.cli.console import out, print_json, progress_bar, say
from studio.cli.options import Alpha, AsJson, BetterWay, Epsilon, MinDays, Plot, check_plot

_GATE: Final = GateOptions()
_USUAL: Final = Expectation()


def plan(
    images: Annotated[int, typer.Option(help="Images to compare, 2 to 20.")] = _USUAL.images,
    visits_per_day: Annotated[
        int, typer.Option(help="Impressions a day, all images together.")
    ] = _USUAL.visits_per_day,
    rate: Annotated[
        float, typer.Option(help="Usual click rate of the placement; 0.02 is 2%.")
    ] = _USUAL.rate,
    spread: Annotated[
        float,
        typer.Option(
            help="How much the images' true click rates differ, as a relative standard deviation; "
            "0.17 is usual for images of one product."
        ),
    ] = round(_USUAL.spread, 3),
    days: Annotated[int, typer.Option(help="Days after which to give up.")] = _USUAL.max_days,
    runs: Annotated[
        int, typer.Option(min=1, max=10_000, help="Tests to simulate; shares are within 5% at 100.")
    ] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other shoppers.")] = 1,
    min_days: MinDays = _GATE.min_days,
    epsilon: Epsilon = _GATE.epsilon,
    alpha: Alpha = _GATE.alpha,
    direction: BetterWay = "higher",
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Say how long a test would take, before it costs anything.

    Runs the whole test many times on simulated shoppers, with the engine that would decide it.
    Nothing is stored.
    """
    import numpy as np

    check_plot(plot)
    expectation = Expectation(
        images=images, visits_per_day=visits_per_day, rate=rate, spread=spread, max_days=days
    )
    gate = GateOptions(min_days=min_days, epsilon=epsilon, alpha=alpha)
    with progress_bar("simulating tests", runs) as bar:
        forecast = plan_test(
            expectation,
            generator=np.random.default_rng(seed),
            runs=runs,
            options=AnalysisOptions(gate=gate, direction=direction),
            on_run=bar.step,
        )
    if plot is not None:
        from studio.cli.plots.forecast import save_forecast

        save_forecast(plot, forecast, title=f"SIMULATED. {when_known(forecast)}")
    if as_json:
        facts = {"simulated": True, "seed": seed, "direction": direction}
        print_json({**facts, **asdict(forecast)})
    else:
        _tell(forecast, epsilon=epsilon, direction=direction)
        if plot is not None:
            say(f"drawn: {plot}")


def _tell(forecast: Forecast, *, epsilon: float, direction: Direction) -> None:
    expected = forecast.expectation
    better = "; lower is better" if direction == "lower" else ""
    out.print(
        f"SIMULATED {forecast.runs:,} times: {expected.images} images, "
        f"{expected.visits_per_day:,} impressions a day, click rates around {expected.rate:.2%} "
        f"that differ by {expected.spread:.0%}{better}."
    )
    out.print(when_known(forecast))
    lines = [
        ("an image is promoted", forecast.promoted),
        ("it does not matter which", forecast.no_difference),
        (f"undecided after {expected.max_days} days", forecast.undecided),
        (f"promoted although another is over {share_words(epsilon)} better", forecast.wrong),
    ]
    width = max(len(words) for words, _ in lines)
    for words, share in lines:
        out.print(f"  {words:{width}} {share:5.0%}")
    out.print(
        f"Over {expected.max_days} days that is {forecast.clicks_gained:+.1%} clicks against "
        "showing all images evenly."
    )


def when_known(forecast: Forecast) -> str:
    """The sentence that says when an answer is to be had, of all such tests."""
    days = forecast.expectation.max_days
    if not forecast.decided:
        return (
            f"None of these tests came to an answer in {days} days: "
            "compare fewer images, send more traffic, or allow more --days."
        )
    if forecast.days is None:
        return (
            f"You will probably not know within {days} days: only {forecast.decided:.0%} of such "
            "tests come to an answer. "
            "Compare fewer images, send more traffic, or allow more --days."
        )
    known = (
        f"With {forecast.expectation.images} images and {forecast.expectation.visits_per_day:,} "
        f"impressions a day you will know in about {forecast.days:.0f} days, or find out that it "
        "does not matter"
    )
    if forecast.days_most is None:
        return f"{known}: half of such tests do by then, {forecast.decided:.0%} within {days} days."
    return f"{known}: half of such tests do by then, nine in ten within {forecast.days_most:.0f}."
