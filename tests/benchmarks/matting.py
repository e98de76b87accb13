"""Cutouts against exact alpha: ours beside rembg with the same weights, in the same run.

    python tests/benchmarks/matting.py [--photos DIR] [--side 1200]

Pictures are the bundled samples (exact alpha), enlarged or shrunk to ``--side``; with ``--photos``
also every ``NAME_scene.png`` there that has a ``NAME_cutout.png`` beside it. Prints a table: IoU at
0.5, mean absolute error of alpha, halo (mean colour error of partly covered pixels when laid on
magenta, against the true cutout laid on magenta, in 8-bit values), and seconds an image.
"""

import argparse
import os
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines import RembgMatter, WeightStore, decode, model_card
from pipelines.matting.consensus import look
from pipelines.matting.edge import free_edges

ROOT = Path(__file__).parents[2]
MAGENTA = np.array([255, 0, 255], np.float32)
Rgb = npt.NDArray[np.uint8]
Rgba = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
Method = Callable[[Rgb], Rgba]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A photo, and the true colour and alpha of its product."""

    name: str
    photo: Rgb
    colour: npt.NDArray[np.float32]
    alpha: npt.NDArray[np.float32]


def cases(side: int, photos: Path | None) -> Iterator[Case]:
    """Yield every picture with a known truth."""
    for folder in sorted((ROOT / "studio" / "samples").glob("*/")):
        yield case(folder.name, folder / "photo.webp", folder / "cutout.webp", side)
    for scene in sorted(photos.glob("*_scene.png")) if photos else ():
        cutout = scene.with_name(scene.name.replace("_scene", "_cutout"))
        yield case(scene.stem, scene, cutout, side)


def case(name: str, photo: Path, cutout: Path, side: int) -> Case:
    """Load one picture and its truth at the wanted size."""
    source = decode(photo.read_bytes(), name=name).rgb
    with Image.open(cutout) as image:
        truth = np.asarray(image.convert("RGBA"), np.float32)
    scale = side / max(source.shape[:2])
    size = (round(source.shape[1] * scale), round(source.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(truth, size, interpolation=how).clip(0, 255)
    return Case(name=name, photo=np.asarray(cv2.resize(source, size, interpolation=how)),
                colour=resized[..., :3], alpha=resized[..., 3] / 255)  # fmt: skip


def ours(matter: RembgMatter) -> Method:
    """Our fast quality."""

    def cut(photo: Rgb) -> Rgba:
        consensus = look(photo, [matter])
        if consensus is None:
            return photo.astype(np.float32), np.zeros(photo.shape[:2], np.float32)
        cutout = free_edges(photo, consensus)
        return cutout.rgb.astype(np.float32), cutout.alpha

    return cut


def rembgs(matter: RembgMatter, *, alpha_matting: bool) -> Method:
    """rembg's own `remove` on the same session."""
    from rembg import remove

    def cut(photo: Rgb) -> Rgba:
        result = np.asarray(
            remove(Image.fromarray(photo), session=matter._session, alpha_matting=alpha_matting),
            np.float32,
        )
        return result[..., :3], result[..., 3] / np.float32(255)

    return cut


def halo(colour: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32], truth: Case) -> float:
    """Mean colour error on magenta where the truth is partly covered."""
    partial = (truth.alpha > 0.02) & (truth.alpha < 0.98)
    found = colour * alpha[..., None] + MAGENTA * (1 - alpha[..., None])
    wanted = truth.colour * truth.alpha[..., None] + MAGENTA * (1 - truth.alpha[..., None])
    return float(np.abs(found - wanted)[partial].mean())


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--side", type=int, default=1200)
    options = parser.parse_args()
    store = WeightStore(
        Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
    )
    matter = RembgMatter(model_card("u2netp"), store.path("u2netp"))
    methods = {
        "packshot fast": ours(matter),
        "rembg u2netp": rembgs(matter, alpha_matting=False),
        "rembg u2netp, alpha matting": rembgs(matter, alpha_matting=True),
    }
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=False,
                            capture_output=True, text=True).stdout.strip()  # fmt: skip
    print(f"{platform.machine()}, {os.cpu_count()} cores, {matter.device}, commit {commit}")
    print(f"{'method':28} {'picture':18} {'IoU':>7} {'MAE':>7} {'halo':>6} {'s':>6}")
    pictures = list(cases(options.side, options.photos))
    for label, method in methods.items():
        method(pictures[0].photo)  # compilers and caches warm up outside the clock
        rows = []
        for truth in pictures:
            began_s = time.perf_counter()
            colour, alpha = method(truth.photo)
            elapsed_s = time.perf_counter() - began_s
            found, wanted = alpha > 0.5, truth.alpha > 0.5
            iou = (found & wanted).sum() / max((found | wanted).sum(), 1)
            mae = float(np.abs(alpha - truth.alpha).mean())
            rows.append((float(iou), mae, halo(colour, alpha, truth), elapsed_s))
            print(
                f"{label:28} {truth.name:18} {iou:7.4f} {mae:7.4f} {rows[-1][2]:6.1f} {elapsed_s:6.2f}"
            )
        mean = np.mean(rows, axis=0)
        print(f"{label:28} {'MEAN':18} {mean[0]:7.4f} {mean[1]:7.4f} {mean[2]:6.1f} {mean[3]:6.2f}")


if __name__ == "__main__":
    main()
