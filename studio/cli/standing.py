"""A test for a person or a program: where it stands, and what can be done next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from abtest import Guardrail, TestState, parse_condition
from studio.cli.console import moment, out, print_json, print_table
from studio.cli.findings import show_health, verdict_sentence
from studio.cli.rules import rule_text
from studio.db.records import PeriodRecord, PromotionRecord, TestRecord
from studio.services.attribution import Correction
from studio.services.experiment_options import TestOptions
from studio.services.tests import Results
from studio.services.watching import Watch


def test_json(test: TestRecord) -> dict[str, Any]:
    """The same JSON as `GET /v1/tests/{id}` answers."""
    from studio.api.schemas.tests import TestOut

    return TestOut.of(test).model_dump(mode="json")


def status_json(results: Results) -> dict[str, Any]:
    """Where a test stands, with what its counts say now: verdicts, and how promotions fare."""
    from studio.api.schemas.results import ResultsOut

    found = ResultsOut.of(results).model_dump(mode="json")
    return {
        **test_json(results.test),
        "verdict": found["verdict"],
        "segment_verdicts": {
            name: group["verdict"] for name, group in (found["segments"] or {}).items()
        },
        "watches": found["watches"],
    }


def show_test(test: TestRecord, *, as_json: bool) -> None:
    """Print where a test stands."""
    if as_json:
        print_json(test_json(test))
        return
    out.print(f"test [bold]{test.id}[/bold] on {escape(test.item)}: {_state_text(test)}")
    print_table(_variants(test))
    options = TestOptions.from_dict(test.options)
    for segment in test.segments:
        rule = rule_text(parse_condition(segment.rule))
        split = _own_split(test.open_period, segment.name)
        out.print(f"  segment {segment.name}: {rule}{split}", markup=False)
    acts = _acts(options)
    winners = "one winner for all" if options.scope == "overall" else "a winner for each segment"
    out.print(
        f"  compares {options.metric.replace('_', ' ')}{_better(options)}, {winners}, at least "
        f"{options.gate.min_days:g} days, moves traffic every {options.period_s / 3600:g} h, {acts}"
    )
    if options.attribution_days is not None:
        out.print(
            f"  counts what comes within {options.attribution_days:g} days of the first sight of "
            f"an image{_young(options)}, days of {options.timezone}"
        )
    for guardrail in options.guardrails:
        out.print(f"  {_guardrail_text(guardrail)}", markup=False)
    if options.layer is not None:
        out.print(
            f"  in layer {options.layer}: {options.share * 100:.4g}% of its shoppers", markup=False
        )
    if options.warm_start:
        out.print(f"  {_warm_start_text(options)}", markup=False)
    for promotion in test.promotions:
        out.print(f"  {_promotion_text(promotion)}", markup=False)
    out.print(f"[dim]{_next_step(test)}[/dim]")


def _young(options: TestOptions) -> str:
    if options.attribution == "corrected":
        return ", younger impressions for the share of orders that has come by then"
    return ", and an impression once they are over"


def _better(options: TestOptions) -> str:
    """What must be said where it is not the usual way."""
    return " (lower is better)" if options.direction == "lower" else ""


def _acts(options: TestOptions) -> str:
    """What the test does by itself."""
    if not options.auto_promote:
        return "acts only by hand"
    acts = ["promotes"]
    if options.on_futility == "stop":
        acts.append("ends")
    if options.on_harm == "rollback":
        acts.append("rolls back")
    last = acts.pop()
    return f"{', '.join(acts)} and {last} by itself" if acts else f"{last} by itself"


def show_results(results: Results) -> None:
    """Print in a sentence each what the counts say now, and what became of promotions."""
    analysis = results.analysis
    if analysis is not None and results.test.state is TestState.RUNNING:
        out.print(f"  {verdict_sentence(analysis.verdict)}", markup=False)
    if analysis is not None:
        show_health(analysis)
    if results.correction is not None:
        out.print(f"[dim]{correction_sentence(results.correction)}[/dim]")
    show_watches(results.watches)


def show_freshness(results: Results) -> None:
    """Print how far the counts go, day by day, and what is not analysed yet."""
    for day in results.days:
        shown = sum(count.impressions for count in day.counts)
        clicked = sum(count.clicks for count in day.counts)
        bought = sum(count.conversions for count in day.counts)
        state = "" if day.closed else f"  ({_open_window(results)})"
        out.print(
            f"  [dim]{day.date:%Y-%m-%d}  {shown:>9,} shown {clicked:>8,} clicked "
            f"{bought:>7,} bought{state}[/dim]"
        )
    fresh = results.freshness
    waiting = f", {fresh.waiting:,} events wait" if fresh.waiting else ""
    if fresh.streamed is None:
        waiting += "; the stream of events does not answer: what waits in it is not counted"
    elif fresh.streamed:
        waiting += f", {fresh.streamed:,} batches wait in the stream"
    opened = f"; {results.open:,} impressions are too young to be analysed" if results.open else ""
    out.print(f"[dim]counted up to {moment(fresh.counted_to_s)}{waiting}{opened}[/dim]")
    if results.correction is not None:
        out.print(f"[dim]{correction_sentence(results.correction)}[/dim]")


def correction_sentence(correction: Correction) -> str:
    """What became of the wish to count young impressions."""
    curve = correction.curve
    if curve is None:
        return f"young impressions wait for their attribution window to close: {correction.why}"
    return (
        f"{correction.young:,} young impressions count as {correction.worth:,.0f}, for the share "
        f"of orders that has come by now: half come within {curve.median_days:.1f} days "
        f"({curve.conversions:,} orders fitted, standard error {curve.relative_error:.0%})"
    )


def _open_window(results: Results) -> str:
    if results.correction is None or results.correction.curve is None:
        return "its attribution window is open"
    return "its attribution window is open: counted in part"


def show_watches(watches: Sequence[Watch]) -> None:
    """Print how each promotion in force fares against its holdout."""
    for watch in watches:
        whom = "" if watch.segment is None else f"segment {watch.segment}: "
        colour = "red" if watch.found.roll_back else "default"
        out.print(f"  [{colour}]{escape(whom + watch.found.text)}[/{colour}]")


def show_tests(tests: Sequence[TestRecord], *, as_json: bool) -> None:
    """Print one line for each test."""
    if as_json:
        print_json([test_json(test) for test in tests])
        return
    if not tests:
        out.print("no tests yet; `packshot test create --help` says how to begin")
        return
    table = Table("test", "item", "state", "variants", "since", box=None, pad_edge=False)
    for test in tests:
        names = ", ".join(variant.name for variant in test.variants)
        table.add_row(test.id, escape(test.item), _word(test.state), escape(names), _since(test))
    print_table(table)


def _state_text(test: TestRecord) -> str:
    return f"{_word(test.state)} since {_since(test)}"


def _since(test: TestRecord) -> str:
    """When a test came into its state: a roll back may come long after a promotion ended it."""
    undone = [each.undone_s for each in test.promotions if each.undone_s is not None]
    if test.state is TestState.ROLLED_BACK and undone:
        return moment(max(undone))
    return moment(test.ended_s or test.started_s or test.created_s)


def _word(state: TestState) -> str:
    return str(state).replace("_", " ")


def _variants(test: TestRecord) -> Table:
    table = Table("  variant", "", "traffic", "image", box=None, pad_edge=False)
    weights = {} if test.open_period is None else test.open_period.weights
    for variant in test.variants:
        role = "control" if variant.name == test.control else ""
        share = f"{weights.get(variant.name, 0.0):.1%}" if weights else "-"
        if variant.dropped_s is not None:
            role, share = "dropped", "-"
        table.add_row(f"  {escape(variant.name)}", role, share, escape(variant.image))
    return table


def _guardrail_text(guardrail: Guardrail) -> str:
    worse = "falls" if guardrail.direction == "higher" else "rises"
    harm = f"{worse} by {guardrail.margin * 100:.3g}% at most"
    return (
        f"guards {guardrail.metric.replace('_', ' ')}: nothing is promoted unless it is "
        f"{guardrail.confidence:.0%} sure that it {harm}, however often one looks"
    )


def _warm_start_text(options: TestOptions) -> str:
    if not options.head_starts:
        return "warm start: earlier tests say nothing of how these images were made; all start even"
    starts = ", ".join(f"{name} {start:+.1%}" for name, start in options.head_starts.items())
    return f"warm start by the record of earlier tests: {starts}"


def _own_split(period: PeriodRecord | None, segment: str) -> str:
    weights = None if period is None else period.segment_weights.get(segment)
    if weights is None:
        return ""
    return " (" + ", ".join(f"{name} {share:.0%}" for name, share in weights.items()) + ")"


def _promotion_text(promotion: PromotionRecord) -> str:
    whom = "everyone" if promotion.segment is None else f"segment {promotion.segment}"
    how = "by the verdict" if promotion.by_verdict else f"by {promotion.who}"
    undone = ""
    if promotion.undone_s is not None:
        undone = f", undone {moment(promotion.undone_s)}"
    what = f"{promotion.variant} promoted for {whom} {how}, {moment(promotion.at_s)}{undone}"
    return f"{what}: {promotion.reason}"


def _next_step(test: TestRecord) -> str:
    match test.state:
        case TestState.DRAFT:
            return f"next: packshot test start {test.id}"
        case TestState.RUNNING:
            return f"next: packshot test results {test.id}; `packshot serve` shows the images"
        case TestState.STOPPED:
            return f"next: the feed shows the default image; packshot test promote {test.id} --help"
        case TestState.PROMOTED:
            return f"next: packshot test rollback {test.id} --reason TEXT undoes it"
        case TestState.ROLLED_BACK:
            return "next: the feed shows the default image; a new test may follow"
