"""Read the text on a picture: find lines, straighten them, tell their letters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import ModelCorrupt
from pipelines.reading.detect import boxes_in, network_size, straightened
from pipelines.reading.lines import Line
from pipelines.session import open_session
from pipelines.weights import ModelCard

_SHORTEST_PX, _LONGEST_PX = 736, 1280
"""1,280 px take 1.1 s of processor time, 2,000 px 3.2 and read nothing more on the samples."""
_LINE_PX = 48
_WIDEST_LINE = 40
"""Widths of a line in heights; longer ones are squeezed."""
_LEAST_SCORE = 0.5


class TextReader(Protocol):
    """What reads text."""

    @property
    def key(self) -> str:
        """``name@revision``."""
        ...

    def read(self, rgb: npt.NDArray[np.uint8]) -> Sequence[Line]:
        """Find and read all lines, top to bottom."""
        ...


class OnnxTextReader:
    """Two networks of the PP-OCR family in ONNX Runtime; safe to call from several threads."""

    def __init__(self, card: ModelCard, files: Sequence[Path]) -> None:
        """Load the networks: the one that tells letters first, then the one that finds lines.

        Raises
        ------
        ModelCorrupt
        """
        self.key = f"{card.name}@{card.revision}"
        self._letters, self._finder = (open_session(path, card) for path in files)
        told = self._letters.get_modelmeta().custom_metadata_map.get("character", "")
        if not told:
            raise ModelCorrupt(name=card.name, fact=f"{files[0]} does not say its alphabet")
        self._alphabet = ["", *told.split("\n"), " "]
        """The blank of the code comes first; the space is not in the list."""

    def read(self, rgb: npt.NDArray[np.uint8]) -> list[Line]:
        """Find and read all lines, top to bottom."""
        lines = []
        for box in self._boxes(rgb):
            text, score = self._told(straightened(rgb, box))
            if text.strip() and score >= _LEAST_SCORE:
                lines.append(Line(text=text.strip(), score=score, corners=box))
        return lines

    def _boxes(self, rgb: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.float32]]:
        height, width = rgb.shape[:2]
        size = network_size(width, height, shortest_px=_SHORTEST_PX, longest_px=_LONGEST_PX)
        how = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
        likely = _answer(self._finder, cv2.resize(rgb, size, interpolation=how))[0, 0]
        return boxes_in(likely, width_px=width, height_px=height)

    def _told(self, line: npt.NDArray[np.uint8]) -> tuple[str, float]:
        """Letters of a line, by the likeliest at each step; repeated ones count once."""
        ratio = min(line.shape[1] / line.shape[0], _WIDEST_LINE)
        width = max(_LINE_PX // 3, round(_LINE_PX * ratio))
        how = cv2.INTER_AREA if line.shape[0] > _LINE_PX else cv2.INTER_LINEAR
        steps = _answer(self._letters, cv2.resize(line, (width, _LINE_PX), interpolation=how))[0]
        likeliest = steps.argmax(axis=1)
        new = np.concatenate([[True], likeliest[1:] != likeliest[:-1]]) & (likeliest > 0)
        if not new.any():
            return "", 0.0
        text = "".join(self._alphabet[letter] for letter in likeliest[new])
        return text, float(steps.max(axis=1)[new].mean())


def _answer(session: Any, rgb: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """Ask a network of this family: BGR, -1 to 1, one picture."""
    given = (np.asarray(rgb, np.float32)[..., ::-1] / 127.5 - 1).transpose(2, 0, 1)[None]
    (answer,) = session.run(None, {session.get_inputs()[0].name: np.ascontiguousarray(given)})
    return np.asarray(answer, dtype=np.float32)
