"""Command line of the sample products; reached through ``python -m pipelines.render``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from pipelines.render.products.catalogue import load_sample, sample_names
from pipelines.render.products.shoot import preview_cutout, preview_sample, produce_sample

SAMPLES = Path(__file__).parents[3] / "studio" / "samples"
PREVIEWS = Path(tempfile.gettempdir()) / "sample-previews"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipelines.render")
    commands = parser.add_subparsers(dest="command", required=True)
    product = commands.add_parser("product", help="render one sample product")
    product.add_argument("name")
    product.add_argument("--preview", action="store_true", help="small and noisy, to scratch")
    product.add_argument("--cutout", action="store_true", help="preview the cutout instead")
    product.add_argument("--size", type=int, default=384, metavar="PX", help="of the preview")
    products = commands.add_parser("products", help="render all sample products that are missing")
    products.add_argument("--force", action="store_true", help="render those that exist, too")
    asked = parser.parse_args(argv)
    if asked.command == "products":
        return _all(force=asked.force)
    if asked.name not in sample_names():
        print(f"no product {asked.name}; there are: {', '.join(sample_names())}", file=sys.stderr)
        return 2
    sample = load_sample(asked.name)
    started = time.monotonic()
    path = PREVIEWS / f"{asked.name}.png" if asked.preview else SAMPLES / asked.name
    if not asked.preview:
        produce_sample(sample, path)
    elif asked.cutout:
        preview_cutout(sample, path, size_px=asked.size)
    else:
        preview_sample(sample, path, size_px=asked.size)
    print(f"{path} in {time.monotonic() - started:.0f} s")
    return 0


def _all(*, force: bool) -> int:
    for name in sample_names():
        if force or not (SAMPLES / name / "sample.toml").exists():
            main(["product", name])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
