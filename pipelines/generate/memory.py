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


def unless_full(do: Callable[[], T], *, name: str, device: str, pictures: int = 0) -> T:
    """Do what takes a device's memory.

    Parameters
    ----------
    pictures
        How many are worked on at once; 0 where a model's weights are loaded.

    Raises
    ------
    OutOfMemory : the device cannot hold it
    """
    try:
        return do()
    except RuntimeError as fault:
        if not is_out_of_memory(fault):
            raise
    # Outside the handler: as long as the fault lives, so do the tensors of its frames.
    raise OutOfMemory(name=name, device=device, pictures=pictures)
