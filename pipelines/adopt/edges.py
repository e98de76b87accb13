"""Where the surface ends: at the back against a wall, and in front where it is a slab."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.adopt.estimate import Estimate, Sureness

_WIDTH_PX = 240
_STRIPS = 24
_WINDOWS = (0.03, 0.07, 0.14)
"""Heights over which rows above and below are compared: a sharp edge shows in all of them, a
blurred one in the widest."""
_TEXTURE_WEIGHT = 12.0
_NOISE = 6.0
_SLOPES = np.linspace(-0.1, 0.1, 21)
_SLOPE_SPREAD = 0.08
_USUAL_Y, _USUAL_SPREAD = 0.57, 0.22
_SURE, _LIKELY = 3.3, 2.2
"""Scores measured on the built-in plates: edges 2.7 to 8.4, a seamless sweep 1.8, seen from
above 1.0."""
_FRONT_SCORE, _FRONT_GAP = 5.0, 0.12
NO_EDGE_Y = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A line across the picture.

    Attributes
    ----------
    y
        Ratio of the height, in the picture's middle.
    slope
        Ratio of the width by which it falls from left to right.
    score
        Contrast of what lies above and below, over its spread.
    """

    y: float
    slope: float
    score: float


def find_edges(rgb: npt.NDArray[np.uint8]) -> tuple[Edge, Edge | None]:
    """Find the surface's back edge, and its front edge if the picture shows one.

    Each of several vertical strips votes for rows where colour and texture change; a line is
    sought that most strips agree on, so that a vase before the edge does not move it.
    """
    votes = _votes(_features(rgb))
    back = _best_line(votes, low=0.15, high=0.92, usual=True)
    below = back.y + _FRONT_GAP
    front = _best_line(votes, low=below, high=0.98, usual=False) if below < 0.95 else None
    if front is not None and front.score < max(_FRONT_SCORE, 0.45 * back.score):
        front = None
    return back, front


def back_estimate(edge: Edge) -> Estimate:
    """The back edge as an estimate."""
    sureness: Sureness = (
        "sure" if edge.score >= _SURE else "likely" if edge.score >= _LIKELY else "guess"
    )
    why = (
        f"colour and texture change along a line, {edge.score:.1f} times their spread"
        if sureness != "guess"
        else "no edge between surface and wall stands out: a seamless sweep, or seen from above"
    )
    return Estimate(
        name="surface's back edge", value=round(edge.y if sureness != "guess" else NO_EDGE_Y, 3),
        unit="of the height", sureness=sureness, why=why, option="--surface-y",
    )  # fmt: skip


def front_estimate(edge: Edge | None) -> Estimate:
    """The front edge as an estimate; 1 where the surface runs out of the picture."""
    if edge is None:
        return Estimate(
            name="surface's front edge", value=1.0, unit="of the height", sureness="likely",
            why="no second edge: the surface runs out of the picture", option="--front-y",
        )  # fmt: skip
    return Estimate(
        name="surface's front edge", value=round(edge.y, 3), unit="of the height",
        sureness="likely", why=f"a second edge, {edge.score:.1f} times the spread",
        option="--front-y",
    )  # fmt: skip


def _features(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Lab and the strength of fine texture, float32 (H, 240, 4)."""
    height = max(round(rgb.shape[0] * _WIDTH_PX / rgb.shape[1]), 32)
    size = (_WIDTH_PX, height)
    lab = cv2.cvtColor(_small(rgb, size), cv2.COLOR_RGB2LAB)
    detailed = cv2.cvtColor(_small(rgb, (size[0] * 3, size[1] * 3)), cv2.COLOR_RGB2LAB)[..., 0]
    fine = np.abs(detailed - cv2.GaussianBlur(detailed, (0, 0), 2))
    texture = cv2.resize(cv2.GaussianBlur(fine, (0, 0), 3), size, interpolation=cv2.INTER_AREA)
    return np.dstack([lab, np.log(texture + 0.05) * _TEXTURE_WEIGHT]).astype(np.float32)


def _small(rgb: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    how = cv2.INTER_AREA if size[0] < rgb.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, size, interpolation=how), np.float32) / np.float32(255)


def _votes(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """How much each strip changes at each row, float64 (strips, H)."""
    height, width = features.shape[:2]
    votes = np.zeros((_STRIPS, height))
    for number in range(_STRIPS):
        strip = features[:, number * width // _STRIPS : (number + 1) * width // _STRIPS]
        rows = np.median(strip, axis=1).astype(np.float64)
        sums, squares = (_running(values) for values in (rows, rows**2))
        for window in _WINDOWS:
            reach = max(int(window * height), 2)
            y = np.arange(reach, height - reach)
            above, below = (sums[y] - sums[y - reach]) / reach, (sums[y + reach] - sums[y]) / reach
            spread = (
                (squares[y] - squares[y - reach]) / reach
                - above**2
                + (squares[y + reach] - squares[y]) / reach
                - below**2
            )
            change = np.abs(above - below) / np.sqrt(np.maximum(spread, 0) + _NOISE)
            votes[number, y] += np.minimum(change, 4).sum(axis=1) / len(_WINDOWS)
    return votes


def _running(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])


def _best_line(votes: npt.NDArray[np.float64], *, low: float, high: float, usual: bool) -> Edge:
    strips, height = votes.shape
    across = (np.arange(strips) + 0.5) / strips - 0.5
    candidates = np.arange(int(low * height), int(high * height))
    prior = np.ones(candidates.size)
    if usual:
        prior = np.exp(-0.5 * ((candidates / height - _USUAL_Y) / _USUAL_SPREAD) ** 2)
    best = Edge(y=(low + high) / 2, slope=0.0, score=0.0)
    for slope in _SLOPES:
        rows = np.round(candidates[:, None] + slope * across * _WIDTH_PX).astype(int)
        voted = votes[np.arange(strips), np.clip(rows, 0, height - 1)]  # (candidates, strips)
        most = np.percentile(voted, 80, axis=1, keepdims=True)
        scores = np.minimum(voted, most).mean(axis=1) * prior
        scores *= np.exp(-0.5 * (slope / _SLOPE_SPREAD) ** 2)
        first = int(scores.argmax())
        if scores[first] > best.score:
            y = float(candidates[first] / height)
            best = Edge(y=y, slope=float(slope), score=float(scores[first]))
    return best
