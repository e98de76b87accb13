"""What a large model is: data, so that a new checkpoint is a file and not code."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

Ability = Literal["inpaint", "edit", "references", "control", "negative_prompt", "guidance"]
"""What a model takes: a mask to paint in, an instruction, further pictures, a control map, words
to keep out, a guidance scale above 1."""
ControlKind = Literal["depth", "canny", "normal", "pose"]
DType = Literal["bfloat16", "float16", "float32"]
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_COMMIT = re.compile(r"[0-9a-f]{40}|")
_MOST_SIDE_PX = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component that comes from elsewhere than the rest of the model, such as a control net.

    Attributes
    ----------
    component
        Its name in the pipeline and of its folder inside the checkpoint.
    class_name
        Class of diffusers that it is.
    repo, revision
        Hub id and pinned commit; where none is pinned, the first pull's is kept.
    files
        File of the repo by name inside the folder; empty where the repo's own names fit.
    licence
        Its own, by its short name.
    """

    component: str
    class_name: str
    repo: str
    revision: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""

    def __post_init__(self) -> None:
        if not (self.component.isidentifier() and self.class_name.isidentifier()):
            raise ValueError("parts: component and class_name must be names of letters and '_'")
        if not _COMMIT.fullmatch(self.revision):
            raise ValueError("parts: revision must be a commit of 40 hex digits, or empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lora:
    """Extra weights that are added to the model as it is loaded.

    Attributes
    ----------
    file
        Name of a safetensors file in the checkpoint's folder ``loras``, or its whole path.
    repo, revision
        Hub id and commit that it is pulled from; "" where the user puts it there.
    scale
        How strongly it is added.
    """

    file: str
    repo: str = ""
    revision: str = ""
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not self.file.endswith(".safetensors"):
            raise ValueError("loras: file must be a .safetensors file")
        if not _COMMIT.fullmatch(self.revision):
            raise ValueError("loras: revision must be a commit of 40 hex digits, or empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One model.

    Attributes
    ----------
    pipeline
        Class of diffusers that runs it.
    repo, revision
        Hub id and pinned commit; `repo` is "" for a model that lies in a local folder only,
        `revision` where no commit is pinned.
    commercial
        Whether the licence allows what a merchant does; others need the user's explicit word.
    multiple_px
        Sides must be divisible by this.
    buckets
        (width, height) in px of the sizes that the model knows well; pictures are painted in one
        of them, so that compiled code and batches fit.
    steps, guidance_scale
        What the model's authors advise.
    resident_bytes, working_bytes
        What the weights hold on the device, and what one picture takes besides.
    text_encoder_bytes
        That part of `resident_bytes` that only reads the prompt.
    denoiser_bytes
        That part that takes the steps, and may leave the device while prompts are read; 0 where
        it is not known.
    pipeline_also
        Class that runs the same components for what `pipeline` cannot take: a mask where that
        edits, a strength where that starts from noise; "" where there is none.
    variant
        The hub's name for the files of the right precision, such as "fp16".
    folder
        Where the checkpoint lies, if not in the store.
    checkpoint
        Name of the profile whose fetched files it shares; "" for files of its own.
    parts, loras
        What belongs to the model besides its own repository.
    scheduler
        ``class`` and settings that differ from the checkpoint's own.
    most_strength
        Strength that is used where 1 is asked for: some models were never trained on pure noise.
    speed
        Ways to run faster that are safe for it; `pipelines.generate.speed` knows them.
    """

    name: str
    title: str
    pipeline: str
    repo: str
    revision: str
    licence: str
    commercial: bool
    abilities: frozenset[Ability]
    controls: frozenset[ControlKind]
    multiple_px: int
    buckets: tuple[tuple[int, int], ...]
    steps: int
    guidance_scale: float
    dtype: DType
    resident_bytes: int
    working_bytes: int
    text_encoder_bytes: int = 0
    denoiser_bytes: int = 0
    pipeline_also: str = ""
    variant: str = ""
    folder: Path | None = None
    checkpoint: str = ""
    parts: tuple[Part, ...] = ()
    loras: tuple[Lora, ...] = ()
    scheduler: Mapping[str, object] = field(default_factory=dict)
    most_strength: float = 1.0
    speed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for key, fact in _faults(self):
            raise ValueError(f"{key}: {fact}")


def _faults(profile: Profile) -> list[tuple[str, str]]:
    """What no model can mean, as key and sentence."""
    sides = [side for bucket in profile.buckets for side in bucket]
    rules = (
        ("name", _NAME.fullmatch(profile.name), "lower-case letters, digits, '.', '_' and '-'"),
        ("revision", _COMMIT.fullmatch(profile.revision), "a commit of 40 hex digits, or empty"),
        ("abilities", profile.abilities <= set(get_args(Ability)), _of(Ability)),
        ("controls", profile.controls <= set(get_args(ControlKind)), _of(ControlKind)),
        ("dtype", profile.dtype in get_args(DType), _of(DType)),
        ("multiple_px", 1 <= profile.multiple_px <= 128, "1 to 128"),
        ("buckets", profile.buckets, "at least one [width, height]"),
        ("buckets", all(8 <= side <= _MOST_SIDE_PX for side in sides), "sides of 8 to 4096 px"),
        ("buckets", all(not side % (profile.multiple_px or 1) for side in sides),
         f"sides divisible by multiple_px, which is {profile.multiple_px}"),
        ("steps", 1 <= profile.steps <= 150, "1 to 150"),
        ("guidance_scale", 0 <= profile.guidance_scale <= 50, "0 to 50"),
        ("most_strength", 0 < profile.most_strength <= 1, "above 0, at most 1"),
        ("resident_bytes", profile.resident_bytes >= 0, "not below 0"),
        ("working_bytes", profile.working_bytes >= 0, "not below 0"),
        ("text_encoder_bytes", profile.text_encoder_bytes >= 0, "not below 0"),
        ("denoiser_bytes", profile.denoiser_bytes >= 0, "not below 0"),
    )  # fmt: skip
    return [(key, f"must be {limit}") for key, holds, limit in rules if not holds]


def _of(choices: object) -> str:
    return "of " + ", ".join(get_args(choices))
