"""Images a second, photo file to finished file: ours beside `rembg p` with the same weights.

    python -m venv peer && peer/bin/pip install 'rembg[cpu,cli]'
    python tests/benchmarks/packshots.py --rembg peer/bin/rembg [--photos DIR] [--count 40] [--side 2000]
    python tests/benchmarks/packshots.py --profile --count 12 [--rembg peer/bin/rembg]

The peer lives in an environment of its own, because its command pins other versions than ours. Without ``--photos``, photos are made from the bundled samples: enlarged, mirrored and cropped, so that
no two are alike. Every command runs as a user runs it, as a process of its own with its start-up in
the time, in turns, after one run on two photos that fills caches, compiled networks among them. Prints images a second, the ratio to
`rembg p`, and the peak resident memory, also for a quarter of the photos: a batch of any length must not need more.

``--profile`` prints processor seconds an image instead, which hold on a machine that others use as well: each
stage of ``packshot white`` with one thread, then each whole command, its start-up taken off.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

import assets
from pipelines import Report, WeightStore
from pipelines.imaging.encode import MEDIA_TYPE, SUFFIX
from pipelines.produce import stages_of
from pipelines.stages.shot import Shot
from studio.bootstrap.shell import Shell, open_shell
from studio.services.export import export, make_folder
from studio.services.gallery import draw_result, draw_source
from studio.settings import Settings

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
_WHITE = {"quality": "fast", "shadow": "contact"}
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a command took."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as a user types it, and the environment that it needs; IN and OUT stand for folders."""

    words: tuple[str, ...]
    environment: Mapping[str, str]

    def run(self, photos: Sequence[Path], scratch: Path) -> Run:
        """Make images of photos in new folders, and measure the process and its children."""
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            given, made, home = (Path(name) / each for each in ("in", "out", "home"))
            given.mkdir()
            made.mkdir()
            for photo in photos:
                (given / photo.name).hardlink_to(photo)
            words = [{"IN": str(given), "OUT": str(made)}.get(word, word) for word in self.words]
            home.mkdir()  # new, or images would be found there; what was compiled is kept
            kept = scratch / "compiled"
            kept.mkdir(exist_ok=True)
            (home / "compiled").symlink_to(kept.absolute())
            own = os.environ | self.environment | {"PACKSHOT_HOME": str(home)}
            run = _timed(words, own)
            if (files := sum(1 for _ in _pictures(made))) < len(photos):
                raise SystemExit(f"{' '.join(words)} made {files} of {len(photos)} images")
        return run


def _timed(words: Sequence[str], environment: Mapping[str, str]) -> Run:
    began_s = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _MEASURE, *words], env=environment, check=True,
                          capture_output=True, text=True)  # fmt: skip
    seconds = time.perf_counter() - began_s
    code, peak_kb, cpu_seconds = done.stdout.split()
    if int(code) not in (0, 1):  # 1: a check failed on some image; all were made
        raise SystemExit(f"{' '.join(words)} ended with {code}")
    return Run(seconds=seconds, cpu_seconds=float(cpu_seconds), peak_mb=int(peak_kb) / 1024)


_MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


def _pictures(folder: Path) -> Iterator[Path]:
    """The results: what lies in hidden folders belongs to the gallery's page."""
    for one in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in one.relative_to(folder).parts)
        if one.suffix in {".png", ".jpg"} and not hidden:
            yield one


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


def commands(weights: WeightStore, rembg: Path | None, scratch: Path) -> dict[str, Command]:
    """Every command by its name, the peer first where it is given."""
    ours = {"PACKSHOT_MODELS_DIR": str(weights.folder)}
    packshot = str(BIN / "packshot")
    white = [packshot, "white", "IN", "--out", "OUT"]
    white += [word for name, value in _WHITE.items() for word in (f"--{name}", value)]
    found = {
        "packshot cutout": Command(
            words=(packshot, "cutout", "IN", "--out", "OUT", "--quality", "fast"), environment=ours
        ),
        "packshot white": Command(words=tuple(white), environment=ours),
    }
    if rembg is None:
        return found
    peer_home = scratch / "rembg"
    peer_home.mkdir()
    shutil.copy(weights.path("u2netp"), peer_home / "u2netp.onnx")
    peer = Command(
        words=(str(rembg.absolute()), "p", "-m", "u2netp", "IN", "OUT"),
        environment={"U2NET_HOME": str(peer_home)},
    )
    return {"rembg p": peer} | found


def print_rates(found: Mapping[str, Command], photos: Sequence[Path], scratch: Path) -> None:
    """Run in turns and print the table."""
    peer: float | None = None
    print(f"| {'command':16} | images | seconds | images/s | ratio | peak MB | MB at a quarter |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for label, command in found.items():
        command.run(photos[:2], scratch)
        quarter = command.run(photos[: max(3, len(photos) // 4)], scratch)
        full = command.run(photos, scratch)
        rate = len(photos) / full.seconds
        peer = peer or rate
        print(
            f"| {label:16} | {len(photos)} | {full.seconds:.1f} | {rate:.2f} | {rate / peer:.2f} | "
            f"{full.peak_mb:.0f} | {quarter.peak_mb:.0f} |", flush=True,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Processor seconds of this process, by what they were spent on."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Count the block under a name, less what blocks inside it count for themselves."""
        counted = sum(self.seconds.values())
        began_s = time.process_time()
        yield
        inside = sum(self.seconds.values()) - counted
        spent = time.process_time() - began_s - inside
        self.seconds[name] = self.seconds.get(name, 0.0) + spent


def print_stages(photos: Sequence[Path], weights: WeightStore, home: Path) -> None:
    """Walk the path of ``packshot white`` in this process, a step at a time, after a first photo."""
    cv2.setNumThreads(1)
    shell = open_shell(Settings(home=home, models_dir=weights.folder, workers=1))
    shell.images.executor(workers=os.cpu_count() or 1)  # so that a model gets one thread
    profile = Profile()
    for number, photo in enumerate(photos):
        _step_through(photo, Profile() if number == 0 else profile, shell, home / "out")
    each = {name: spent / (len(photos) - 1) for name, spent in profile.seconds.items()}
    print("| step | CPU s an image |\n|---|---|")
    print("\n".join(f"| {name} | {spent:.3f} |" for name, spent in each.items()))
    print(f"| **all** | {sum(each.values()):.3f} |", flush=True)


def _step_through(photo: Path, profile: Profile, shell: Shell, out: Path) -> None:
    images = shell.images
    make_folder(out)
    with profile.step("take the photo in"):
        data = photo.read_bytes()
        source = images.add_source(data).digest
        recipe = images.recipes.complete(kind="white", source=source, params=_WHITE)
    shot = Shot(recipe=recipe, name=photo.name, data=data)
    studio: Any = _CountingStudio(images.supplies, profile)
    for stage in stages_of("white"):
        with profile.step(stage.name):
            shot = stage.run(shot, studio)
    assert shot.encoded is not None
    report = Report(checks=shot.checks).to_json() | {"source": source, "kind": "white"}
    made = assets.Derivation(source_digest=source, recipe_hash=recipe.digest,
                             recipe=recipe.to_json(), report=report)  # fmt: skip
    with profile.step("keep the result"):
        asset = shell.store.put(shot.encoded.data, derivation=made).digest
    result = {"asset": asset, "report": report, "suffix": SUFFIX[shot.encoded.format],
              "media_type": MEDIA_TYPE[shot.encoded.format]}  # fmt: skip
    with profile.step("export"):
        export(shell.store, result, folder=out, stem=photo.stem)
    with profile.step("gallery"):
        draw_result(shell.store, out, stem=photo.stem, asset=asset, raster=shot.raster)
        draw_source(shell.store, out, source)


class _CountingMatter:
    """A matter whose looks are counted by themselves."""

    def __init__(self, matter: Any, profile: Profile) -> None:
        self._matter, self._profile = matter, profile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._matter, name)

    def probability(self, *args: Any, **options: Any) -> Any:
        with self._profile.step("looks"):
            return self._matter.probability(*args, **options)

    def glance(self, *args: Any, **options: Any) -> Any:
        with self._profile.step("glances"):
            return self._matter.glance(*args, **options)

    @property
    def quick(self) -> Any:
        quick = self._matter.quick
        return None if quick is None else _CountingMatter(quick, self._profile)

    @property
    def resized(self) -> Any:
        return _CountingMatter(self._matter.resized, self._profile)


class _CountingStudio:
    """What stages may ask for, of whose matters each look is counted."""

    def __init__(self, supplies: Any, profile: Profile) -> None:
        self._supplies, self._profile = supplies, profile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._supplies, name)

    @contextmanager
    def matters(self, names: Sequence[str]) -> Iterator[Sequence[Any]]:
        with self._supplies.matters(names) as matters:
            yield [_CountingMatter(one, self._profile) for one in matters]


def print_costs(found: Mapping[str, Command], photos: Sequence[Path], scratch: Path) -> None:
    """Print what one more image costs by each command."""
    print("\n| command | CPU s an image | start-up |\n|---|---|---|")
    for label, command in found.items():
        few, every = command.run(photos[:2], scratch), command.run(photos, scratch)
        each = (every.cpu_seconds - few.cpu_seconds) / (len(photos) - 2)
        print(f"| {label} | {each:.3f} | {few.cpu_seconds - 2 * each:.2f} |", flush=True)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rembg", type=Path, help="The peer's command.")
    parser.add_argument("--profile", action="store_true", help="Print processor seconds by step.")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--side", type=int, default=2000)
    options = parser.parse_args()
    if not (options.rembg or options.profile):
        parser.error("give the peer's command with --rembg, or --profile")
    if options.profile and os.environ.get("OMP_NUM_THREADS") != "1":
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | _ONE_THREAD)
    weights = WeightStore(
        Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
    )
    if not weights.has("u2netp"):
        parser.error(
            f"model u2netp is not in {weights.folder}: set PACKSHOT_MODELS_DIR to where it is, or "
            "run `packshot models pull u2netp`"
        )
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
        found = commands(weights, options.rembg, scratch)
        every = sorted(photos.iterdir())
        if options.profile:
            print_stages(every, weights, scratch / "profile")
            print_costs(found, every, scratch)
        else:
            print_rates(found, every, scratch)


if __name__ == "__main__":
    main()
