"""The index of a training set: one JSON line for each set, appended when its files are all there.

A run that was cut off leaves at most one half-written line and one unfinished folder; both are
dropped when the next run opens the index.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.render.lights import Sun
from pipelines.render.variations.recipe import Variation
from pipelines.render.variations.words import describe

INDEX_FILE = "index.jsonl"
SHARD = 1000
"""Sets in one folder: file systems and people dislike folders of a hundred thousand."""
FILES = {
    "picture": "picture.png",
    "depth": "depth.png",
    "normals": "normals.png",
    "key": "key.png",
    "ambient": "ambient.png",
    "surface": "surface.png",
}


def folder_of(number: int) -> Path:
    """Where a set's files lie inside the training set's folder."""
    return Path(f"shard-{number // SHARD:04d}") / f"{number:06d}"


def entry(variation: Variation, *, measured: dict[str, float]) -> dict[str, Any]:
    """The line of one set: what was drawn, what was measured, and both descriptions."""
    words = describe(variation)
    drawn = asdict(variation)
    drawn["key"]["kind"] = "sun" if isinstance(variation.key, Sun) else "softbox"
    return {
        "number": variation.number,
        "seed": variation.seed,
        "folder": folder_of(variation.number).as_posix(),
        "files": FILES,
        "en": words.en,
        "zh": words.zh,
        **measured,
        "parameters": {k: v for k, v in drawn.items() if k not in ("number", "seed")},
    }


def finished(root: Path, *, seed: int, size_px: int) -> set[int]:
    """Numbers that the index already holds; cuts off a line that was never completed.

    Raises
    ------
    ValueError
        The folder holds sets of another seed or size: their numbers would mean other sets.
    """
    path = root / INDEX_FILE
    if not path.exists():
        return set()
    whole, numbers = 0, set()
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        one = json.loads(line)
        drawn_px = one["parameters"]["camera"]["width_px"]
        if (one["seed"], drawn_px) != (seed, size_px):
            raise ValueError(f"{root} holds sets of seed {one['seed']} at {drawn_px} px")
        numbers.add(int(one["number"]))
        whole += len(line)
    os.truncate(path, whole)
    return numbers


def append(root: Path, line: dict[str, Any]) -> None:
    """Add one line and wait until the disk has it."""
    with (root / INDEX_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
