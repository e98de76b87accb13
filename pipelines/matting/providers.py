"""Where ONNX models run: what a user asks for, against what the runtime can do here."""

from collections.abc import Sequence
from typing import Literal

from pipelines.errors import DeviceMissing

DeviceWish = Literal["auto", "cpu", "cuda"]
"""auto: an accelerator where there is one, else the processor, and the report says which."""

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_ACCELERATORS = (_CUDA, "ROCMExecutionProvider", "OpenVINOExecutionProvider")
"""In the order in which they are taken."""
_INSTALL = "pip uninstall onnxruntime && pip install 'onnxruntime-gpu[cuda,cudnn]'"


def providers_for(device: DeviceWish) -> list[str]:
    """Names of the runtime's providers to ask for, the first one first.

    Raises
    ------
    DeviceMissing : the runtime was built without what is demanded
    """
    import onnxruntime

    here = onnxruntime.get_available_providers()
    if device == "cpu":
        return [_CPU]
    if device == "cuda":
        if _CUDA not in here:
            why = f"ONNX Runtime, which finds products, can use only {_words(here)} here"
            raise DeviceMissing(device=device, why=why, fix=_INSTALL)
        return [_CUDA, _CPU]
    accelerator = next((name for name in _ACCELERATORS if name in here), None)
    return [_CPU] if accelerator is None else [accelerator, _CPU]


def refuse_fallback(device: DeviceWish, active: Sequence[str]) -> None:
    """Refuse a session that runs elsewhere than it was asked to.

    A provider may be there while the libraries that it needs do not load; the runtime then takes
    the processor.

    Parameters
    ----------
    active : the session's providers, the one in use first

    Raises
    ------
    DeviceMissing
    """
    if device == "cuda" and (not active or active[0] != _CUDA):
        why = "ONNX Runtime has it, but its CUDA or cuDNN libraries do not load"
        fix = "install the versions that it needs (its own message above names them)"
        raise DeviceMissing(device=device, why=why, fix=fix)


def _words(providers: Sequence[str]) -> str:
    """Providers as people call them, without the one that is somebody else's computer."""
    local = [name.removesuffix("ExecutionProvider") for name in providers if "Azure" not in name]
    return ", ".join(local) or "nothing"
