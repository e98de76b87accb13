"""What a large model is: data, so that a new checkpoint is a file and not code."""

from dataclasses import dataclass
from typing import Literal

Ability = Literal["inpaint", "edit", "references", "control", "negative_prompt", "guidance"]
"""What a model takes: a mask to paint in, an instruction, further pictures, a control map, words
to keep out, a guidance scale above 1."""
ControlKind = Literal["depth", "canny", "normal", "pose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One model.

    Attributes
    ----------
    pipeline
        Class of diffusers that runs it.
    repo, revision
        Hub id and pinned commit; `repo` is "" for a model that lies in a local folder only.
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
    dtype: Literal["bfloat16", "float16", "float32"]
    resident_bytes: int
    working_bytes: int
