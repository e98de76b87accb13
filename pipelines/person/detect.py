"""Detectors of one shot: from numbers at fixed anchors to boxes with key points.

The networks say, at every anchor, how likely something is there and where its box and key points
lie from the anchor. Overlapping answers are averaged by their likelihood, not dropped.

References  Liu et al. 2016, "SSD: Single Shot MultiBox Detector"; Bazarevsky et al. 2019,
            "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs"
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.person.network import Network
from pipelines.person.window import Window

Floats = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]

_LOGIT_CLIP = 80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a detector's anchors lie, and how its answers are read.

    Attributes
    ----------
    grids
        (cells along a side, anchors in each cell), in order of the answers.
    low
        Black in the network's input; white is 1.
    least
        Likelihood from which an answer counts.
    """

    grids: tuple[tuple[int, int], ...]
    low: float
    least: float = 0.5

    def anchors(self) -> Floats:
        """Middles of all anchors, float32 (anchors, 2), as shares of the side."""
        rows = []
        for cells, each in self.grids:
            along = (np.arange(cells, dtype=np.float32) + 0.5) / cells
            middles = np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2)
            rows.append(np.repeat(middles, each, axis=0))
        return np.concatenate(rows)


FACES = Layout(grids=((48, 1),), low=-1.0)
NEAR_FACES = Layout(grids=((16, 2), (8, 6)), low=-1.0)
POSES = Layout(grids=((28, 2), (14, 2), (7, 6)), low=-1.0)
PALMS = Layout(grids=((24, 2), (12, 6)), low=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One thing found.

    Attributes
    ----------
    box
        Left, top, right, bottom of an upright box within the window that was looked at, in px of
        the picture.
    points
        float32 (n, 2): the key points in px of the picture.
    score
        Likelihood, 0 to 1.
    """

    box: tuple[float, float, float, float]
    points: Floats
    score: float

    @property
    def side(self) -> float:
        """Longer side of the box."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)

    @property
    def middle(self) -> tuple[float, float]:
        """Middle of the box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


def sigmoid(logits: Floats) -> Floats:
    """Logits to likelihoods, without overflow."""
    clipped = np.clip(logits, -_LOGIT_CLIP, _LOGIT_CLIP)
    return np.asarray(1 / (1 + np.exp(-clipped)), dtype=np.float32)


def detect(network: Network, layout: Layout, rgb: Rgb, window: Window) -> list[Detection]:
    """Look at an upright window of a picture; the likeliest first."""
    boxes, logits = network.answer(window.cut(rgb, network.input_px, low=layout.low))
    scores = sigmoid(logits[:, 0])
    kept = np.flatnonzero(scores >= layout.least)
    if kept.size == 0:
        return []
    shares = _shares(boxes[kept], layout.anchors()[kept], network.input_px)
    merged = _merged(shares, np.asarray(scores[kept], np.float32))
    return [_detection(one, score, window) for one, score in merged]


def _shares(raw: Floats, anchors: Floats, side_px: int) -> Floats:
    """Corner, corner, then key points, as shares of the window: float32 (n, 2 + points, 2)."""
    pairs = raw.reshape(len(raw), -1, 2) / np.float32(side_px)
    middle, size = pairs[:, 0] + anchors, pairs[:, 1]
    points = pairs[:, 2:] + anchors[:, None]
    return np.concatenate(
        [(middle - size / 2)[:, None], (middle + size / 2)[:, None], points], axis=1
    )


def _merged(found: Floats, scores: Floats) -> list[tuple[Floats, float]]:
    """Average what overlaps by its likelihood."""
    result = []
    left = np.argsort(-scores)
    while left.size:
        best = left[0]
        same = _overlap(found[best], found[left]) > _SAME
        group = left[same]
        weights = scores[group] / scores[group].sum()
        result.append((np.tensordot(weights, found[group], axes=1), float(scores[best])))
        left = left[~same]
    return result


_SAME = 0.3
"""Boxes that overlap more, by intersection over union, are of one thing."""


def _overlap(one: Floats, others: Floats) -> Floats:
    low = np.maximum(one[0], others[:, 0])
    high = np.minimum(one[1], others[:, 1])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    areas = np.prod(others[:, 1] - others[:, 0], axis=1)
    return np.asarray(shared / (areas + np.prod(one[1] - one[0]) - shared + 1e-9), np.float32)


def _detection(found: Floats, score: float, window: Window) -> Detection:
    points = window.back(found)
    (left, top), (right, bottom) = points[:2].tolist()
    return Detection(box=(left, top, right, bottom), points=points[2:], score=score)
