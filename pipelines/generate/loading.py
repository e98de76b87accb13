"""From a folder of weights to a model that paints."""

import importlib.util
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import CheckpointUnusable, ExtraMissing
from pipelines.generate.components import pipeline_class, read_pipeline
from pipelines.generate.memory import unless_full
from pipelines.generate.place import Place, find_place
from pipelines.generate.profile import Profile
from pipelines.generate.speed import READING, Aside, Offload, Shelf, denoiser

if TYPE_CHECKING:
    from pipelines.generate.painter import DiffusersGenerator

_NEEDED = ("torch", "diffusers", "transformers")
_SAMPLES_UNSEEDED = ("QwenImageControlNetInpaintPipeline",)
"""Classes that encode a picture with chance of their own, past the generators they are given."""


def load_generator(
    profile: Profile, folder: Path, *, device: str = "", offload: Offload = "nothing"
) -> "DiffusersGenerator":
    """Load a model onto a device: the one named, else the first CUDA card, else the processor.

    Parameters
    ----------
    offload
        What stays in main memory but while it is needed.

    Raises
    ------
    CheckpointUnusable : the files are damaged, incomplete or not of this class
    ExtraMissing : torch, diffusers or transformers is not installed
    OutOfMemory : the device cannot hold the weights
    """
    for library in _NEEDED:
        if importlib.util.find_spec(library) is None:
            raise ExtraMissing(what="large models", extra="gpu")
    # Seconds of imports: only for those who paint.
    import torch

    from pipelines.generate.painter import DiffusersGenerator

    _be_quiet()
    place = find_place(profile, device)
    pipe = read_pipeline(profile, folder, dtype=getattr(torch, place.dtype))
    _steady(pipe)
    shelf = None if offload == "nothing" else _shelf(profile, pipe, place)
    pipes = {profile.pipeline: _placed(profile, pipe, place, shelved=shelf is not None)}
    aside = _aside(pipe, place) if offload == "turns" else None
    if profile.pipeline_also:
        pipes[profile.pipeline_also] = _sibling(profile, pipe)
    for one in pipes.values():
        one.set_progress_bar_config(disable=True)
    return DiffusersGenerator(profile, pipes=pipes, device=place, shelf=shelf, aside=aside)


def _be_quiet() -> None:
    """Keep the libraries' progress bars and advice from the command line: faults are told by us."""
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        library.utils.logging.set_verbosity_error()


def _steady(pipe: Any) -> None:
    """Make a pipeline leave its shared components as they are, and chance to our generators.

    SDXL raises its VAE to float32 to encode, and lowers it again: two threads would undo each
    other's. In bfloat16, which does not overflow, there is no need to; in float16, which does,
    it is raised once for all.
    """
    import torch

    vae = pipe.vae
    if getattr(vae.config, "force_upcast", False):
        vae.register_to_config(force_upcast=False)
        if vae.dtype == torch.float16:
            vae.to(dtype=torch.float32)
            vae.encode, vae.decode = _widened(vae.encode), _widened(vae.decode)
    if type(pipe).__name__ in _SAMPLES_UNSEEDED:
        vae.encode = _still(vae.encode)


def _widened(compute: Callable[..., Any]) -> Callable[..., Any]:
    """The same in float32, whatever it is given."""
    return lambda tensor, *args, **options: compute(tensor.float(), *args, **options)


def _still(encode: Callable[..., Any]) -> Callable[..., Any]:
    """The same encoder, certain of what it sees: the mean, however it is asked for a sample."""

    def certain(*args: Any, **options: Any) -> Any:
        found = encode(*args, **options)
        found.latent_dist.std = found.latent_dist.std * 0
        return found

    return certain


def _placed(profile: Profile, pipe: Any, place: Place, *, shelved: bool) -> Any:
    if profile.scheduler:
        pipe.scheduler = _scheduler(profile, pipe)
    return unless_full(
        lambda: pipe.to(place.name) if not shelved else _to_device_unread(pipe, place),
        name=profile.name,
        device=place.label,
    )


def _to_device_unread(pipe: Any, place: Place) -> Any:
    """Everything to the device but what reads."""
    for name, part in pipe.components.items():
        if hasattr(part, "parameters") and name not in READING:
            part.to(place.name)
    return pipe


def _shelf(profile: Profile, pipe: Any, place: Place) -> Shelf:
    """The text encoders, to be read with on the device."""
    readers = [getattr(pipe, name) for name in sorted(READING) if getattr(pipe, name, None)]
    return unless_full(
        lambda: Shelf(
            readers,
            fetch=lambda tensor: tensor.to(place.name, non_blocking=True),
            pinned=place.kind == "cuda",
        ),
        name=profile.name,
        device="this computer",
    )


def _aside(pipe: Any, place: Place) -> Aside:
    """The denoiser, which leaves the device while prompts are read."""
    pinned = place.kind == "cuda"

    def leave(tensor: Any) -> Any:
        kept = tensor.to("cpu")
        return kept.pin_memory() if pinned else kept

    return Aside(
        denoiser(pipe), leave=leave, fetch=lambda tensor: tensor.to(place.name, non_blocking=True)
    )


def _scheduler(profile: Profile, pipe: Any) -> Any:
    import diffusers

    settings = dict(profile.scheduler)
    name = str(settings.pop("class", type(pipe.scheduler).__name__))
    cls = getattr(diffusers, name, None)
    if cls is None or not name.endswith("Scheduler"):
        raise CheckpointUnusable(
            name=profile.name, fact=f"no scheduler {name}", fix="correct its profile"
        )
    return cls.from_config(pipe.scheduler.config, **settings)


def _sibling(profile: Profile, pipe: Any) -> Any:
    """The profile's other class over the same components."""
    cls = pipeline_class(profile, profile.pipeline_also)
    takes = inspect.signature(cls.__init__).parameters
    flags = {key: value for key, value in pipe.config.items() if key in takes and key[0] != "_"}
    held = {key: value for key, value in pipe.components.items() if key in takes}
    return cls(**{**flags, **held})
