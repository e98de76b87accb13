"""SCHP as a parser of clothes: a network in an ONNX file, trained on LIP or ATR.

It looks at a square in which the person's box keeps its proportions, blue first, black around it.

References  Li et al. 2020, "Self-Correction for Human Parsing"
"""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box
from pipelines.person.clothes import ATR, LIP, Parsed, parts_of, unusable
from pipelines.session import engine_faults, session_of

Floats = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]

_MEAN_BGR = np.array((0.406, 0.456, 0.485), np.float32)
_STD_BGR = np.array((0.225, 0.224, 0.229), np.float32)
_USUAL_PX, _LEAST_PX, _MOST_PX = {len(LIP): 473, len(ATR): 512}, 64, 2048
_LABELS = {len(LIP): LIP, len(ATR): ATR}
_COPY = "export SCHP as ONNX anew; `parsing_lip.onnx` and `parsing_atr.onnx` are such files"


class SchpParser:
    """A network of SCHP in ONNX Runtime, on the processor."""

    def __init__(self, file: Path, *, key: str) -> None:
        """Load the network; its number of outputs tells what it was trained on.

        Raises
        ------
        CheckpointUnusable : no network, or not one that tells 18 or 20 labels
        """
        self.key = key
        try:
            self._session = session_of(file)
        except engine_faults() as fault:
            raise unusable(f"{file} is no network that ONNX Runtime can read", fix=_COPY) from fault
        self._file, self._input = file, self._session.get_inputs()[0]
        side = self._input.shape[-1] if len(self._input.shape) == 4 else 0
        self._side = side if isinstance(side, int) else 0
        self._output, labels = self._told()
        self._parts = parts_of(labels, where=str(file))
        self._side = self._side or _USUAL_PX[len(labels)]
        if not _LEAST_PX <= self._side <= _MOST_PX:
            raise unusable(f"{file} looks at {self._side} px", fix=_COPY)
        self.cell = 4 / self._side

    def parse(self, rgb: Rgb, box: Box) -> Parsed:
        """Look at a part of a picture, in its own proportions.

        Raises
        ------
        CheckpointUnusable : the network does not run
        """
        part = rgb[box.top : box.bottom, box.left : box.right]
        height, width = part.shape[:2]
        zoom = self._side / max(height, width)
        size = max(1, round(width * zoom)), max(1, round(height * zoom))
        how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
        left, top = (self._side - size[0]) // 2, (self._side - size[1]) // 2
        canvas = np.zeros((self._side, self._side, 3), np.float32)
        window = np.s_[top : top + size[1], left : left + size[0]]
        canvas[window] = cv2.resize(part, size, interpolation=how)[..., ::-1]
        given = ((canvas / 255 - _MEAN_BGR) / _STD_BGR).transpose(2, 0, 1)[None]
        try:
            (logits,) = self._session.run(
                [self._output], {self._input.name: np.ascontiguousarray(given, np.float32)}
            )
        except engine_faults() as fault:
            fact = f"{self._file} does not take a picture of {self._side} px in 32-bit numbers"
            raise unusable(fact, fix=_COPY) from fault
        told = np.asarray(logits[0], np.float32)
        whole = [cv2.resize(one, (self._side, self._side), interpolation=cv2.INTER_LINEAR)
                 for one in told]  # fmt: skip
        return Parsed.of(np.stack(whole)[:, window[0], window[1]], self._parts, box)

    def _told(self) -> tuple[str, tuple[str, ...]]:
        """The last output that tells labels, and these: the first is only a draft of it."""
        found = [
            (one.name, one.shape[1])
            for one in self._session.get_outputs()
            if len(one.shape) == 4 and one.shape[1] in _LABELS
        ]
        if not found:
            shapes = ", ".join(str(one.shape) for one in self._session.get_outputs()[:4])
            fact = (
                f"{self._file} tells {shapes}; LIP has {len(LIP)} labels ({', '.join(LIP)}), "
                f"ATR {len(ATR)} ({', '.join(ATR)})"
            )
            raise unusable(fact, fix=_COPY)
        name, count = found[-1]
        return name, _LABELS[count]
