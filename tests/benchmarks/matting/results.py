"""Rows kept in a file between runs, so that a long measurement resumes where it stopped."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks.matting.measure import Row
from tests.benchmarks.matting.metrics import Scores

_SCHEMA = 1


def load_rows(path: Path) -> list[Row]:
    """Rows of an earlier run; none where there is no file.

    Raises
    ------
        ValueError: the file holds something else
    """
    if not path.exists():
        return []
    record = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(record, dict) or record.get("schema") != _SCHEMA:
        raise ValueError(f"{path} holds no results of schema {_SCHEMA}")
    return [_row(one) for one in record["rows"]]


def _row(record: dict[str, Any]) -> Row:
    nested = {"traits": tuple(record["traits"]), "scores": Scores(**record["scores"])}
    return Row(**(record | nested))


def save_rows(path: Path, rows: Sequence[Row], *, machine: str) -> None:
    """Replace the file at once."""
    record = {"schema": _SCHEMA, "machine": machine, "rows": [asdict(row) for row in rows]}
    scratch = path.with_name(f"{path.name}.part")
    scratch.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)
