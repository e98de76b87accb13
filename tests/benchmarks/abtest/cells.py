"""Cells of a study: each is run once, and kept in a file, so that a long study can be resumed."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

Found = dict[str, Any]


def run_cells(
    cells: Iterable[Mapping[str, object]], measure: Callable[..., Found], *, kept: Path | None
) -> list[Found]:
    """What `measure` finds of each cell, called with the cell's own values.

    Parameters
    ----------
        kept : a file of JSON lines; cells in it are not run again
    """
    known = {}
    if kept is not None and kept.exists():
        lines = (json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines())
        known = {json.dumps(line["cell"]): line for line in lines}
    rows = []
    for cell in cells:
        key = json.dumps(cell)
        if key not in known:
            started = time.process_time()
            known[key] = {"cell": cell, **measure(**cell)}
            known[key]["cpu_s"] = round(time.process_time() - started, 1)
            if kept is not None:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(known[key]) + "\n")
        rows.append(known[key])
    return rows


def share(count: float, of: int) -> str:
    """A share with its standard error, in percent; the error of none of n is told as one of n."""
    p = count / of
    steady = min(max(p, 1 / of), 1 - 1 / of)
    return f"{100 * p:.1f} ± {100 * math.sqrt(steady * (1 - steady) / of):.1f}"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
