"""Images a second, photo file to finished file: ours beside `rembg p` with the same weights.

    python -m venv peer && peer/bin/pip install 'rembg[cpu,cli]'
    python tests/benchmarks/packshots.py --rembg peer/bin/rembg [--photos DIR] [--count 40] [--side 2000]

The peer lives in an environment of its own, because its command pins other versions than ours. Without ``--photos``, photos are made from the bundled samples: enlarged, mirrored and cropped, so that
no two are alike. Every command runs as a user runs it, as a process of its own with its start-up in
the time, in turns, after one run on two photos that fills caches. Prints images a second, the ratio to
`rembg p`, and the peak resident memory, also for a quarter of the photos: a batch of any length must not need more.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pipelines import WeightStore

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a command took."""

    seconds: float
    peak_mb: float
    files: int


def make_photos(folder: Path, *, count: int, side: int) -> None:
    """Write photos that differ, `side` px long, as a phone would write them."""
    sources = sorted((ROOT / "studio" / "samples").glob("*/photo.webp"))
    random = np.random.default_rng(1)
    for number in range(count):
        with Image.open(sources[number % len(sources)]) as image:
            rgb = np.asarray(image.convert("RGB"))
        cut = random.integers(0, max(2, rgb.shape[0] // 40), size=4)
        rgb = rgb[cut[0] : rgb.shape[0] - cut[1], cut[2] : rgb.shape[1] - cut[3]]
        if number // len(sources) % 2:
            rgb = rgb[:, ::-1]
        scale = side / max(rgb.shape[:2])
        size = (round(rgb.shape[1] * scale), round(rgb.shape[0] * scale))
        large = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_CUBIC)
        Image.fromarray(large).save(folder / f"photo-{number:03}.jpg", quality=92)


def timed(command: Sequence[str], *, environment: dict[str, str], made: Path) -> Run:
    """Run a command to its end and measure the process and its children."""
    began_s = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command], env=os.environ | environment, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - began_s
    code, peak_kb = (int(word) for word in done.stdout.split())
    if code not in (0, 1):  # 1: a check failed on some image; all were made
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    files = sum(1 for one in made.rglob("*") if one.suffix in {".png", ".jpg"} and not
                any(part.startswith(".") for part in one.relative_to(made).parts))  # fmt: skip
    return Run(seconds=seconds, peak_mb=peak_kb / 1024, files=files)


_MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def methods(
    weights: WeightStore, rembg: Path, scratch: Path
) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Every command by its name, and the environment that it needs; IN and OUT stand for folders."""
    peer_home = scratch / "rembg"
    peer_home.mkdir()
    shutil.copy(weights.path("u2netp"), peer_home / "u2netp.onnx")
    ours = {"PACKSHOT_MODELS_DIR": str(weights.folder)}
    packshot = str(BIN / "packshot")
    return {
        "rembg p": (
            [str(rembg.absolute()), "p", "-m", "u2netp", "IN", "OUT"],
            {"U2NET_HOME": str(peer_home)},
        ),
        "packshot cutout": ([packshot, "cutout", "IN", "--out", "OUT", "--quality", "fast"], ours),
        "packshot white": (
            [packshot, "white", "IN", "--out", "OUT", "--quality", "fast", "--shadow", "contact"],
            ours,
        ),
    }


def main() -> None:
    """Run in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rembg", type=Path, required=True, help="The peer's command.")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--side", type=int, default=2000)
    options = parser.parse_args()
    folder = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=False,
                            capture_output=True, text=True).stdout.strip()  # fmt: skip
    print(f"{platform.machine()}, {os.cpu_count()} cores, commit {commit}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        photos = scratch / "photos"
        photos.mkdir()
        if options.photos:
            for photo in sorted(options.photos.iterdir())[: options.count]:
                shutil.copy(photo, photos)
        else:
            make_photos(photos, count=options.count, side=options.side)
        _table(photos, scratch, methods(WeightStore(folder), options.rembg, scratch))


def _table(
    photos: Path, scratch: Path, commands: dict[str, tuple[list[str], dict[str, str]]]
) -> None:
    every = sorted(photos.iterdir())
    peer: float | None = None
    print(f"| {'command':16} | images | seconds | images/s | ratio | peak MB | MB at a quarter |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for label, (command, environment) in commands.items():
        runs = {}
        for size in (2, max(3, len(every) // 4), len(every)):
            given, made, home = (
                scratch / f"{label}-{size}-{what}" for what in ("in", "out", "home")
            )
            given.mkdir()
            made.mkdir()
            for photo in every[:size]:
                (given / photo.name).hardlink_to(photo)
            words = [{"IN": str(given), "OUT": str(made)}.get(word, word) for word in command]
            own = environment | {"PACKSHOT_HOME": str(home)}
            runs[size] = timed(words, environment=own, made=made)
            if runs[size].files < size:
                raise SystemExit(f"{label} made {runs[size].files} of {size} images")
            shutil.rmtree(home, ignore_errors=True)
            shutil.rmtree(made)
        quarter, full = list(runs.values())[-2:]
        rate = len(every) / full.seconds
        peer = peer or rate
        print(
            f"| {label:16} | {len(every)} | {full.seconds:.1f} | {rate:.2f} | {rate / peer:.2f} | "
            f"{full.peak_mb:.0f} | {quarter.peak_mb:.0f} |", flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
