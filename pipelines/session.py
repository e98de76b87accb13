"""Networks in ONNX files that run on the processor, opened in one place: a spoilt file is named."""

from pathlib import Path
from typing import Any

from pipelines.errors import ModelCorrupt
from pipelines.weights import ModelCard


def open_session(file: Path, card: ModelCard) -> Any:
    """Open one of a described model's files in ONNX Runtime.

    Raises
    ------
    ModelCorrupt : the file is no network
    """
    try:
        return session_of(file)
    except engine_faults() as fault:
        raise spoilt(file, name=card.name) from fault


def session_of(file: Path) -> Any:
    """Open a file in ONNX Runtime, which says nothing beside what it raises: `engine_faults`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def engine_faults() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises for a file that is no network, or not a whole one."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (state.InvalidProtobuf, state.InvalidArgument, state.InvalidGraph, state.Fail,
            state.NotImplemented, state.NoSuchFile, state.RuntimeException)  # fmt: skip


def spoilt(file: Path, *, name: str) -> ModelCorrupt:
    """A file of the size that was described, but not of its content, as a fault."""
    return ModelCorrupt(name=name, fact=f"{file} is spoilt: no network can be read from it")
