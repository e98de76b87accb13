"""Cutouts against exact alpha: ours beside rembg with the same weights, in the same run.

    python -m tests.benchmarks.matting [--photos DIR ...] [--set DIR ...] [--json FILE]

Pictures are the bundled samples, in each ``--photos`` folder every ``NAME_scene.png`` with its
``NAME_cutout.png`` and every ``NAME.png`` with its ``NAME_alpha_gt.png``, and every ``--set`` that
``python -m pipelines.render matting-set`` made. With ``--json`` each row is kept as it is done, and
what is kept is not measured again unless ``--again`` names its method. ``--strips`` draws each cutout
that is measured: photo, truth, cutout, error.
"""

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.matting.measure import Row, measure
from tests.benchmarks.matting.methods import GLASS, method_names
from tests.benchmarks.matting.pictures import Picture, pictures
from tests.benchmarks.matting.results import load_rows, save_rows
from tests.benchmarks.matting.tables import by_trait, goals, markdown, means, worst

ROOT = Path(__file__).parents[3]


def main(argv: list[str] | None = None) -> int:
    """Measure what is asked and print the tables; returns the exit code."""
    asked = _arguments(argv)
    chosen = asked.methods or list(method_names())
    if unknown := sorted({*chosen, *asked.again} - set(method_names())):
        there = ", ".join(method_names())
        print(f"no method {', '.join(unknown)}; there are: {there}", file=sys.stderr)
        return 2
    found = pictures(photos=asked.photos, sets=asked.set)[: asked.limit]
    kept = load_rows(asked.json) if asked.json else []
    rows = [row for row in kept if row.method not in asked.again]
    if asked.strips is not None:
        asked.strips.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        rows = _run(name, found, rows, keep=asked.json, strips=asked.strips)
    names = {picture.name for picture in found}
    _print_tables([row for row in rows if row.method in chosen and row.picture in names])
    return 0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.matting", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--photos", type=Path, nargs="+", default=[], metavar="DIR")
    parser.add_argument("--set", type=Path, nargs="+", default=[], metavar="DIR")
    parser.add_argument("--methods", nargs="+", metavar="NAME", help=", ".join(method_names()))
    parser.add_argument("--again", nargs="+", default=[], metavar="NAME", help="measure anew")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N pictures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep and reuse rows")
    parser.add_argument("--strips", type=Path, metavar="DIR", help="draw what is measured")
    return parser.parse_args(argv)


def _run(
    name: str, found: list[Picture], rows: list[Row], *, keep: Path | None, strips: Path | None
) -> list[Row]:
    """Add the rows that are missing of one method."""
    done = {row.picture for row in rows if row.method == name}
    asked = [picture for picture in found if not (name == GLASS and picture.opaque)]
    missing = [picture for picture in asked if picture.name not in done]
    for row in measure(name, missing, strips=strips) if missing else ():
        rows = [*rows, row]
        if keep is not None:
            save_rows(keep, rows, machine=_machine())
        print(f"{name:30} {row.picture:32} IoU {row.scores.iou:.4f}  MAE {row.scores.mae:.4f}  "
              f"{row.seconds:.2f} s", flush=True)  # fmt: skip
    return rows


def _machine() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=False,
                            capture_output=True, text=True).stdout.strip()  # fmt: skip
    return f"{platform.machine()}, {os.cpu_count()} cores, commit {commit}"


def _print_tables(rows: list[Row]) -> None:
    print(f"\n{_machine()}")
    opaque = means(rows, opaque=True)
    if opaque:
        print(f"\nOpaque products, {opaque[0].pictures} pictures\n\n{markdown(opaque)}\n")
        print("\n".join(goals(opaque)))
    for one in opaque:
        listed = (f"{row.picture} {row.scores.iou:.3f}" for row in worst(rows, one.method))
        print(f"worst of {one.method}: {', '.join(listed)}")
    glass = means(rows, opaque=False)
    if glass:
        print(f"\nClear glass, {glass[0].pictures} pictures\n\n{markdown(glass)}")
    if traits := by_trait(rows):
        print(f"\nMean IoU by what makes a picture hard\n\n{traits}")


if __name__ == "__main__":
    raise SystemExit(main())
