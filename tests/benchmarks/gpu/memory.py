"""A batch that really does not fit: the card's own refusal, not a simulated one."""

from dataclasses import replace

import torch

import gpu
from pipelines.errors import OutOfMemory
from pipelines.generate import Ask
from pipelines.generate.painter import DiffusersGenerator
from pipelines.generate.place import Place
from pipelines.generate.speed import SpeedOptions, quicken
from studio.services.painting import MeetingGenerator, Picture, Room
from tests.benchmarks.gpu.architectures import Architecture, as_the_product_loads, build
from tests.benchmarks.gpu.mixed import Watch, Watched
from tests.benchmarks.gpu.rows import Fact
from tests.benchmarks.gpu.speed import asks_of

WHAT, GOAL = "pictures painted of one batch that the card refuses", "all"


def refused_batch(architecture: Architecture, *, device: str, pictures: int = 32) -> Fact:
    """Leave the card little room, and ask for many pictures at once.

    In two steps and not compiled: it is about memory.
    """
    profile = replace(architecture.profile, steps=2)
    pipes = {profile.pipeline: as_the_product_loads(build(architecture, device=device))}
    quicken(pipes, SpeedOptions(switches=frozenset({"sliced_vae"})))
    place = Place(name=device, kind="cuda", label=device, dtype=profile.dtype)
    watch = Watch()
    painter = DiffusersGenerator(profile, pipes=pipes, device=place)
    generator = Watched(painter, watch, room_for=None)
    (first,) = asks_of(architecture, count=1)
    torch.cuda.reset_peak_memory_stats()
    generator.paint([first], cancelled=lambda: False)
    total_bytes = torch.cuda.get_device_properties(device).total_memory
    # One picture fits well; the whole batch does not.
    resting, peak = torch.cuda.memory_allocated(), torch.cuda.max_memory_allocated()
    torch.cuda.set_per_process_memory_fraction((resting + 1.25 * (peak - resting)) / total_bytes)
    try:
        batcher: gpu.Batcher[Ask, Picture] = gpu.Batcher(
            limit=pictures, linger_s=0.0, too_large=(OutOfMemory,)
        )
        models = gpu.ModelCache(budget_bytes=total_bytes)
        room = Room(device=device, models=models, batcher=batcher, most_pictures=pictures)
        meeting = MeetingGenerator(generator, key="m", room=room, picture_bytes=0)
        painted = meeting.paint(asks_of(architecture, count=pictures), cancelled=lambda: False)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    return Fact(
        what=WHAT,
        measured=f"{len(painted)} of {pictures}; refused at {watch.refused or 'no size'}, "
        f"then {max(watch.sizes)} at once",
        goal=GOAL,
        reached=len(painted) == pictures and bool(watch.refused),
    )
