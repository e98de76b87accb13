"""OpenVINO's Python bindings, made ready for several threads."""

from threading import Lock
from typing import Any

_FIRST_USE = Lock()


def load_openvino() -> Any:
    """Import OpenVINO, and let one thread alone see a tensor's numbers for the first time.

    Two threads that do so at once wait for each other for ever, the whole process with them: one
    holds the guard of the bindings' bridge to numpy and wants the interpreter, the other holds the
    interpreter and wants the guard (OpenVINO 2026.4, pybind11's ``gil_safe_call_once``).
    """
    import openvino

    with _FIRST_USE:
        _ = openvino.Tensor(openvino.Type.f32, openvino.Shape([1])).data
    return openvino
