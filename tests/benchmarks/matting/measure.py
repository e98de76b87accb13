"""Runs a method over pictures in a process of its own, so that its memory is its alone."""

import io
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from PIL import Image

from tests.benchmarks.matting.methods import Method, make
from tests.benchmarks.matting.metrics import Alpha, Colour, Scores, score
from tests.benchmarks.matting.pictures import Picture
from tests.benchmarks.matting.strip import draw_strip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One method on one picture.

    Attributes
    ----------
    seconds
        Wall time from the photo's bytes to the cutout's, models loaded and warm.
    cpu_seconds
        Processor time of all threads: steadier than the wall's on a machine that others share.
    peak_bytes
        Most resident memory of the process while it ran, above what it held before the method's
        libraries and models were loaded; None where the system does not tell.
    """

    method: str
    picture: str
    opaque: bool
    traits: tuple[str, ...]
    scores: Scores
    seconds: float
    cpu_seconds: float
    peak_bytes: int | None


def measure(
    method: str, pictures: Sequence[Picture], *, strips: Path | None = None
) -> Iterator[Row]:
    """Yield a row for each picture as it is done; ``strips`` is a folder for pictures of it.

    Raises
    ------
        RuntimeError: the measuring process ended early
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(method, list(pictures), there, strips))
    child.start()
    there.close()
    try:
        for _ in pictures:
            yield here.recv()
    except EOFError as fault:
        raise RuntimeError(f"{method} ended early, see above") from fault
    finally:
        child.join()


def _work(
    method: str, pictures: Sequence[Picture], results: Connection, strips: Path | None
) -> None:
    before = _status_bytes("VmRSS")
    cut = make(method)
    cut(pictures[0].photo.read_bytes())  # compilers and caches warm up outside the clock
    for picture in pictures:
        row, found = _one(method, cut, picture, before_bytes=before)
        results.send(row)
        if strips is not None:
            with Image.open(picture.photo) as photo:
                strip = draw_strip(photo, found, picture.load_truth())
            strip.save(strips / f"{picture.name}--{method.replace(' ', '-')}.webp")


def _one(
    method: str, cut: Method, picture: Picture, *, before_bytes: int | None
) -> tuple[Row, tuple[Colour, Alpha]]:
    data = picture.photo.read_bytes()
    _forget_peak()
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    cutout = cut(data)
    cpu_seconds = time.process_time() - began_cpu_s
    seconds = time.perf_counter() - began_s
    peak = _status_bytes("VmHWM")
    truth = picture.load_truth()
    found = _read(cutout, truth[1])
    row = Row(
        method=method,
        picture=picture.name,
        opaque=picture.opaque,
        traits=picture.traits,
        scores=score(found, truth),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        peak_bytes=None if peak is None or before_bytes is None else peak - before_bytes,
    )
    return row, found


def _read(cutout: bytes, truth: Alpha) -> tuple[Colour, Alpha]:
    if not cutout:
        return np.zeros((*truth.shape, 3), np.float32), np.zeros(truth.shape, np.float32)
    with Image.open(io.BytesIO(cutout)) as image:
        rgba = np.asarray(image.convert("RGBA"), np.float32)
    return rgba[..., :3], rgba[..., 3] / np.float32(255)


def _status_bytes(field: str) -> int | None:
    """A line of Linux's account of this process, in bytes; None on other systems."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return None


def _forget_peak() -> None:
    """Let Linux count the peak from now on."""
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")
