"""A pipeline's components from a checkpoint's folder, into main memory.

Only safetensors are read, and no code that lies beside them is ever run.
"""

import importlib.util
import inspect
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipelines.errors import CheckpointUnusable, ExtraMissing, OutOfMemory
from pipelines.generate.checkpoint_folder import INDEX, lora_files
from pipelines.generate.looking import QwenLooking
from pipelines.generate.memory import is_out_of_memory
from pipelines.generate.profile import Part, Profile

_OF_ALL = ("dtype", "use_safetensors", "local_files_only", "variant")
"""Options that components take as well as whole pipelines."""


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


def read_pipeline(profile: Profile, folder: Path, *, dtype: Any) -> Any:
    """Read a profile's pipeline into main memory, in numbers of torch's `dtype`, LoRAs added.

    Raises
    ------
    CheckpointUnusable : the files are damaged, incomplete or not of this class
    OutOfMemory : this computer cannot hold the weights
    """
    from safetensors import SafetensorError

    cls = pipeline_class(profile, profile.pipeline)
    options: dict[str, Any] = {
        "dtype": dtype,
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
        if is_out_of_memory(fault):
            raise OutOfMemory(name=profile.name, device="this computer", pictures=0) from fault
        fact = f"{folder}: {_first_line(fault)}"
        raise _unusable(profile, fact) from fault
    _check_whole(profile, folder, pipe)
    _add_loras(profile, folder, pipe)
    return pipe


def _check_whole(profile: Profile, folder: Path, pipe: Any) -> None:
    for name, part in pipe.components.items():
        # Its library leaves weights that are missing without numbers, and says so only in a log.
        empty = [key for key, one in _tensors(part) if one.is_meta]
        if empty:
            raise _unusable(
                profile, f"{folder / name} lacks {len(empty)} weights, such as {empty[0]}"
            )


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

    cls: Any = getattr(diffusers, part.class_name, None)
    if not hasattr(cls, "from_pretrained") or not issubclass(cls, diffusers.ModelMixin):
        raise ValueError(f"diffusers {diffusers.__version__} has no model {part.class_name}")
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


def _first_line(fault: BaseException) -> str:
    return (str(fault).strip() or type(fault).__name__).partition("\n")[0]
