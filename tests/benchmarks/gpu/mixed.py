"""Many small jobs over two models, by the product's queue, workers, cache and batches."""

import io
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import create_engine

import gpu
from gpu.devices.torch import give_back
from gpu.queues.sql import SqlJobQueue, create_schema
from pipelines.errors import OutOfMemory
from pipelines.generate import Ask, Generator, Profile
from pipelines.generate.painter import DiffusersGenerator
from pipelines.generate.place import Place
from pipelines.generate.speed import quicken, speed_options
from studio.services.painting import MeetingGenerator, Picture, Room, room
from tests.benchmarks.gpu.architectures import (
    Architecture,
    as_the_product_loads,
    build,
    weights_bytes,
)
from tests.benchmarks.gpu.device import empty
from tests.benchmarks.gpu.rows import Fact

_BUSY_SHARE = 0.9
_CPU_WORKERS, _MOST_TOGETHER = 4, 8
_PHOTO_PX = 1200
GOALS = (
    ("jobs done of those asked for", "all"),
    ("loads of each model", "1"),
    ("share of the time that the device paints", "over 90%"),
    ("jobs done though a batch does not fit into memory", "all"),
)


@dataclass
class Watch:
    """What happened on the device: when it painted, how many at once, what was loaded."""

    spans: list[tuple[float, float]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    loads_s: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)

    @property
    def busy_share(self) -> float:
        """Of the time from the first painting to the end of the last, but for the loads between."""
        begin, end = self.spans[0][0], max(span[1] for span in self.spans)
        return sum(span[1] - span[0] for span in self.spans) / (end - begin - sum(self.loads_s[1:]))


class Watched:
    """A generator that says when it paints; it may be made to have room for few pictures."""

    def __init__(self, generator: Generator, watch: Watch, *, room_for: int | None) -> None:
        self._generator = generator
        self._watch = watch
        self._room_for = room_for

    @property
    def profile(self) -> Profile:
        """What it is."""
        return self._generator.profile

    def paint(self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]) -> list[Picture]:
        """Paint, and note when."""
        if self._room_for is not None and len(asks) > self._room_for:
            self._watch.refused.append(len(asks))
            raise OutOfMemory(name=self.profile.name, device="simulated", pictures=len(asks))
        began = time.perf_counter()
        try:
            painted = self._generator.paint(asks, cancelled=cancelled)
        except OutOfMemory:
            self._watch.refused.append(len(asks))
            raise
        self._watch.spans.append((began, time.perf_counter()))
        self._watch.sizes.append(len(asks))
        return painted


@dataclass(frozen=True, kw_only=True)
class Studio:
    """Two models in a room for one of them at a time, and a job's handler."""

    models: dict[str, Architecture]
    bytes_of: dict[str, int]
    place: Room
    watch: Watch
    device: str
    room_for: int | None

    def make(self, payload: dict[str, Any], control: gpu.Control) -> dict[str, Any]:
        """Do what a scene does around the painting: read a photo, paint, write a picture."""
        name = payload["model"]
        profile = self.models[name].profile
        photo = _photo(payload["number"], profile.buckets[0])
        ask = Ask(picture=photo, mask=np.ones(photo.shape[:2], np.float32), prompt="an oak table",
                  seed=payload["number"])  # fmt: skip
        with self.place.models.lease(self._spec(name)) as generator:
            meeting = MeetingGenerator(generator, key=name, room=self.place)
            (painted,) = meeting.paint([ask], cancelled=control.cancelled)
        return {"bytes": len(_written(painted))}

    def _spec(self, name: str) -> gpu.ModelSpec[Generator]:
        return gpu.ModelSpec(
            key=name,
            load=partial(self._load, name),
            resident_bytes=self.bytes_of[name],
            working_bytes=self.models[name].profile.working_bytes,
        )

    def _load(self, name: str) -> Generator:
        self.watch.loads.append(name)
        began = time.perf_counter()
        kind: Any = "cpu" if self.device == "cpu" else "cuda"
        profile = self.models[name].profile
        pipe = build(self.models[name], device=self.device)
        pipes = {profile.pipeline: as_the_product_loads(pipe)}
        quicken(pipes, speed_options(profile, kind=kind, lossy=False))
        place = Place(name=self.device, kind=kind, label=self.device, dtype=profile.dtype)
        painter = DiffusersGenerator(profile, pipes=pipes, device=place)
        self.watch.loads_s.append(time.perf_counter() - began)
        return Watched(painter, self.watch, room_for=self.room_for)


def run_jobs(
    models: dict[str, Architecture], *, jobs: int, device: str, room_for: int | None = None
) -> tuple[gpu.BatchStatus, Watch]:
    """Run so many jobs, of the models in turn, with room for one model at a time."""
    small = {name: _brief(one) for name, one in models.items()}
    bytes_of = {name: weights_bytes(build(one, device=device)) for name, one in small.items()}
    empty(device)
    hungriest = max(one.profile.working_bytes for one in small.values())
    budget_bytes = max(bytes_of.values()) + _MOST_TOGETHER * hungriest
    # A processor paints one picture at a time; here it stands for a card.
    place = room(
        device="cuda:0",
        budget_bytes=min(budget_bytes, sum(bytes_of.values()) + hungriest - 1),
        most_pictures=_MOST_TOGETHER,
        emptied=partial(give_back, device),
    )
    watch = Watch()
    studio = Studio(models=small, bytes_of=bytes_of, place=place, watch=watch, device=device,
                    room_for=room_for)  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        status = _drained(studio, Path(folder), jobs=jobs)
    return status, watch


def facts(
    models: dict[str, Architecture], *, jobs: int, device: str, room_for: int
) -> tuple[Fact, ...]:
    """The mixed batch, and the same where no more than `room_for` pictures fit."""
    status, watch = run_jobs(models, jobs=jobs, device=device)
    loads = {name: watch.loads.count(name) for name in models}
    whole, each, busy, divided = (what for what, _ in GOALS)
    mean = sum(watch.sizes) / len(watch.sizes)
    tight, refused = run_jobs(models, jobs=jobs // 4, device=device, room_for=room_for)
    return (
        Fact(what=whole, measured=f"{status.done} of {jobs}, {mean:.1f} at once", goal="all",
             reached=status.done == jobs),
        Fact(what=each, measured=", ".join(f"{name} {n}" for name, n in loads.items()), goal="1",
             reached=set(loads.values()) == {1}),
        Fact(what=busy, measured=f"{watch.busy_share:.0%}", goal="over 90%",
             reached=watch.busy_share > _BUSY_SHARE),
        Fact(what=divided,
             measured=f"{tight.done} of {jobs // 4}; {len(refused.refused)} batches divided, "
                      f"{max(refused.sizes)} at once from then on (simulated)",
             goal="all", reached=tight.done == jobs // 4),
    )  # fmt: skip


def _drained(studio: Studio, folder: Path, *, jobs: int) -> gpu.BatchStatus:
    engine = create_engine(f"sqlite:///{folder / 'jobs.sqlite'}")
    create_schema(engine)
    queue = SqlJobQueue(engine, clock=time.time)
    names = list(studio.models)
    rows = [
        gpu.RowSpec(
            number=number,
            job=gpu.JobSpec(
                id=f"job-{number:04}", kind="scene", affinity=names[number % len(names)],
                payload={"number": number, "model": names[number % len(names)]},
            ),
        )
        for number in range(jobs)
    ]  # fmt: skip
    queue.enqueue(rows, batch_id="mixed")
    executor = gpu.LocalExecutor(
        queue=queue,
        handlers={"scene": studio.make},
        workers=_CPU_WORKERS,
        stand_ins=2 * _MOST_TOGETHER,
        options=gpu.WorkerOptions(poll_s=0.05),
        taking=gpu.Taking(expect=lambda job: studio.place.models.expect(job.payload["model"])),
    )
    status = executor.drain("mixed", stop=threading.Event())
    engine.dispose()
    return status


def _brief(architecture: Architecture) -> Architecture:
    """The same model, painting small pictures in few steps."""
    profile = architecture.profile
    side = min(512, *profile.buckets[0])
    brief = replace(profile, buckets=((side, side),), steps=min(4, profile.steps),
                    working_bytes=profile.working_bytes or 1 << 30)  # fmt: skip
    return replace(architecture, profile=brief)


def _photo(number: int, size_px: tuple[int, int]) -> Picture:
    """A photo as it comes: decoded, and made as large as a bucket."""
    shade = np.full((_PHOTO_PX, _PHOTO_PX, 3), number % 256, np.uint8)
    file = io.BytesIO()
    Image.fromarray(shade).save(file, "JPEG")
    with Image.open(file) as image:
        return np.asarray(image.resize(size_px, Image.Resampling.LANCZOS))


def _written(painted: Picture) -> bytes:
    file = io.BytesIO()
    Image.fromarray(painted).resize((_PHOTO_PX, _PHOTO_PX)).save(file, "WEBP")
    return file.getvalue()
