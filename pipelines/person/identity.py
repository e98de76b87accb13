"""Whether two faces are one person's: a distance, never a name.

Nothing is kept: the 128 numbers of a face live as long as the comparison.
"""

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipelines.errors import ExtraMissing
from pipelines.person.body import MESH_EYES, MESH_UNDER_NOSE, Face
from pipelines.session import spoilt
from pipelines.weights import ModelCard

Rgb = npt.NDArray[np.uint8]

ANOTHER_PERSON = 0.6
"""Distance from which dlib's authors call two faces two persons': 99.4% right on the Labeled Faces
in the Wild benchmark (dlib.net/face_recognition.py)."""


class FaceJudge(Protocol):
    """What compares faces."""

    @property
    def key(self) -> str:
        """``name@revision``."""
        ...

    def distance(self, one: tuple[Rgb, Face], other: tuple[Rgb, Face]) -> float:
        """0 for the same picture of a face; above `ANOTHER_PERSON` for two persons."""
        ...


class DlibFaceJudge:
    """dlib's residual network; calls from several threads wait for each other."""

    def __init__(self, card: ModelCard, files: Sequence[Path]) -> None:
        """Load the network.

        Raises
        ------
        ExtraMissing, ModelCorrupt
        """
        if find_spec("dlib") is None and find_spec("_dlib_pybind11") is None:
            raise ExtraMissing(what="networks that compare faces", extra="person")
        import dlib

        self.key = f"{card.name}@{card.revision}"
        try:
            self._network: Any = dlib.face_recognition_model_v1(str(files[0]))
        except RuntimeError as fault:
            raise spoilt(files[0], name=card.name) from fault
        self._lock = threading.Lock()

    def distance(self, one: tuple[Rgb, Face], other: tuple[Rgb, Face]) -> float:
        """Distance between two faces."""
        with self._lock:
            numbers = [self._numbers(rgb, face) for rgb, face in (one, other)]
        return float(np.linalg.norm(numbers[0] - numbers[1]))

    def _numbers(self, rgb: Rgb, face: Face) -> npt.NDArray[np.float64]:
        import dlib

        corners = [round(float(value)) for value in _five_points(face).flatten()]
        points = [dlib.point(x, y) for x, y in zip(corners[::2], corners[1::2], strict=True)]
        left, top = face.outline.min(axis=0).astype(int).tolist()
        right, bottom = face.outline.max(axis=0).astype(int).tolist()
        shape = dlib.full_object_detection(dlib.rectangle(left, top, right, bottom), points)
        found = self._network.compute_face_descriptor(np.ascontiguousarray(rgb), shape)
        return np.asarray(found, dtype=np.float64)


def _five_points(face: Face) -> npt.NDArray[np.float32]:
    """What dlib aligns faces by: corners of the eyes, the subject's left eye first, then the nose.

    Outer before inner corner for each eye.
    """
    (right_outer, right_inner), (left_inner, left_outer) = MESH_EYES
    order = [left_outer, left_inner, right_outer, right_inner, MESH_UNDER_NOSE]
    return np.asarray(face.mesh[order], dtype=np.float32)
