"""What an analysis found, for a person: a table, the verdict in a sentence, each condition."""

from __future__ import annotations

from typing import Final, assert_never

from rich.markup import escape
from rich.table import Table

from abtest import Analysis, GroupAnalysis, Metric, VariantAnalysis, Verdict, VerdictKind
from abtest.health import Severity
from studio.cli.console import out, print_table
from studio.web.wording import probability

_COUNTED: Final[dict[Metric, str]] = {
    "click_rate": "clicks",
    "conversion_rate": "conversions",
    "conversion_per_click": "conversions",
    "value_per_impression": "conversions",
}
PER: Final = 100
"""Impressions that money is told for: of one it is a fraction of a cent."""

_SEVERITIES: Final[dict[Severity, str]] = {"invalid": "red", "warning": "yellow", "info": "dim"}


def show_analysis(analysis: Analysis) -> None:
    """Print the whole test with each condition of its verdict, then each segment."""
    _show_group("overall", analysis.overall, analysis)
    for condition in analysis.overall.verdict.conditions:
        mark = "[green]met [/green]" if condition.passed else "[yellow]open[/yellow]"
        missing = f" Missing: {condition.missing}." if condition.missing else ""
        out.print(f"  {mark}  {escape(condition.text + missing)}")
    show_health(analysis)
    for name, group in analysis.segments.items():
        out.print()
        _show_group(f"segment {name}", group, analysis)


def show_health(analysis: Analysis) -> None:
    """Print what should be known about the numbers, the gravest first."""
    for severity, colour in _SEVERITIES.items():
        for finding in analysis.health.findings:
            if finding.severity == severity:
                out.print(f"  [{colour}]{severity}[/{colour}]  {escape(finding.text)}")


def verdict_sentence(verdict: Verdict) -> str:
    """The verdict in one sentence."""
    match verdict.kind:
        case VerdictKind.KEEP_RUNNING:
            missing = len(verdict.missing)
            are = "is" if missing == 1 else "are"
            open_ones = f"{missing} of {len(verdict.conditions)} conditions {are} open."
            ahead = "" if verdict.outlook is None else f" {verdict.outlook.text}"
            return f"Keep running: {open_ones}{ahead}"
        case VerdictKind.PROMOTE:
            return f"Promote {verdict.variant}: every condition is met."
        case VerdictKind.NO_DIFFERENCE:
            return (
                "No difference worth having: stop, and keep whichever leading image you like. "
                + " ".join(verdict.reasons)
            )
        case VerdictKind.INVALID:
            return "Invalid: the numbers cannot be trusted. " + " ".join(verdict.reasons)
        case _:
            assert_never(verdict.kind)


def amount(value: float, metric: Metric) -> str:
    """A rate in percent; money as that of a hundred impressions.

    >>> amount(0.0213, "click_rate"), amount(0.31337, "value_per_impression")
    ('2.13%', '31.34')
    """
    if metric != "value_per_impression":
        return f"{value:.2%}"
    per = value * PER
    return f"{per:,.2f}" if abs(per) >= 1 or per == 0 else f"{per:#.3g}"


def _show_group(title: str, group: GroupAnalysis, analysis: Analysis) -> None:
    if not any(variant.impressions for variant in group.variants):
        out.print(f"[bold]{escape(title)}[/bold]: nothing counted yet")
        return
    better = ": lower is better" if analysis.direction == "lower" else ""
    out.print(f"[bold]{escape(title)}[/bold]{better}")
    table = Table(box=None, pad_edge=False)
    rate = f"value per {PER}" if analysis.metric == "value_per_impression" else "rate"
    for heading in ("variant", "shown", _COUNTED[analysis.metric], rate, "estimate (95% interval)",
                    "P(best)", "lift over control", "expected loss"):  # fmt: skip
        table.add_column(heading, justify="left" if heading == "variant" else "right", no_wrap=True)
    for variant in group.variants:
        table.add_row(*_cells(variant, analysis))
    print_table(table)
    out.print(escape(verdict_sentence(group.verdict)))


def _cells(variant: VariantAnalysis, analysis: Analysis) -> tuple[str, ...]:
    metric = analysis.metric
    low, high = (amount(end, metric) for end in variant.credible_interval)
    return (
        escape(variant.variant),
        f"{variant.impressions:,}",
        f"{variant.successes:,}",
        "-" if variant.rate is None else amount(variant.rate, metric),
        # The interval is that of the estimate: what was counted may lie outside.
        f"{amount(variant.mean, metric)} ({low} to {high})",
        probability(variant.prob_best),
        "control" if variant.variant == analysis.control else _lift(variant),
        _small(variant.expected_loss / variant.mean) if variant.mean else "-",
    )


def _small(share: float) -> str:
    return "<0.01%" if 0.0 < share < 1e-4 else f"{share:.2%}"


def _lift(variant: VariantAnalysis) -> str:
    if variant.lift is None:
        return "-"
    low, high = variant.lift.interval
    return f"{variant.lift.shrunken:+.1%} ({low:+.1%} to {high:+.1%})"
