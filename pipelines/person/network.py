"""A TensorFlow Lite network: numbers in, numbers out, on the processor."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipelines.errors import ExtraMissing
from pipelines.session import spoilt

Floats = npt.NDArray[np.float32]
_STDERR = 2
_one_at_a_time = threading.Lock()


def engine_missing() -> bool:
    """Whether the library that runs these networks is not installed."""
    return find_spec("ai_edge_litert") is None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's greeting, which no setting silences, off standard error."""
    with _one_at_a_time:
        kept, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        try:
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            os.close(nowhere)


class Network:
    """One loaded network; calls from several threads wait for each other.

    Raises
    ------
    ExtraMissing : the library is not installed
    ModelCorrupt : the file is no network
    """

    def __init__(self, path: Path, *, name: str) -> None:
        if engine_missing():
            raise ExtraMissing(what="networks that find people", extra="person")
        from ai_edge_litert.interpreter import Interpreter

        try:
            with _quiet():
                self._runs = Interpreter(model_path=str(path), num_threads=1)
                self._runs.allocate_tensors()
        except (ValueError, RuntimeError) as fault:
            raise spoilt(path, name=name) from fault
        self._lock = threading.Lock()
        asked = self._runs.get_input_details()[0]
        self._input: int = asked["index"]
        self.input_px = int(asked["shape"][1])
        """Side of the square picture it looks at."""
        self._outputs = [one["index"] for one in self._runs.get_output_details()]

    def answer(self, picture: Floats) -> list[Floats]:
        """Run once.

        Parameters
        ----------
        picture : float32 (side, side, 3), of the network's own range

        Returns
        -------
        float32 of each output, without the batch's axis
        """
        with self._lock:
            self._runs.set_tensor(self._input, np.ascontiguousarray(picture[None]))
            self._runs.invoke()
            return [np.array(self._runs.get_tensor(one)[0], np.float32) for one in self._outputs]
