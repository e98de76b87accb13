"""``packshot check``: any image against a marketplace's rules."""

from pathlib import Path
from typing import Annotated

import typer

import pipelines
from studio.bootstrap.libraries import preset_registry
from studio.cli.console import complain, print_json
from studio.cli.context import settings
from studio.cli.inputs import find_inputs, read_input
from studio.cli.reports import show_report
from studio.services.errors import InputMissing


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(check)


def check(
    images: Annotated[list[Path], typer.Argument(help="Images, or folders of images.")],
    spec: Annotated[str, typer.Option(help="Preset, such as amazon-main or taobao-white.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Measure images against a marketplace's rules: value, limit, pass or fail for each.

    Exit code 1 if any image fails or cannot be read.
    """
    rules = preset_registry(settings()).get(spec)
    reports: dict[str, pipelines.Report] = {}
    failed = False
    for path in find_inputs(images):
        try:
            reports[str(path)] = pipelines.check_file(read_input(path), rules, name=path.name)
        except (pipelines.ImageRefused, InputMissing) as fault:
            complain(str(fault))
            failed = True
    failed = failed or not all(report.passed for report in reports.values())
    if as_json:
        print_json({path: report.to_json() for path, report in reports.items()})
    else:
        for name, report in reports.items():
            show_report(name, report)
    raise typer.Exit(1 if failed else 0)
