"""From a folder of weights to a model that paints.

Only safetensors are read, and no code that lies beside them is ever run.
"""

import importlib.util
import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import CheckpointUnusable, ExtraMissing, OutOfMemory
from pipelines.generate.checkpoints import INDEX, lora_files
from pipelines.generate.looking import QwenLooking
from pipelines.generate.profile import Part, Profile
from pipelines.generate.speed import READING, Shelf

if TYPE_CHECKING:
    from pipelines.generate.painter import DiffusersGenerator, Place

_NEEDED = ("torch", "diffusers", "transformers")
_OF_ALL = ("dtype", "use_safetensors", "local_files_only", "variant")
"""Options that components take as well as whole pipelines."""
_SAMPLES_UNSEEDED = ("QwenImageControlNetInpaintPipeline",)
"""Classes that encode a picture with chance of their own, past the generators they are given."""


def load_generator(
    profile: Profile, folder: Path, *, device: str = "", shelved: bool = False
) -> "DiffusersGenerator":
    """Load a model onto a device: the one named, else the first CUDA card, else the processor.

    Parameters
    ----------
    shelved
        Text encoders stay in main memory and come onto the device only to read.

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
    from pipelines.generate.painter import DiffusersGenerator

    _be_quiet()
    place = find_place(profile, device)
    pipe = _read(profile, folder, place)
    _add_loras(profile, folder, pipe)
    _steady(pipe)
    shelf = _shelf(pipe, place) if shelved else None
    pipes = {profile.pipeline: _placed(profile, pipe, place, shelved=shelved)}
    if profile.pipeline_also:
        pipes[profile.pipeline_also] = _sibling(profile, pipe)
    for one in pipes.values():
        one.set_progress_bar_config(disable=True)
    return DiffusersGenerator(profile, pipes=pipes, device=place, shelf=shelf)


def find_place(profile: Profile, device: str = "") -> "Place":
    """Where a model will run. The processor computes in float32 whatever the profile says."""
    import torch

    from pipelines.generate.painter import Place

    name = device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    if not name.startswith("cuda"):
        label = f"processor with {torch.get_num_threads()} threads"
        return Place(name="cpu", kind="cpu", label=label, dtype="float32")
    label = torch.cuda.get_device_name(torch.device(name))
    return Place(name=name, kind="cuda", label=label, dtype=profile.dtype)


def pipeline_class(profile: Profile, name: str) -> Any:
    """The class of diffusers of that name, if we know how to call it.

    Raises
    ------
    CheckpointUnusable
    """
    import diffusers

    from pipelines.generate.conventions import CONVENTIONS

    if name not in CONVENTIONS:
        fact = f"its profile names the pipeline {name}, which Packshot cannot call"
        raise CheckpointUnusable(
            name=profile.name, fact=fact, fix=f"use one of {', '.join(sorted(CONVENTIONS))}"
        )
    found = getattr(diffusers, name, None)
    if found is None:
        fact = f"diffusers {diffusers.__version__} has no {name}"
        raise CheckpointUnusable(name=profile.name, fact=fact, fix="pip install -U diffusers")
    return found


def _be_quiet() -> None:
    """Keep the libraries' progress bars and advice from the command line: faults are told by us."""
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        library.utils.logging.set_verbosity_error()


def _read(profile: Profile, folder: Path, place: "Place") -> Any:
    import torch
    from safetensors import SafetensorError

    cls = pipeline_class(profile, profile.pipeline)
    numbers = getattr(torch, place.dtype)
    options: dict[str, Any] = {
        "dtype": numbers,
        "use_safetensors": True,
        "local_files_only": True,
        "trust_remote_code": False,
        "variant": _variant(profile, folder),
    }
    if "add_watermarker" in inspect.signature(cls.__init__).parameters:
        # Provenance is written when an image is exported; this one would change its pixels.
        options["add_watermarker"] = False
    try:
        pipe = _pipe(profile, folder, cls, options)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as fault:
        fact = f"{folder}: {_first_line(fault)}"
        raise _unusable(profile, fact) from fault
    for name, part in pipe.components.items():
        # Its library leaves weights that are missing without numbers, and says so only in a log.
        empty = [key for key, one in _tensors(part) if one.is_meta]
        if empty:
            raise _unusable(
                profile, f"{folder / name} lacks {len(empty)} weights, such as {empty[0]}"
            )
    return pipe


def _tensors(part: Any) -> Iterable[tuple[str, Any]]:
    return part.named_parameters() if hasattr(part, "named_parameters") else ()


def _pipe(profile: Profile, folder: Path, cls: Any, options: Mapping[str, Any]) -> Any:
    given = {one.component: _part(one, folder, options) for one in profile.parts}
    given |= _language_models(profile, folder, cls, options)
    if "processor" not in inspect.signature(cls.__init__).parameters:
        return cls.from_pretrained(str(folder), **options, **given)
    pipe = cls.from_pretrained(str(folder), **options, **given, processor=None)
    # Past the class's __setattr__, which knows only the library's own.
    vars(pipe)["processor"] = QwenLooking.read(folder / "processor", tokenizer=pipe.tokenizer)
    return pipe


def _language_models(
    profile: Profile, folder: Path, cls: Any, options: Mapping[str, Any]
) -> dict[str, Any]:
    """What reads prompts, loaded here, because its library makes up weights that are missing.

    Raises
    ------
    CheckpointUnusable : weights are missing
    """
    import transformers

    read: dict[str, Any] = {}
    for name, (library, class_name) in _listed(folder).items():
        kind = getattr(transformers, str(class_name), None) if library == "transformers" else None
        if kind is None or not issubclass(kind, transformers.PreTrainedModel):
            continue
        if name not in inspect.signature(cls.__init__).parameters:
            continue
        model, told = kind.from_pretrained(
            str(folder / name), output_loading_info=True, **{key: options[key] for key in _OF_ALL}
        )
        if told["missing_keys"]:
            missing = sorted(told["missing_keys"])
            fact = f"{folder / name} lacks {len(missing)} weights, such as {missing[0]}"
            raise _unusable(profile, fact)
        read[name] = model.eval()
    return read


def _listed(folder: Path) -> dict[str, tuple[object, object]]:
    """Library and class of every component, as the checkpoint's index says."""
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return {
        name: (entry[0], entry[1])
        for name, entry in index.items()
        if isinstance(entry, list) and len(entry) == 2
    }


def _unusable(profile: Profile, fact: str) -> CheckpointUnusable:
    fix = f"run `packshot models pull {profile.name} --force`"
    if profile.folder is not None or not profile.repo:
        fix = "copy the checkpoint anew, or correct its profile"
    return CheckpointUnusable(name=profile.name, fact=fact, fix=fix)


def _part(part: Part, folder: Path, options: Mapping[str, Any]) -> Any:
    import diffusers

    cls = getattr(diffusers, part.class_name)
    kept = {key: options[key] for key in _OF_ALL if key != "variant"}
    return cls.from_pretrained(str(folder / part.component), **kept)


def _variant(profile: Profile, folder: Path) -> str | None:
    """The profile's variant where the folder has it: a fine-tune may come without."""
    found = profile.variant and any(folder.glob(f"*/*.{profile.variant}*.safetensors"))
    return profile.variant if found else None


def _add_loras(profile: Profile, folder: Path, pipe: Any) -> None:
    """Add the profile's LoRAs to the weights for good, each at its scale."""
    from safetensors import SafetensorError

    if profile.loras and importlib.util.find_spec("peft") is None:
        raise ExtraMissing(what="LoRAs", extra="gpu")
    for lora, file in zip(profile.loras, lora_files(profile, folder), strict=True):
        try:
            pipe.load_lora_weights(str(file.parent), weight_name=file.name, local_files_only=True)
            pipe.fuse_lora(lora_scale=lora.scale)
            pipe.unload_lora_weights()
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as fault:
            fact = f"LoRA {file}: {_first_line(fault)}"
            raise CheckpointUnusable(
                name=profile.name, fact=fact, fix="give one that was made for this model"
            ) from fault


def _steady(pipe: Any) -> None:
    """Make a pipeline leave its shared components as they are, and chance to our generators.

    SDXL raises its VAE to float32 to encode, and lowers it again: two threads would undo each
    other's. In bfloat16, which does not overflow as float16 does, there is no need to.
    """
    vae = pipe.vae
    if getattr(vae.config, "force_upcast", False):
        vae.register_to_config(force_upcast=False)
    if type(pipe).__name__ in _SAMPLES_UNSEEDED:
        vae.encode = _still(vae.encode)


def _still(encode: Callable[..., Any]) -> Callable[..., Any]:
    """The same encoder, certain of what it sees: the mean, however it is asked for a sample."""

    def certain(*args: Any, **options: Any) -> Any:
        found = encode(*args, **options)
        found.latent_dist.std = found.latent_dist.std * 0
        return found

    return certain


def _placed(profile: Profile, pipe: Any, place: "Place", *, shelved: bool) -> Any:
    import torch

    if profile.scheduler:
        pipe.scheduler = _scheduler(profile, pipe)
    try:
        return pipe.to(place.name) if not shelved else _to_device_unread(pipe, place)
    except torch.OutOfMemoryError as fault:
        raise OutOfMemory(name=profile.name, device=place.label, pictures=0) from fault


def _to_device_unread(pipe: Any, place: "Place") -> Any:
    """Everything to the device but what reads."""
    for name, part in pipe.components.items():
        if hasattr(part, "parameters") and name not in READING:
            part.to(place.name)
    return pipe


def _shelf(pipe: Any, place: "Place") -> Shelf:
    """The text encoders, to be read with on the device."""
    readers = [getattr(pipe, name) for name in sorted(READING) if getattr(pipe, name, None)]
    return Shelf(
        readers,
        fetch=lambda tensor: tensor.to(place.name, non_blocking=True),
        pinned=place.kind == "cuda",
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


def _first_line(fault: BaseException) -> str:
    return (str(fault).strip() or type(fault).__name__).partition("\n")[0]
