"""Which images may go into a test: none that failed a check, unless somebody says so."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import assets
from studio.services.errors import VariantFailed
from studio.services.export import REPORT, read_report


def refuse_failed_asset(record: assets.AssetRecord, *, variant: str) -> None:
    """Refuse an image that no recipe made without a failed check; photos from outside may go in.

    Raises
    ------
    VariantFailed
    """
    reports = [dict(one.report) for one in record.derivations]
    if reports and not any(one.get("passed", True) for one in reports):
        raise VariantFailed(variant=variant, checks=_failed(reports[-1]))


def refuse_failed_file(image: Path, *, variant: str) -> None:
    """Refuse a file beside which lies the report of its own failure.

    Raises
    ------
    VariantFailed
    """
    report = read_report(image.with_name(image.stem + REPORT))
    if report is None or report.get("file") != image.name or report.get("passed", True):
        return
    raise VariantFailed(variant=variant, checks=_failed(report))


def _failed(report: Mapping[str, Any]) -> Iterable[str]:
    return [str(one["name"]) for one in report.get("checks", []) if one.get("outcome") == "fail"]
