"""OpenVINO's Python bindings, made ready for several threads, and quiet."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

_FIRST_USE = Lock()
_CONVERTER = "openvino.tools.ovc"
"""Turns other frameworks' models into OpenVINO's, which ONNX files do without."""


def load_openvino() -> Any:
    """Import OpenVINO, and let one thread alone see a tensor's numbers for the first time.

    Two threads that do so at once wait for each other for ever, the whole process with them: one
    holds the guard of the bindings' bridge to numpy and wants the interpreter, the other holds the
    interpreter and wants the guard (OpenVINO 2026.4, pybind11's ``gil_safe_call_once``).
    """
    with _FIRST_USE:
        with _no_converter():
            import openvino
        _ = openvino.Tensor(openvino.Type.f32, openvino.Shape([1])).data
    return openvino


@contextmanager
def _no_converter() -> Iterator[None]:
    """Leave OpenVINO's converter out of its import, as where it is not installed.

    To import it is to tell a web analytics service so, from a fork of this process, under a number
    that it leaves in the user's home folder. Images are made without telling anyone.
    """
    if _CONVERTER in sys.modules:
        yield
        return
    absent: Any = None
    sys.modules[_CONVERTER] = absent
    try:
        yield
    finally:
        del sys.modules[_CONVERTER]
