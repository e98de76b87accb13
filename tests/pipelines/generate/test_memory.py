"""A full device is known by whatever words it is told in."""

import pytest
import torch

from pipelines.errors import OutOfMemory
from pipelines.generate.memory import is_out_of_memory, unless_full


@pytest.mark.parametrize(
    "fault",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        torch.AcceleratorError("CUDA error: out of memory\nCUDA kernel errors might be ..."),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_every_word_for_a_full_device_is_one_error(fault: RuntimeError) -> None:
    assert is_out_of_memory(fault)

    def load() -> None:
        raise fault

    with pytest.raises(
        OutOfMemory, match="model 'oak': the card has too little memory for its weights"
    ) as told:
        unless_full(load, name="oak", device="the card")
    assert told.value.__context__ is None


def test_another_fault_stays_what_it_is() -> None:
    def load() -> None:
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    with pytest.raises(RuntimeError, match="illegal memory access"):
        unless_full(load, name="oak", device="the card")


def test_what_was_loaded_is_given() -> None:
    assert unless_full(lambda: "oak", name="oak", device="the card") == "oak"
