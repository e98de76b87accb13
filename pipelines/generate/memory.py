"""Whether a fault means that a device is full."""

from collections.abc import Callable
from typing import TypeVar

from pipelines.errors import OutOfMemory

T = TypeVar("T")

_TOLD = (
    "can't allocate memory",
    "not enough memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
)
"""What the processor's allocator, the driver and cuBLAS say, which have no class of their own."""


def is_out_of_memory(fault: BaseException) -> bool:
    """Whether a fault is a full device's."""
    import torch

    return isinstance(fault, torch.OutOfMemoryError) or any(words in str(fault) for words in _TOLD)


def unless_full(load: Callable[[], T], *, name: str, device: str) -> T:
    """Do what brings a model's weights into memory.

    Raises
    ------
    OutOfMemory : the device cannot hold them
    """
    try:
        return load()
    except RuntimeError as fault:
        if not is_out_of_memory(fault):
            raise
    # Outside the handler: as long as the fault lives, so do the tensors of its frames.
    raise OutOfMemory(name=name, device=device, pictures=0)
