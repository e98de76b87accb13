"""``packshot test create``: images to be compared, for whom, and how."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from abtest import Allocation, GateOptions, Metric, Policy, Segment
from assets import AssetError
from studio.bootstrap.shell import Shell
from studio.cli.console import say
from studio.cli.context import shell
from studio.cli.inputs import read_input
from studio.cli.options import (
    Alpha,
    AsJson,
    BetterWay,
    Epsilon,
    Guardrails,
    MinDays,
    read_guardrails,
    read_pairs,
    who,
    wrong_usage,
)
from studio.cli.rules import RuleUnreadable, read_segment
from studio.cli.standing import show_test
from studio.db.records import TestRecord
from studio.services.acceptance import refuse_failed_asset, refuse_failed_file
from studio.services.errors import ExperimentError, TestInvalid
from studio.services.experiment_options import Attribution, OnFutility, OnHarm, Scope, TestOptions
from studio.services.tests import NewTest, NewVariant

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_HOUR_S: Final = 3600.0
_GATE: Final = GateOptions()
_OPTIONS: Final = TestOptions()

Variants = Annotated[
    list[str],
    typer.Option(
        "--variant",
        metavar="NAME=IMAGE",
        help="An image to compare; 2 to 20 of them. IMAGE: a file, a URL, or the digest of an "
        "image in the store.",
    ),
]
Segments = Annotated[
    list[str] | None,
    typer.Option(
        "--segment",
        metavar="NAME=RULE",
        help="A group of shoppers, such as 'german=country in DE,AT', 'grown=age>=30 and "
        "new=true' or 'x=@rule.json'. The first that matches counts; all others are 'everyone'.",
    ),
]


def create(
    item: Annotated[str, typer.Argument(help="The product's id in your shop.")],
    variant: Variants,
    control: Annotated[
        str, typer.Option(metavar="NAME", help="The image shown today; default: the first.")
    ] = "",
    segment: Segments = None,
    metric: Annotated[Metric, typer.Option(help="What is compared.")] = _OPTIONS.metric,
    direction: BetterWay = _OPTIONS.direction,
    scope: Annotated[
        Scope, typer.Option(help="overall: one winner for all; segment: each has its own.")
    ] = _OPTIONS.scope,
    min_days: MinDays = _GATE.min_days,
    epsilon: Epsilon = _GATE.epsilon,
    alpha: Alpha = _GATE.alpha,
    guardrail: Guardrails = None,
    holdout: Annotated[
        float, typer.Option(help="Share of shoppers who keep the control after a promotion.")
    ] = _OPTIONS.holdout,
    period_hours: Annotated[
        float, typer.Option(help="How often traffic is moved towards what does well.")
    ] = _OPTIONS.period_s / _HOUR_S,
    allocation: Annotated[
        Policy,
        typer.Option(
            help="How traffic moves: top_two proves a winner and earns while it does, thompson "
            "earns most while it runs and seldom decides, uniform stays even."
        ),
    ] = _OPTIONS.allocation.policy,
    floor: Annotated[
        float | None,
        typer.Option(help="Least share of traffic of an image; default: 1%, less among many."),
    ] = None,
    leader_share: Annotated[
        float | None,
        typer.Option(
            help="Share of traffic that the leading image gets in the end under top_two; 0.5 "
            "decides soonest, more loses fewer clicks. Default: 0.7 of 2 images, 0.9 of 6."
        ),
    ] = None,
    attribution_days: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=90,
            metavar="DAYS",
            help="Clicks and orders that come later after the first sight of an image do not "
            "count, and an impression counts once that time is over; none: whenever they come.",
        ),
    ] = None,
    attribution: Annotated[
        Attribution,
        typer.Option(
            help="closed: impressions wait until their --attribution-days are over; corrected: "
            "young ones count at once, for the share of orders that has come by then, as soon as "
            "30 orders have told how late they come.",
        ),
    ] = _OPTIONS.attribution,
    timezone: Annotated[
        str, typer.Option(metavar="NAME", help="Whose midnight parts the days: Europe/Berlin.")
    ] = _OPTIONS.timezone,
    layer: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Tests of one layer never meet in a shopper: each takes a share of them.",
        ),
    ] = "",
    share: Annotated[
        float, typer.Option(help="Share of the layer's shoppers that the test takes; 0.5 is half.")
    ] = _OPTIONS.share,
    warm_start: Annotated[
        bool,
        typer.Option(
            "--warm-start",
            help="Let images start with what earlier tests taught of their template, style and "
            "shadow: they get more or less traffic at first. A winner is still proven by this "
            "test's own clicks.",
        ),
    ] = False,
    no_auto_promote: Annotated[
        bool,
        typer.Option(
            "--no-auto-promote",
            help="Only report what is found: no winner is promoted, no test ended and no promotion "
            "taken back but by hand.",
        ),
    ] = False,
    on_futility: Annotated[
        OnFutility,
        typer.Option(
            help="Once no difference worth having is left to find: stop ends the test by itself, "
            "the default image stays; keep lets it run."
        ),
    ] = _OPTIONS.on_futility,
    on_harm: Annotated[
        OnHarm,
        typer.Option(
            help="Once the holdout proves that a promoted image does harm: rollback takes back by "
            "itself what a verdict promoted; propose only says so."
        ),
    ] = _OPTIONS.on_harm,
    accept_failed: Annotated[
        bool,
        typer.Option("--accept-failed", help="Take images that failed a check all the same."),
    ] = False,
    start: Annotated[bool, typer.Option("--start", help="Split traffic at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Create an image test on a product, as a draft that takes no traffic yet.

    `packshot test create mug --variant white=white.jpg --variant oak=oak.jpg --start`

    Files are copied into the asset store; an image that failed a check is refused. A winner is
    promoted once every condition holds: enough days and clicks, traffic split as planned, little
    to lose, and enough evidence.
    """
    images = read_pairs("--variant", variant, form="NAME=IMAGE, such as white=shots/white.jpg")
    segments = tuple(_segment(text) for text in segment or ())
    options = TestOptions(
        metric=metric,
        direction=direction,
        gate=GateOptions(min_days=min_days, epsilon=epsilon, alpha=alpha),
        guardrails=read_guardrails(guardrail),
        allocation=Allocation(policy=allocation, floor=floor, leader_share=leader_share),
        scope=scope,
        warm_start=warm_start,
        auto_promote=not no_auto_promote,
        on_futility=on_futility,
        on_harm=on_harm,
        holdout=holdout,
        period_s=period_hours * _HOUR_S,
        attribution_days=attribution_days,
        attribution=attribution,
        timezone=timezone,
        layer=layer or None,
        share=share,
    )
    # Checked as a whole before a byte is stored: a refused test leaves nothing behind.
    _new_test(item, images, control=control, segments=segments, options=options)
    stored = {name: _stored(shell(), name, image, accept_failed=accept_failed)
              for name, image in images.items()}  # fmt: skip
    new = _new_test(item, stored, control=control, segments=segments, options=options)
    new = replace(new, accept_failed=accept_failed)
    test = shell().tests.create(new, who=who())
    if start:
        test = _started(test)
    show_test(test, as_json=as_json)


def _started(test: TestRecord) -> TestRecord:
    try:
        return shell().tests.start(test.id, who=who())
    except ExperimentError:
        say(f"the test is kept as a draft; later: packshot test start {test.id}")
        raise


def _new_test(
    item: str,
    images: dict[str, str],
    *,
    control: str,
    segments: tuple[Segment, ...],
    options: TestOptions,
) -> NewTest:
    return NewTest(
        item=item,
        variants=tuple(NewVariant(name=name, image=image) for name, image in images.items()),
        control=control or None,
        segments=segments,
        options=options,
    )


def _segment(text: str) -> Segment:
    try:
        return read_segment(text)
    except RuleUnreadable as fault:
        wrong_usage(f"--segment: {fault}")


def _stored(shell: Shell, name: str, image: str, *, accept_failed: bool) -> str:
    """What the test names: a URL as it is, or the digest of an asset that is in the store."""
    if image.startswith(("https://", "http://")):
        return image
    try:
        digest = image
        if _DIGEST.fullmatch(image) is None:
            if not accept_failed:
                refuse_failed_file(Path(image), variant=name)
            digest = shell.images.add_source(read_input(Path(image))).digest
        record = shell.store.record(digest)  # refuses one that nothing is stored under
        if not accept_failed:
            refuse_failed_asset(record, variant=name)
    except AssetError as fault:
        raise TestInvalid(field=f"variant {name} ({image})", why=str(fault)) from fault
    return digest
