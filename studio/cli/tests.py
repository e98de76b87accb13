"""``packshot test``: image tests, from the draft to the promoted winner and back."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli import analysis, plan, simulation, suggest
from studio.cli.audit_entries import show_audit
from studio.cli.console import moment, out, print_json
from studio.cli.context import shell
from studio.cli.create import create
from studio.cli.findings import show_analysis
from studio.cli.options import AsJson, TestId, who
from studio.cli.preview import preview
from studio.cli.standing import (
    show_freshness,
    show_results,
    show_test,
    show_tests,
    show_watches,
    status_json,
    test_json,
)
from studio.cli.traffic import show_left_out, traffic

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Find out which image of a product sells: create, start, watch, promote, undo.

    Looking at results early and often is safe. While `packshot serve` runs it moves traffic and
    promotes winners by itself; without it, `packshot test advance` does the same when called.
    """,
)
app.command()(create)
app.command()(traffic)
app.command()(preview)

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept in the audit trail.")]


@app.command("list")
def list_tests(as_json: AsJson = False) -> None:
    """List all tests, newest first."""
    show_tests(shell().tests.all(), as_json=as_json)


@app.command()
def start(test: TestId, as_json: AsJson = False) -> None:
    """Start a draft: traffic is split evenly from now on."""
    show_test(shell().tests.start(test, who=who()), as_json=as_json)


@app.command()
def status(
    test: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The test's id; none lists all tests.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show where a test stands: its images, their traffic, segments, promotions and verdict.

    While it runs: about how many days more. After a promotion: how the winner fares against the
    holdout, and whether to take it back is proposed.
    """
    if test is None:
        list_tests(as_json=as_json)
        return
    found = shell().tests.results(test)
    if as_json:
        print_json(status_json(found))
        return
    show_test(found.test, as_json=False)
    show_results(found)


@app.command()
def results(test: TestId, as_json: AsJson = False) -> None:
    """Say what the counts mean now: a table, the verdict, and each condition of a promotion.

    P(best) is the probability that no other image is better; the expected loss is the share of its
    rate that choosing an image now would give up on average. Lifts are shrunken: the raw lift of
    whichever image leads promises too much.
    """
    found = shell().tests.results(test)
    if as_json:
        from studio.api.schemas.results import ResultsOut

        print_json(ResultsOut.of(found).model_dump(mode="json"))
    elif found.analysis is None:
        out.print(f"nothing is counted yet; packshot test start {test}")
    else:
        days = found.analysis.health.days
        out.print(f"test {test} on {found.test.item}: {days:.1f} days counted", markup=False)
        show_analysis(found.analysis)
        show_left_out(found.left_out, test=test)
        show_watches(found.watches)
        show_freshness(found)


@app.command()
def stop(test: TestId, reason: Reason = "", as_json: AsJson = False) -> None:
    """End a test without a winner: the feed goes back to the default image."""
    show_test(shell().tests.stop(test, who=who(), reason=reason), as_json=as_json)


@app.command()
def promote(
    test: TestId,
    variant: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Promote this one by hand; needs --reason."),
    ] = None,
    segment: Annotated[
        str | None, typer.Option(metavar="NAME", help="For this segment only; default: for all.")
    ] = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Put a winner to work: what the verdict names, or by hand any variant with a reason."""
    promoted = shell().tests.promote(
        test, who=who(), variant=variant, segment=segment, reason=reason
    )
    show_test(promoted, as_json=as_json)


@app.command()
def rollback(
    test: TestId,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept in the audit trail.")],
    as_json: AsJson = False,
) -> None:
    """Undo all promotions of a test: the feed goes back to the default image."""
    show_test(shell().tests.rollback(test, who=who(), reason=reason), as_json=as_json)


@app.command()
def drop(
    test: TestId,
    variant: Annotated[str, typer.Argument(help="The variant to take out.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Take a variant out of a test; its shoppers move to the others, and nobody else moves."""
    changed = shell().tests.drop_variant(test, variant, who=who(), reason=reason)
    show_test(changed, as_json=as_json)


@app.command()
def advance(
    test: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]", help="Close this test's period now; none: all that are due."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Close periods that have lasted their time: promote what a verdict names, move the traffic.

    `packshot serve` does this by itself.
    """
    tests = shell().tests
    changed = tests.advance_due(who=who()) if test is None else (tests.advance(test, who=who()),)
    if as_json:
        print_json([test_json(one) for one in changed])
        return
    for one in changed:
        show_test(one, as_json=False)
    if not changed:
        out.print("no test is due; name one to close its period before its time")


@app.command()
def audit(test: TestId, as_json: AsJson = False) -> None:
    """Show who did what to a test, when and why; --json adds the numbers it rested on."""
    entries = shell().tests.audit(test)
    if not as_json:
        show_audit(entries)
        return
    print_json(
        [
            {"at": moment(one.at_s), "at_s": one.at_s, "who": one.who, "action": one.action,
             "detail": dict(one.detail)}
            for one in entries
        ]
    )  # fmt: skip


app.command("analyse")(analysis.analyse_file)
app.command()(simulation.simulate)
app.command()(plan.plan)
app.command()(suggest.suggest)
