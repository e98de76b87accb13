r"""Renders what the package ships: scene plates and sample products.

Blender comes as a Python module and needs an environment of its own (Python 3.11, 0.8 GB)::

    python3.11 -m venv render-venv
    render-venv/bin/pip install -e . bpy==5.0.1 "numpy<2" "opencv-python-headless<4.12"
    apt-get install libx11-6 libxi6 libxrender1 libxfixes3 libxkbcommon0 libsm6 libgl1 \
        fonts-inter fonts-liberation

Then, from the repository's root::

    render-venv/bin/python -m pipelines.render plate raw-wood            # one template, final
    render-venv/bin/python -m pipelines.render plate raw-wood --preview  # small and noisy
    render-venv/bin/python -m pipelines.render plates [--force]          # all that are missing
    render-venv/bin/python -m pipelines.render truth raw-wood --out DIR  # a bottle on the set
    render-venv/bin/python -m pipelines.render product NAME
    render-venv/bin/python -m pipelines.render products
    render-venv/bin/python -m pipelines.render matting-set --out DIR     # to measure cutouts by
    render-venv/bin/python -m pipelines.render variations --out DIR --count 1000   # to train on

A final plate takes two to four minutes on two cores. Blender is licensed under the GPL: it makes
the pictures, and the product neither imports nor ships it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TEMPLATES = Path(__file__).parents[1] / "templates"
PREVIEWS = Path(tempfile.gettempdir()) / "plate-previews"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    asked = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = asked.run
    return run(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipelines.render", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True)
    plate = commands.add_parser("plate", help="render one scene template")
    plate.add_argument("name")
    plate.add_argument(
        "--preview", action="store_true", help="small and noisy, to a scratch folder"
    )
    plate.add_argument("--size", type=int, default=384, metavar="PX", help="of the preview")
    plate.set_defaults(run=lambda a: _plate(a.name, preview=a.preview, size_px=a.size))
    plates = commands.add_parser("plates", help="render all scene templates that are missing")
    plates.add_argument("--force", action="store_true", help="render those that exist, too")
    plates.set_defaults(run=lambda a: _plates(force=a.force))
    truth = commands.add_parser("truth", help="a bottle on a template's set, for comparisons")
    truth.add_argument("name")
    truth.add_argument("--out", type=Path, required=True, metavar="DIR")
    truth.set_defaults(run=lambda a: _truth(a.name, a.out))
    product = commands.add_parser("product", help="render one sample product")
    product.add_argument("name")
    product.add_argument("--preview", action="store_true")
    product.set_defaults(
        run=lambda a: _products(["product", a.name, *(["--preview"] if a.preview else [])])
    )
    products = commands.add_parser("products", help="render all sample products")
    products.add_argument("--force", action="store_true")
    products.set_defaults(run=lambda a: _products(["products", *(["--force"] if a.force else [])]))
    matting_set = commands.add_parser("matting-set", help="products in rooms with exact alpha")
    matting_set.add_argument("--out", type=Path, required=True, metavar="DIR")
    matting_set.add_argument("--products", type=int, metavar="N", help="only the first N")
    matting_set.add_argument("--size", type=int, default=900, metavar="PX")
    matting_set.set_defaults(run=lambda a: _matting_set(a.out, products=a.products, size_px=a.size))
    variations = commands.add_parser(
        "variations", help="small varied sets with depth, normals, light layers and descriptions"
    )
    variations.add_argument("--out", type=Path, required=True, metavar="DIR")
    variations.add_argument("--count", type=int, default=1000, metavar="N", help="sets in all")
    variations.add_argument("--size", type=int, default=256, metavar="PX")
    variations.add_argument("--seed", type=int, default=1, metavar="N")
    variations.set_defaults(run=lambda a: _variations(a.out, a.count, seed=a.seed, size_px=a.size))
    return parser


def _plate(name: str, *, preview: bool, size_px: int) -> int:
    from pipelines.render.plates.catalogue import load_plate, plate_names
    from pipelines.render.plates.produce import preview_plate, produce_plate

    try:
        plate = load_plate(name)
    except KeyError:
        print(f"no plate named {name}; there are: {', '.join(plate_names())}", file=sys.stderr)
        return 2
    started = time.monotonic()
    path = PREVIEWS / f"{name}.png" if preview else TEMPLATES / name
    if preview:
        preview_plate(plate, path, size_px=size_px)
    else:
        produce_plate(plate, path)
    print(f"{path} in {time.monotonic() - started:.0f} s")
    return 0


def _plates(*, force: bool) -> int:
    from pipelines.render.plates.catalogue import plate_names

    for name in plate_names():
        if force or not (TEMPLATES / name / "template.toml").exists():
            _plate(name, preview=False, size_px=0)
    return 0


def _truth(name: str, folder: Path) -> int:
    from pipelines.render.plates.catalogue import load_plate
    from pipelines.render.plates.truth import render_truth

    render_truth(load_plate(name), folder)
    print(folder)
    return 0


def _matting_set(folder: Path, *, products: int | None, size_px: int) -> int:
    from pipelines.render.products.matting_set.produce import produce_set

    produce_set(folder, products=products, size_px=size_px)
    print(folder)
    return 0


def _variations(folder: Path, count: int, *, seed: int, size_px: int) -> int:
    from pipelines.render.variations.write import write_variations

    seconds: list[float] = []
    try:
        for one in write_variations(folder, count=count, seed=seed, size_px=size_px):
            seconds.append(one)
            print(f"{len(seconds)} written, {sum(seconds) / len(seconds):.1f} s each", flush=True)
    except ValueError as fault:
        print(fault, file=sys.stderr)
        return 2
    print(folder)
    return 0


def _products(arguments: list[str]) -> int:
    from pipelines.render.products.__main__ import main as products_main

    return products_main(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
