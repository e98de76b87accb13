"""Whether a fault means that a device is full."""


def is_out_of_memory(fault: BaseException) -> bool:
    """Whether a fault is a full device's; the processor's allocator has no class of its own."""
    import torch

    if isinstance(fault, torch.OutOfMemoryError):
        return True
    told = str(fault)
    return "can't allocate memory" in told or "not enough memory" in told
