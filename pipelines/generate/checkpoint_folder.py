"""What lies in a checkpoint's folder: its index, its components, and what was fetched from where.

A checkpoint is a folder as diffusers saves it: ``model_index.json`` and a folder for each
component, with weights as safetensors.
"""

import json
from pathlib import Path

from pipelines.generate.profile import Profile
from pipelines.generate.weights_file import WeightsDamaged, total_bytes

INDEX = "model_index.json"
RECORD = ".packshot.json"
"""What was fetched from where, beside the files."""
UNFINISHED = ".packshot-unfinished"
"""Lies there while files are fetched: what was cut off may hold files of two commits."""
LORAS = "loras"
SUFFIXES = (".safetensors", ".json", ".txt", ".model", ".jinja")
"""What a checkpoint consists of; whatever else lies in the folder is never read."""
_REFUSED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".msgpack")


def components_in(folder: Path, profile: Profile) -> set[str]:
    """Names of the components' folders: what the index lists, and the profile's parts.

    Raises
    ------
    ValueError : the index is no JSON object
    """
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    if not isinstance(index, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - of the file, not of an argument
    components = {name: entry for name, entry in index.items() if isinstance(entry, list) and entry}
    listed = {name for name, entry in components.items() if entry[0] and name.isidentifier()}
    # A folder that is not there was left out on purpose: safety checkers, image encoders.
    optional = {"safety_checker", "image_encoder", "feature_extractor"}
    kept = {name for name in listed if name not in optional or (folder / name).is_dir()}
    return kept | {part.component for part in profile.parts}


def lacking_in(component: Path) -> str:
    """What a component's folder lacks, in a sentence; "" if nothing."""
    if not component.is_dir():
        return f"{component} is not there"
    weights = list(component.glob("*.safetensors"))
    for index in component.glob("*.safetensors.index*.json"):
        try:
            shards = [component / name for name in _shards(index)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return f"{index} cannot be read"
        for shard in shards:
            if not shard.is_file():
                return f"{shard} is not there"
    if (component / "config.json").is_file() and not weights:
        others = [file.name for file in component.iterdir() if file.suffix in _REFUSED]
        only = f", only {others[0]}, which could run code when it is read" if others else ""
        return f"{component} has no safetensors{only}"
    for file in weights:
        try:
            total_bytes(file)
        except WeightsDamaged as fault:
            return str(fault)
    return "" if any(component.iterdir()) else f"{component} is empty"


def _shards(index: Path) -> list[str]:
    return sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))


def is_loaded(file: Path, profile: Profile) -> bool:
    """Whether a file's numbers are held in memory, where a folder has several precisions.

    LoRAs are not: they are added to the weights.
    """
    if file.suffix != ".safetensors" or any(file.match(one.file) for one in profile.loras):
        return False
    if not profile.variant or f".{profile.variant}" in file.name:
        return True
    return not any(file.parent.glob(f"*.{profile.variant}*.safetensors"))


def lora_files(profile: Profile, folder: Path) -> list[Path]:
    """Where a profile's LoRAs lie, in the order in which they are added."""
    return [folder / LORAS / one.file for one in profile.loras]  # a whole path stays as it is


def recorded_digests(folder: Path) -> dict[str, str]:
    """SHA-256 by name of what was fetched; empty for a user's own checkpoint."""
    return _recorded(folder, "files")


def recorded_commits(folder: Path) -> dict[str, str]:
    """Commit by repository of what was fetched; empty for a user's own checkpoint."""
    return _recorded(folder, "commits")


def _recorded(folder: Path, what: str) -> dict[str, str]:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return dict(record[what])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
