"""``packshot test analyse``: the engine on a file of counts or events."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from abtest import (
    FLAT,
    AnalysisOptions,
    Beta,
    GateOptions,
    InvalidOptions,
    Metric,
    analyse,
    analysis_dict,
)
from studio.cli.console import print_json, say
from studio.cli.counting.count_lines import HEADER
from studio.cli.counting.counted import Counted, read_counted
from studio.cli.counting.event_reading import Reading
from studio.cli.counting.event_trials import TrialUnit
from studio.cli.findings import show_analysis
from studio.cli.options import (
    Alpha,
    AsJson,
    BetterWay,
    Epsilon,
    Guardrails,
    MinDays,
    Plot,
    check_plot,
    read_guardrails,
    read_numbers,
    wrong_usage,
)
from studio.cli.sparkline import show_days

_GATE: Final = GateOptions()


def analyse_file(
    file: Annotated[
        Path,
        typer.Argument(
            help=f"CSV whose first line is {HEADER}, or events as JSONL; either may be gzipped."
        ),
    ],
    control: Annotated[
        str, typer.Option(metavar="NAME", help="The variant to compare with; default: the first.")
    ] = "",
    metric: Annotated[Metric, typer.Option(help="What is compared.")] = "click_rate",
    direction: BetterWay = "higher",
    prior: Annotated[
        str,
        typer.Option(
            metavar="auto|flat|A,B",
            help="What is believed before the first click: auto takes images to differ as images "
            "usually do; flat knows nothing; A,B is a Beta distribution, such as 2,98.",
        ),
    ] = "auto",
    variants: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="The variants of the test; what names another is an error in counts, and is left "
            "out of events. Default: all that occur.",
        ),
    ] = "",
    split: Annotated[
        str,
        typer.Option(
            metavar="NAME=SHARE,...",
            help="Traffic each variant was meant to get, such as white=0.8,oak=0.2; default: the "
            "propensities that events carry, else even.",
        ),
    ] = "",
    test: Annotated[
        str, typer.Option(metavar="ID", help="Events: the test, where the file has several.")
    ] = "",
    item: Annotated[
        str, typer.Option(metavar="ID", help="Events: the product, where the file has several.")
    ] = "",
    per: Annotated[
        TrialUnit,
        typer.Option(
            help="Events: what counts as one impression. unit-day: a shopper who saw an image on "
            "a day, as the feed counts; unit: a shopper who saw it ever; impression: each one."
        ),
    ] = "unit-day",
    timezone: Annotated[
        str,
        typer.Option(metavar="ZONE", help="Events: whose midnight parts the days."),
    ] = "UTC",
    attribution_days: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Events: an outcome counts within so many days of its impression, and an "
            "impression once they are over. Default: 7 for conversions, no limit for clicks.",
        ),
    ] = None,
    delay_corrected: Annotated[
        bool,
        typer.Option(
            "--delay-corrected",
            help="Events: count young impressions too, for the share of their conversions that "
            "has come by now, as the delays of earlier ones tell.",
        ),
    ] = False,
    keep_bots: Annotated[
        bool,
        typer.Option(
            "--keep-bots",
            help="Events: let units count that do what no person does, or whose `agent` is a known "
            "crawler's; they are left out else, as a server leaves them out.",
        ),
    ] = False,
    min_days: MinDays = _GATE.min_days,
    epsilon: Epsilon = _GATE.epsilon,
    alpha: Alpha = _GATE.alpha,
    guardrail: Guardrails = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Analyse a test that was run anywhere, from its counts or its raw events.

    A line of counts holds those of one segment and variant in one period; a period is a day on
    which the split of traffic did not change. Write `everyone` if there are no segments.

    A line of events is `{"id": "e1", "type": "impression", "unit": "shopper-7", "variant": "oak",
    "ts": "2026-03-01T09:30:00Z"}`, or a click or conversion (with a `value` in money); `segment`,
    `propensity`, `test`, `item` and `agent` may follow. What is left out is said, with the reason.
    """
    check_plot(plot)
    if delay_corrected and attribution_days == 0:
        wrong_usage(
            "--delay-corrected: with --attribution-days 0 nothing comes late; leave one out"
        )
    reading = Reading(
        metric=metric,
        variants=_names("--variants", variants),
        split=_split(split),
        now_s=time.time(),
        test=test or None,
        item=item or None,
        per=per,
        zone=_zone(timezone),
        attribution_days=attribution_days,
        delay_corrected=delay_corrected,
        keep_bots=keep_bots,
    )
    counted = read_counted(file, reading)
    _check_control(control, counted)
    options = AnalysisOptions(
        control=control or None,
        metric=metric,
        direction=direction,
        prior=_prior(prior),
        gate=GateOptions(min_days=min_days, epsilon=epsilon, alpha=alpha),
        guardrails=read_guardrails(guardrail),
        dropped=counted.dropped,
    )
    analysis = analyse(counted.counts, options=options, observed=counted.observed)
    if plot is not None:
        from studio.cli.plots.analysis import save_plot
        from studio.cli.plots.course import course_of

        save_plot(plot, analysis, course_of(counted.counts, options))
    if as_json:
        print_json({**analysis_dict(analysis), "input": counted.facts})
        return
    for remark in counted.remarks:
        say(remark)
    show_analysis(analysis)
    show_days(counted.counts, analysis)
    if plot is not None:
        say(f"drawn: {plot}")


def _check_control(control: str, counted: Counted) -> None:
    """Compare with no other variant than the merchant means: who that is was never said."""
    names = counted.counts.variants
    left = [name for name in names if name not in counted.dropped]
    if (control or names[0]) in counted.dropped:
        which = f"{control!r}" if control else f"the first variant, {names[0]!r},"
        wrong_usage(f"--control: {which} took no part at the end; name one of {', '.join(left)}")


def _names(option: str, text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(",")) if text else ()
    if not all(names) or len(set(names)) < len(names):
        wrong_usage(f"{option}: {text!r} is not a list of different names such as white,oak")
    return names


def _split(text: str) -> dict[str, float] | None:
    if not text:
        return None
    shares = read_numbers("--split", text, form="white=0.8,oak=0.2")
    if min(shares.values()) < 0 or not 0 < sum(shares.values()) < math.inf:
        wrong_usage(f"--split: {text!r}: shares are 0 or more, and not all 0")
    return shares


def _prior(text: str) -> Beta | Literal["auto"]:
    match text.strip().lower():
        case "auto":
            return "auto"
        case "flat":
            return FLAT
    try:
        alpha, beta = (float(part) for part in text.split(","))
        return Beta(alpha=alpha, beta=beta)
    except (ValueError, InvalidOptions):
        wrong_usage(f"--prior: {text!r} is not auto, flat or two numbers above 0 such as 2,98")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong_usage(f"--timezone: {name!r} is not a zone such as UTC or Europe/Berlin")
