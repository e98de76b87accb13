"""Switch on what makes loaded pipelines faster; done once, before anybody uses them."""

import importlib.util
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.generate.speed.compiling import compile_blocks, compile_decoder
from pipelines.generate.speed.options import SpeedOptions, Switch

_FLASH_BACKENDS = {9: "_flash_3", 8: "flash"}
"""By the card's major compute capability; those that fetch code from a hub are never used."""
_FP8_CAPABILITY = (8, 9)


class NotHere(Exception):
    """A switch cannot be used on this machine or with this model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quickened:
    """What was switched on, in order, and what was not, with the reason."""

    done: tuple[Switch, ...]
    left_out: Mapping[Switch, str]


def quicken(pipes: Mapping[str, Any], options: SpeedOptions) -> Quickened:
    """Apply the options to the components that the pipelines share.

    A switch that the machine or the model lacks something for is left out and says why; the
    picture is then the same, only later.
    """
    pipe = next(iter(pipes.values()))
    done: list[Switch] = []
    left_out = dict(options.left_out)
    # In this order: what replaces weights comes before what compiles them.
    for switch, apply in _SWITCHES.items():
        if switch not in options.switches:
            continue
        try:
            apply(pipe, options)
        except NotHere as reason:
            left_out[switch] = str(reason)
        else:
            done.append(switch)
    return Quickened(done=tuple(done), left_out=left_out)


def held_bytes(pipes: Mapping[str, Any]) -> int:
    """What the weights of pipelines hold, those that they share counted once."""
    modules = {
        id(part): part
        for pipe in pipes.values()
        for part in pipe.components.values()
        if hasattr(part, "parameters")
    }
    tensors = {
        id(one): one
        for module in modules.values()
        for one in (*module.parameters(), *module.buffers())
    }
    return sum(one.nbytes for one in tensors.values())


def denoiser(pipe: Any) -> Any:
    """The component that takes the steps: a transformer, or a UNet in older models."""
    found = getattr(pipe, "transformer", None)
    return pipe.unet if found is None else found


def _channels_last(pipe: Any, _options: SpeedOptions) -> None:
    import torch

    steps = denoiser(pipe)
    for module in (pipe.vae, steps):
        if any(one.dim() == 5 for one in module.parameters()):
            continue  # convolutions over time have an order of their own
        module.to(memory_format=torch.channels_last)


def _fused_qkv(pipe: Any, _options: SpeedOptions) -> None:
    steps = denoiser(pipe)
    if not hasattr(steps, "fuse_qkv_projections"):
        raise NotHere(f"{type(steps).__name__} cannot")
    steps.fuse_qkv_projections()


def _flash_attention(pipe: Any, _options: SpeedOptions) -> None:
    import torch

    if not torch.cuda.is_available():
        raise NotHere("needs a CUDA card")
    major, _ = torch.cuda.get_device_capability()
    backend = _FLASH_BACKENDS.get(major)
    if backend is None:
        raise NotHere(f"no such kernels for compute capability {major}")
    try:
        denoiser(pipe).set_attention_backend(backend)
    except (RuntimeError, ValueError) as fault:
        raise NotHere(str(fault).partition("\n")[0]) from fault


def _compile(pipe: Any, options: SpeedOptions) -> None:
    _need_compiler(options)
    compile_blocks(denoiser(pipe), options, any_length=False)


def _compile_any_length(pipe: Any, options: SpeedOptions) -> None:
    _need_compiler(options)
    compile_blocks(denoiser(pipe), options, any_length=True)


def _compile_vae(pipe: Any, options: SpeedOptions) -> None:
    _need_compiler(options)
    compile_decoder(pipe.vae, options)


def _need_compiler(options: SpeedOptions) -> None:
    """Look now: torch would find out in the middle of the first picture."""
    if options.compile_backend != "inductor":
        return
    if importlib.util.find_spec("triton") is None:
        raise NotHere("needs the triton package, which comes with torch for CUDA")
    if not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        raise NotHere("needs a C compiler: apt install gcc")


def _sliced_vae(pipe: Any, _options: SpeedOptions) -> None:
    if not hasattr(pipe.vae, "enable_slicing"):
        raise NotHere(f"{type(pipe.vae).__name__} cannot")
    pipe.vae.enable_slicing()


def _tiled_vae(pipe: Any, _options: SpeedOptions) -> None:
    if not hasattr(pipe.vae, "enable_tiling"):
        raise NotHere(f"{type(pipe.vae).__name__} cannot")
    pipe.vae.enable_tiling()


def _fp8_weights(pipe: Any, _options: SpeedOptions) -> None:
    _in_eight_bits(pipe, multiply=False)


def _fp8_matrices(pipe: Any, _options: SpeedOptions) -> None:
    import torch

    on_card = denoiser(pipe).device.type == "cuda"
    if on_card and torch.cuda.get_device_capability() < _FP8_CAPABILITY:
        raise NotHere("needs a card of compute capability 8.9 or newer")
    _in_eight_bits(pipe, multiply=True)


def _in_eight_bits(pipe: Any, *, multiply: bool) -> None:
    from pipelines.generate.speed.eight_bits import to_eight_bits

    if to_eight_bits(denoiser(pipe), multiply=multiply) == 0:
        raise NotHere("the model has no matrices that are large enough")


def _first_block_cache(pipe: Any, options: SpeedOptions) -> None:
    from diffusers.hooks import FirstBlockCacheConfig

    steps = denoiser(pipe)
    if not hasattr(steps, "enable_cache"):
        raise NotHere(f"{type(steps).__name__} cannot")
    steps.enable_cache(FirstBlockCacheConfig(threshold=options.cache_threshold))


_SWITCHES: Mapping[Switch, Callable[[Any, SpeedOptions], None]] = {
    "fused_qkv": _fused_qkv,
    "channels_last": _channels_last,
    "fp8_weights": _fp8_weights,
    "fp8_matrices": _fp8_matrices,
    "flash_attention": _flash_attention,
    "sliced_vae": _sliced_vae,
    "tiled_vae": _tiled_vae,
    "first_block_cache": _first_block_cache,
    "compile": _compile,
    "compile_any_length": _compile_any_length,
    "compile_vae": _compile_vae,
}
