"""Try a painting model once on this machine, and say what it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import numpy.typing as npt

from gpu.devices.torch import use_of
from pipelines.generate import Ask, Profile
from studio.services.generators import Generators
from studio.services.measurements import Measurement

_PROMPT = "a plain oak table by a window, morning light, photograph"
_PROCESSOR_STEPS = 2
"""A processor takes minutes for a step of a large model: two tell what it would take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was measured, and how the model was made fast, with the reasons where it was not.

    Attributes
    ----------
    flat
        Whether what was painted is of one colour, which no model paints that works.
    """

    measured: Measurement
    switched_on: tuple[str, ...]
    left_out: Mapping[str, str]
    flat: bool


def try_model(generators: Generators, profile: Profile) -> Trial:
    """Load a model, paint one picture to warm up and one to measure, and let it go.

    Raises
    ------
    ModelMissing, CheckpointUnusable, ProfileInvalid, ExtraMissing, OutOfMemory, PaintingFailed
    """
    room = generators.room()
    key = generators.name(profile.name, noncommercial=True)
    needs = generators.needs(profile, key=key, device=room.device)
    offload = needs.offload(room)
    loaded, loading = use_of(
        room.device,
        lambda: generators.load(profile, room=room, lossy=generators.lossy, offload=offload),
    )
    steps = profile.steps if room.device != "cpu" else min(profile.steps, _PROCESSOR_STEPS)
    ask = _ask(profile, steps=steps)
    loaded.generator.paint([ask], cancelled=lambda: False)
    painted, painting = use_of(
        room.device, lambda: loaded.generator.paint([ask], cancelled=lambda: False)
    )
    measured = Measurement(
        model=key,
        device=room.device,
        label=room.label,
        resident_bytes=loaded.held_bytes,
        working_bytes=painting.risen_bytes,
        load_s=round(loading.seconds, 2),
        picture_s=round(painting.seconds, 3),
        size_px=ask.size_px,
        steps=steps,
        torch=version("torch"),
    )
    return Trial(
        measured=measured,
        switched_on=loaded.quickened.done,
        left_out={str(name): why for name, why in loaded.quickened.left_out.items()},
        flat=_is_flat(painted[0][ask.mask > 0]),
    )


def _is_flat(painted: npt.NDArray[np.uint8]) -> bool:
    """Whether pixels (N, 3) are all alike."""
    return not np.ptp(painted, axis=0).any()


def _ask(profile: Profile, *, steps: int) -> Ask:
    """A grey picture of the profile's first bucket whose right half is to be painted."""
    width, height = profile.buckets[0]
    mask = np.zeros((height, width), np.float32)
    mask[:, width // 2 :] = 1.0
    return Ask(
        picture=np.full((height, width, 3), 128, np.uint8), mask=mask, prompt=_PROMPT, steps=steps
    )
