"""Where headline and selling points go: the free rectangle in which they look best."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import TextUnplaceable
from pipelines.imaging.cutout import Box
from pipelines.lettering.blocks import Block, Copywriting, band, column
from pipelines.lettering.draw import Raster
from pipelines.lettering.ink import PANE_PAD_EM
from pipelines.lettering.space import Space
from pipelines.lettering.styles import Copy, copy_style
from pipelines.lettering.typeset import Typesetter
from pipelines.spec.overlay import TextSide

_BARE = 5.2
"""Contrast that text needs to stand without a pane: WCAG's 4.5 and the reserve of `ink`."""
_SIZES = 12
_MOST_RECTANGLES = 48
_WIDEST_COLUMN = 0.5
"""Of the frame's width: longer lines of a list are hard to follow."""
_BUSY = 0.9
_MANY_LINES = 0.16
_EDGES = 0.035
_HIGH_UP = 0.25
_CENTRED = 0.1
_LIST_IN_A_ROW = 0.2
_BROKEN_POINT = 0.12
_PANE = 0.3
_PANE_AREA = 1.5
"""Weights of the score, set by eye on the built-in templates; the size's own weight is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A block at a place, and how well it sits there."""

    block: Block
    left_px: float
    top_px: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What a text would stand on: lightness and how much it changes, both (H, W)."""

    grey: npt.NDArray[np.uint8]
    edges: npt.NDArray[np.float32]

    @classmethod
    def of(cls, raster: Raster) -> "_Ground":
        grey = cv2.cvtColor(raster, cv2.COLOR_RGB2GRAY)
        # Strokes are about 0.5% of the frame wide: finer grain does not disturb them.
        soft = cv2.GaussianBlur(grey, (0, 0), 0.003 * min(grey.shape)).astype(np.float32)
        across, down = (cv2.Sobel(soft, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
        edges = np.hypot(across, down) * np.float32(min(grey.shape) / 1500)
        return cls(grey=np.asarray(grey), edges=np.asarray(edges, np.float32))

    def busy(self, left: float, top: float, block: Block) -> float:
        """How restless the ground is: 0 a plain wall, 1 hard to read on."""
        rows = slice(max(0, int(top)), int(top + block.height_px))
        columns = slice(max(0, int(left)), int(left + block.width_px))
        under = self.grey[rows, columns]
        if not under.size:
            return 1.0
        return float(under.std()) / 64 + _EDGES * float(self.edges[rows, columns].mean())

    def bears_text(self, left: float, top: float, block: Block) -> bool:
        """Whether black or white text could be read on it without a pane; a guess from greys."""
        rows = slice(max(0, int(top)), int(top + block.height_px), 4)
        columns = slice(max(0, int(left)), int(left + block.width_px), 4)
        under = self.grey[rows, columns]
        if not under.size:
            return False
        dark, light = (float(value) for value in np.quantile(under, (0.03, 0.97)) / 255)
        on_light = (dark**2.2 + 0.05) / 0.06
        on_dark = 1.05 / (light**2.2 + 0.05)
        return bool(max(on_light, on_dark) > _BARE)


def best_place(
    raster: Raster,
    space: Space,
    words: Copywriting,
    *,
    style: Copy,
    setter: Typesetter,
    side: TextSide,
) -> Placing:
    """Find the best place for the copy.

    Raises
    ------
    TextUnplaceable : no free rectangle holds it at the least size
    """
    ground = _Ground.of(raster)
    found: list[Placing] = []
    for free in _largest(space, shorter=min(raster.shape[:2])):
        for block, centred in _set(free, words, style, setter, raster.shape[:2]):
            found += _spots(ground, free, block, centred=centred, side=side)
    if not found:
        text = words.headline or words.points[0]
        where = "" if side == "auto" else f" at the {side}"
        raise TextUnplaceable(
            part="headline" if words.headline else "points",
            text=text.replace("\n", " "),
            fix="shorten it, leave a point out, or make the product smaller (--scale in a scene, "
            f"--fill or --margin on white){where}",
        )
    return max(found, key=lambda one: one.score)


def _largest(space: Space, *, shorter: int) -> list[Box]:
    rectangles = list(space.rectangles(least_px=(0.12 * shorter, 0.04 * shorter)))
    rectangles.sort(key=lambda one: (-one.width_px * one.height_px, one.top, one.left))
    return rectangles[:_MOST_RECTANGLES]


def _set(
    free: Box, words: Copywriting, style: Copy, setter: Typesetter, frame: tuple[int, ...]
) -> Iterator[tuple[Block, bool]]:
    """The largest column and the largest band that a rectangle holds."""
    shorter = min(frame)
    for arrange, widest in ((column, _WIDEST_COLUMN), (band, 0.92)):
        for sizes in _sizes(words, style, shorter):
            pad = 2 * PANE_PAD_EM * sizes[1]
            width = min(free.width_px - pad, widest * frame[1])
            if width <= 0:
                continue
            block = arrange(words, style, setter, sizes=sizes, width_px=width)
            if block is not None and block.height_px <= free.height_px - pad:
                yield block, arrange is band
                break


def _sizes(words: Copywriting, style: Copy, shorter: int) -> Iterable[tuple[float, float]]:
    """Em sizes of headline and points, from the largest down."""
    if not words.headline:
        return [(size, size) for size in style.alone_size.steps(shorter, _SIZES)]
    points = style.points_size
    return [
        (size, min(max(size * style.of_headline, points.least * shorter), points.most * shorter))
        for size in style.headline_size.steps(shorter, _SIZES)
    ]


def _spots(
    ground: _Ground, free: Box, block: Block, *, centred: bool, side: TextSide
) -> Iterator[Placing]:
    """Where in a rectangle the block may stand: pinned to the frame's side, at three heights."""
    height, width = ground.grey.shape
    pad = PANE_PAD_EM * min(line.size_px for line in block.lines)
    room_x = free.width_px - block.width_px - 2 * pad
    room_y = free.height_px - block.height_px - 2 * pad
    if centred:
        left = min(max(width / 2 - block.width_px / 2, free.left + pad), free.left + pad + room_x)
    elif (free.left + free.right) / 2 < width / 2:
        left = free.left + pad
    else:
        left = free.left + pad + room_x
    for share in (0.0, 0.33, 0.5, 1.0):
        top = free.top + pad + room_y * share
        middle = (left + block.width_px / 2) / width, (top + block.height_px / 2) / height
        if _on(side, middle, centred=centred):
            score = _score(ground, block, (left, top), middle, centred=centred)
            yield Placing(block=block, left_px=left, top_px=top, score=score)


def _on(side: TextSide, middle: tuple[float, float], *, centred: bool) -> bool:
    """Whether a middle lies on a side; a centred band belongs to no left or right."""
    x, y = middle
    match side:
        case "auto":
            return True
        case "left":
            return x < 0.45 and not centred
        case "right":
            return x > 0.55 and not centred
        case "top":
            return y < 0.45
        case _:
            return y > 0.55


def _score(
    ground: _Ground,
    block: Block,
    at: tuple[float, float],
    middle: tuple[float, float],
    *,
    centred: bool,
) -> float:
    headlines = sum(1 for line in block.lines if line.role == "headline")
    largest = copy_style().headline_size.most if headlines else copy_style().alone_size.most
    size = block.size_px / (largest * min(ground.grey.shape))
    score: float = size - _BUSY * ground.busy(*at, block) - _MANY_LINES * max(0, headlines - 2)
    score -= _BROKEN_POINT * _broken_points(block)
    if not ground.bears_text(*at, block):
        area = block.width_px * block.height_px / ground.grey.size
        score -= _PANE + _PANE_AREA * area
    score += _HIGH_UP * (1 - middle[1])
    if centred:
        score += _CENTRED - 0.8 * abs(middle[0] - 0.5)
        score -= 0.0 if headlines else _LIST_IN_A_ROW
    return score


def _broken_points(block: Block) -> int:
    """Lines of the list beyond one for each point: each has one mark, the bar none."""
    points = sum(1 for line in block.lines if line.role == "point")
    marks = sum(1 for mark in block.marks if mark.round_px)
    return max(0, points - marks) if marks else 0
