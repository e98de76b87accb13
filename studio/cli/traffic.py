"""``packshot test traffic``: who is left out of a test's statistics, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from studio.cli.console import out, print_json, print_table
from studio.cli.context import shell
from studio.cli.options import AsJson, TestId, who, wrong_usage
from studio.db.excluded import LeftOut
from studio.services.traffic import TrafficReport, UnitReport

_SHOWN = 20


def traffic(
    test: TestId,
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="UNIT", help="Leave this unit out, whatever the rules say."),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="UNIT", help="Let this unit count, whatever the rules say."),
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; it is kept in the audit trail.")
    ] = "",
    search: Annotated[
        bool, typer.Option("--search", help="Look for bots now; a server does every minute.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show who is left out of a test's statistics: bots, by what they did, and decisions by hand.

    No shopper sees an item 30 times in a minute, 60 in an hour or 100 in a day, clicks on nearly
    every impression or more than 20 times a day, comes by the clock, or is there for more than 20
    hours of a day. A unit that does, or that calls itself a known crawler, moves no counts from its
    first event on. Nothing is deleted: --include takes it back in, with all that it did.
    """
    both = set(exclude or ()) & set(include or ())
    if both:
        wrong_usage(f"{min(both)!r} is to be left out and to count")
    desk = shell().traffic
    if search:
        shell().events.counter.settle()
        shell().traffic_search.search()
    for unit in exclude or ():
        desk.exclude(test, unit, who=who(), why=reason)
    for unit in include or ():
        desk.include(test, unit, who=who(), why=reason)
    report = desk.report(test)
    if as_json:
        from studio.api.schemas.traffic import TrafficOut

        print_json(TrafficOut.of(report).model_dump(mode="json"))
        return
    _show(report)


def show_left_out(total: LeftOut, *, test: str) -> None:
    """Say how much is left out of the statistics, if anything is."""
    if total.units:
        out.print(
            f"  {_units(total)} with {total.impressions:,} impressions left out, such as bots: "
            f"packshot test traffic {test}",
            markup=False,
        )


def _units(total: LeftOut) -> str:
    return f"{total.units:,} {'unit' if total.units == 1 else 'units'}"


def _show(report: TrafficReport) -> None:
    total = report.left_out
    if not report.units:
        out.print("nobody is left out: no unit broke a rule, and none was named by hand")
        return
    out.print(
        f"{_units(total)} left out, with {total.impressions:,} impressions and "
        f"{total.clicks:,} clicks"
    )
    print_table(_table(report.units[:_SHOWN]))
    more = len(report.units) - _SHOWN
    if more > 0:
        out.print(f"and {more:,} more; --json shows all")


def _table(units: Iterable[UnitReport]) -> Table:
    table = Table("unit", "counts", "impressions", "clicks", "since", "by", "why")
    for unit in units:
        made = unit.decision
        since = datetime.fromtimestamp(made.at_s, UTC)
        table.add_row(
            escape(made.unit),
            "no" if made.excluded else "yes",
            f"{unit.impressions:,}",
            f"{unit.clicks:,}",
            f"{since:%Y-%m-%d %H:%M}",
            escape(made.who or "rules"),
            escape(made.why),
        )
    return table
