"""The large models, and the device that they run on."""

from __future__ import annotations

from functools import cache, partial

from pipelines.errors import DeviceMissing
from pipelines.generate import BUILT_IN_PROFILES, CheckpointStore, DigestMemory, ProfileRegistry
from studio.services.generators import Generators
from studio.services.measurements import Measurements
from studio.services.painting import Room, room
from studio.settings import Settings

_SHARE_OF_MEMORY = 0.9
"""Of a device's memory, what large models may hold: the driver and other programs need some."""
_UNKNOWN_MEMORY_BYTES = 8 << 30
"""Where the system does not tell how much memory it has."""


def generators_of(settings: Settings) -> Generators:
    """The large models: the user's own profiles first, then the built-in ones."""
    own = settings.root_dir / "profiles"
    memory = DigestMemory(settings.root_dir / "cache" / "checkpoints.json")
    return Generators(
        profiles=ProfileRegistry((own, BUILT_IN_PROFILES)),
        checkpoints=CheckpointStore(settings.weights_dir / "generators", memory=memory),
        room=cache(lambda: generator_room(settings)),
        noncommercial=settings.noncommercial,
        lossy=settings.lossy,
        compile_cache=settings.root_dir / "cache" / "compiled",
        measurements=Measurements(settings.root_dir / "measured"),
        most_pictures=settings.paint_batch,
    )


def generator_room(settings: Settings) -> Room:
    """The device that large models run on, and a cache of as much of its memory as they may have.

    Loads torch, which takes seconds: only when a model is about to be loaded.

    Raises
    ------
    DeviceMissing : the device that the settings demand is not here
    """
    from gpu.devices.torch import find_devices, give_back

    devices = find_devices()
    # Apple's GPUs are seen, but what is painted on them was never tried.
    wanted = ("cuda", "cpu") if settings.device == "auto" else (settings.device,)
    device = next((one for one in devices.found if one.kind in wanted), None)
    if device is None:
        raise DeviceMissing(
            device=settings.device,
            why=devices.note,
            fix="check the driver with nvidia-smi, and that torch was installed with CUDA",
        )
    return room(
        device=device.name,
        budget_bytes=generator_budget_bytes(settings, device.total_bytes),
        most_pictures=settings.paint_batch,
        emptied=partial(give_back, device.name),
        label=device.label,
    )


def generator_budget_bytes(settings: Settings, total_bytes: int | None) -> int:
    """What large models may take of a device's memory, in all."""
    share_bytes = int((total_bytes or _UNKNOWN_MEMORY_BYTES) * _SHARE_OF_MEMORY)
    return int(settings.vram_budget_gb * 1e9) or share_bytes
