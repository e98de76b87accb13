"""Reports on the terminal: each check with its value, its limit, and what to do."""

from rich.markup import escape
from rich.table import Table

import pipelines
from studio.cli.console import out

_STYLE = {"pass": "green", "fail": "red", "note": "dim"}


def show_report(subject: str, report: pipelines.Report) -> None:
    """Print what was checked on a file or a folder."""
    verdict = "[green]passes[/green]" if report.passed else "[red]fails[/red]"
    out.print(f"[bold]{escape(subject)}[/bold]  {verdict}")
    table = Table(box=None, pad_edge=False, show_header=False)
    for one in report.checks:
        table.add_row(f"  [{_STYLE[one.outcome]}]{one.outcome}[/]", one.name, escape(one.value),
                      escape(one.limit), escape(one.fix))  # fmt: skip
    out.print(table)
