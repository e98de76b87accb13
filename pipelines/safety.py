"""How likely a picture shows nudity: a score, never a judgement of people.

The network was trained on photographs that had been through Caffe's own steps, and is sensitive to
all of them: whole picture squeezed to 256 px, JPEG, the middle 224 px, blue first, means taken off.

References  Mahadeokar and Pesavento 2016, "Open Sourcing a Deep Learning Solution for Detecting
            NSFW Images"
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.session import open_session
from pipelines.weights import ModelCard

_SQUEEZED_PX, _SEEN_PX = 256, 224
_JPEG_QUALITY = 75
_MEANS_BGR = (104.0, 117.0, 123.0)


class SafetyJudge(Protocol):
    """What scores pictures."""

    @property
    def key(self) -> str:
        """``name@revision``."""
        ...

    def score(self, rgb: npt.NDArray[np.uint8]) -> float:
        """Likelihood of nudity, 0 to 1; its authors call below 0.2 safe and above 0.8 not."""
        ...


class OpenNsfw:
    """The network in ONNX Runtime; safe to call from several threads."""

    def __init__(self, card: ModelCard, files: Sequence[Path]) -> None:
        """Load the network.

        Raises
        ------
        ModelCorrupt
        """
        self.key = f"{card.name}@{card.revision}"
        self._session = open_session(files[0], card)

    def score(self, rgb: npt.NDArray[np.uint8]) -> float:
        """Likelihood of nudity, 0 to 1."""
        seen = _as_trained(rgb)[None]
        (answer,) = self._session.run(None, {self._session.get_inputs()[0].name: seen})
        return float(answer[0, 1])


def _as_trained(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    squeezed = Image.fromarray(rgb).resize((_SQUEEZED_PX, _SQUEEZED_PX), Image.Resampling.BILINEAR)
    packed = io.BytesIO()
    squeezed.save(packed, "JPEG", quality=_JPEG_QUALITY)
    with Image.open(packed) as unpacked:
        pixels = np.asarray(unpacked.convert("RGB"), dtype=np.float32)
    edge = (_SQUEEZED_PX - _SEEN_PX) // 2
    middle = pixels[edge : edge + _SEEN_PX, edge : edge + _SEEN_PX]
    return np.ascontiguousarray(middle[..., ::-1] - np.array(_MEANS_BGR, np.float32))
