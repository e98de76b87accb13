"""Large models on a graphics card: stock diffusers beside ours, and many jobs over two models.

    python -m tests.benchmarks.gpu [--models sdxl-inpaint z-image-inpaint] [--parts speed mixed memory]
                                   [--out FILE.json] [--table FILE.md] [--repeat 3] [--jobs 200]
    python -m tests.benchmarks.gpu --tiny            the same on a processor, with tiny models, in a minute
    python -m tests.benchmarks.gpu --unmeasured      the tables before any card was at hand

Architectures are as large as the real ones, their weights random: nothing is downloaded, and speed
and memory are the same. Text is read in both. ``speed`` paints pictures of the profile's first bucket
in its own number of steps: stock one at a time, as the model's page shows it, ours in batches of 1, 4
and 8, and once with lossy switches. ``mixed`` runs small recipes over two models, with room for one
of them, by the product's own queue, workers and batches. ``memory`` asks for more than the card holds.

On a card, the first run of each model and batch compiles: allow ten minutes for a model.
"""

import argparse
import sys
from pathlib import Path

from tests.benchmarks.gpu import mixed
from tests.benchmarks.gpu.architectures import Architecture, full_size, names, small
from tests.benchmarks.gpu.device import default_device, empty, label
from tests.benchmarks.gpu.memory import GOAL, WHAT, refused_batch
from tests.benchmarks.gpu.rows import Fact, Results, SpeedRow, unmeasured
from tests.benchmarks.gpu.speed import BATCHES, speed_rows, ways

_PARTS = ("speed", "mixed", "memory")
_TIGHT = 1
"""Pictures that fit at once where memory is made tight."""


def main(argv: list[str] | None = None) -> int:
    """Measure what is asked and print the tables; returns the exit code."""
    asked = _arguments(argv)
    if asked.unmeasured:
        rows = [row for name in asked.models for row in ways(name)]
        print(unmeasured(rows, [*mixed.GOALS, (WHAT, GOAL)]))
        return 0
    device = "cpu" if asked.tiny else default_device()
    if device == "cpu" and not asked.tiny:
        print("no CUDA card here; --tiny runs the same with tiny models", file=sys.stderr)
        return 2
    models = {name: small(name) if asked.tiny else full_size(name) for name in asked.models}
    speed = _speed(models, device=device, asked=asked) if "speed" in asked.parts else ()
    facts = _facts(models, device=device, asked=asked)
    where = f"{label(device)}{', tiny models' if asked.tiny else ''}"
    results = Results(label=where, speed=tuple(speed), facts=tuple(facts))
    if asked.out is not None:
        results.save(asked.out)
    if asked.table is not None:
        asked.table.write_text(results.markdown(), encoding="utf-8")
    print(f"\n{results.markdown()}")
    return 0


def _speed(
    models: dict[str, Architecture], *, device: str, asked: argparse.Namespace
) -> list[SpeedRow]:
    rows: list[SpeedRow] = []
    for name, architecture in models.items():
        for row in speed_rows(
            name, architecture, device=device, repeat=asked.repeat, batches=asked.batches
        ):
            print("  ".join(row.cells()), flush=True)
            rows.append(row)
        empty(device)
    return rows


def _facts(
    models: dict[str, Architecture], *, device: str, asked: argparse.Namespace
) -> list[Fact]:
    found: list[Fact] = []
    if "mixed" in asked.parts:
        found += mixed.facts(models, jobs=asked.jobs, device=device, room_for=_TIGHT)
        empty(device)
    if "memory" in asked.parts and device != "cpu":
        found.append(refused_batch(next(iter(models.values())), device=device))
    for one in found:
        state = "reached" if one.reached else "missed"
        print(f"{state}: {one.what}: {one.measured}", flush=True)
    return found


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gpu", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--models", nargs="+", default=list(names()), choices=names())
    parser.add_argument("--parts", nargs="+", default=list(_PARTS), choices=_PARTS)
    parser.add_argument("--tiny", action="store_true", help="tiny models, on the processor")
    parser.add_argument("--unmeasured", action="store_true", help="print the tables unfilled")
    parser.add_argument("--repeat", type=int, metavar="N", help="runs besides the first: 3, tiny 1")
    parser.add_argument("--batches", type=int, nargs="+", default=list(BATCHES), metavar="N")
    parser.add_argument("--jobs", type=int, metavar="N", help="of the mixed batch: 200, tiny 40")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the numbers as JSON")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the tables")
    asked = parser.parse_args(argv)
    usual_repeat, usual_jobs = (1, 40) if asked.tiny else (3, 200)
    asked.repeat = usual_repeat if asked.repeat is None else asked.repeat
    asked.jobs = usual_jobs if asked.jobs is None else asked.jobs
    return asked


if __name__ == "__main__":
    raise SystemExit(main())
