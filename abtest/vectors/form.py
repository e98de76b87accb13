"""How the vectors are written: one a line, so that a change shows as what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def written(lists: Mapping[str, Sequence[object]]) -> str:
    """An object of lists as JSON, each entry on a line of its own.

    Examples
    --------
    >>> print(written({"layers": [{"bucket": 7}, {"bucket": 8}]}), end="")
    {
    "layers": [
    {"bucket": 7},
    {"bucket": 8}
    ]
    }
    """
    parts = []
    for name, entries in lists.items():
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
        parts.append(f"{json.dumps(name)}: [\n{lines}\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"
