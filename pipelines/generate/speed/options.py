"""Which ways to run faster are wanted: from the profile, the settings and the device."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast, get_args

from pipelines.errors import ProfileInvalid
from pipelines.generate.profile import Profile

Switch = Literal[
    "channels_last",
    "fused_qkv",
    "flash_attention",
    "compile",
    "compile_any_length",
    "compile_vae",
    "sliced_vae",
    "tiled_vae",
    "fp8_weights",
    "fp8_matrices",
    "first_block_cache",
]
"""What can be switched on; `SWITCHES` says what each is."""

SWITCHES: Final[Mapping[Switch, str]] = MappingProxyType(
    {
        "channels_last": "convolutions read their numbers in the order that matrix units take",
        "fused_qkv": "the three projections of an attention are one matrix product",
        "flash_attention": "attention by the flash-attn package, where it is installed",
        "compile": "repeated blocks are compiled, once for each size",
        "compile_any_length": "repeated blocks are compiled once for prompts of any length",
        "compile_vae": "the decoder of the VAE is compiled, once for each size",
        "sliced_vae": "a batch is decoded picture by picture, in the memory of one",
        "tiled_vae": "a picture is decoded in overlapping tiles, in a fraction of the memory",
        "fp8_weights": "weights are kept in 8 bits and widened as they are used: half the memory",
        "fp8_matrices": "matrix products run in 8 bits, on cards that can",
        "first_block_cache": "steps that would change little take over what the last one computed",
    }
)
LOSSY: Final[frozenset[Switch]] = frozenset(
    {"tiled_vae", "fp8_weights", "fp8_matrices", "first_block_cache"}
)
"""Tiles may show seams, 8 bits round, and a step that was skipped is missing."""
_OF_MEMORY: Final[frozenset[Switch]] = frozenset({"sliced_vae", "tiled_vae", "fp8_weights"})
_ALWAYS: Final[frozenset[Switch]] = frozenset({"sliced_vae"})
"""Costs no time on a card that one picture fills, and saves gigabytes in a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedOptions:
    """What shall be switched on as a model is loaded, and what was left out beforehand and why.

    Attributes
    ----------
    compile_cache
        Folder that keeps compiled code between runs; None keeps it where torch likes.
    compile_backend
        Who compiles; "inductor" makes code for the card, "eager" only checks that it could.
    cache_threshold
        Of the first-block cache: how little, as a share of the first block's output, the last
        step must have changed for this one to be taken over.
    """

    switches: frozenset[Switch] = frozenset()
    left_out: Mapping[Switch, str] = field(default_factory=dict)
    compile_cache: Path | None = None
    compile_backend: str = "inductor"
    cache_threshold: float = 0.08

    def __post_init__(self) -> None:
        unknown = self.switches - set(SWITCHES)
        if unknown:
            raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
        if {"compile", "compile_any_length"} <= self.switches:
            raise ValueError("blocks are compiled either for each size or for any length")
        if {"fp8_weights", "fp8_matrices"} <= self.switches:
            raise ValueError("8 bits are for keeping weights or for multiplying, not for both")
        if not 0 < self.cache_threshold < 1:
            raise ValueError("cache_threshold is within 0 and 1")

    @property
    def lossy(self) -> tuple[Switch, ...]:
        """Those that change pictures by more than rounding."""
        return tuple(sorted(self.switches & LOSSY))


def speed_options(
    profile: Profile,
    *,
    kind: Literal["cuda", "cpu"],
    lossy: bool,
    free_bytes: int | None = None,
    compile_cache: Path | None = None,
) -> SpeedOptions:
    """Choose the switches that are safe for a model, on a kind of device.

    Parameters
    ----------
    lossy
        Whether the user accepts pictures that are not quite the model's own.
    free_bytes
        What the device has left for a run once the weights are on it; None where unknown.

    Raises
    ------
    ProfileInvalid : the profile names a switch that does not exist
    """
    wanted = _known(profile) | _ALWAYS
    left_out: dict[Switch, str] = {}
    for switch in sorted(wanted):
        if why := _against(switch, kind=kind, lossy=lossy):
            left_out[switch] = why
    tight = free_bytes is not None and free_bytes < profile.working_bytes
    if "tiled_vae" in wanted and not tight:
        left_out.setdefault("tiled_vae", "there is memory for whole pictures")
    chosen = frozenset(wanted - left_out.keys())
    return SpeedOptions(switches=chosen, left_out=left_out, compile_cache=compile_cache)


def lossy_suffix(profile: Profile, *, lossy: bool) -> str:
    """What a recipe adds to the name of a model that runs with lossy switches; "" without.

    It depends on the profile and the user's word alone, so that a recipe is the same wherever it
    is written down.

    Raises
    ------
    ProfileInvalid : the profile names a switch that does not exist
    """
    names = sorted(_known(profile) & LOSSY) if lossy else []
    return "".join(f"+{name}" for name in names)


def _known(profile: Profile) -> frozenset[Switch]:
    unknown = sorted(profile.speed - set(get_args(Switch)))
    if unknown:
        known = ", ".join(sorted(SWITCHES))
        fact = f"no such switch {', '.join(unknown)}; there are {known}"
        raise ProfileInvalid(file=profile.name, key="speed", fact=fact)
    return frozenset(cast("Switch", name) for name in profile.speed)


def _against(switch: Switch, *, kind: str, lossy: bool) -> str:
    """Why a switch is not for this device or user; "" where nothing speaks against it."""
    if switch in LOSSY and not lossy:
        return "changes pictures; PACKSHOT_LOSSY=true allows it"
    if kind == "cpu" and switch not in _OF_MEMORY:
        return "gains nothing on a processor"
    return ""
