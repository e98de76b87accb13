"""How one picture lies over another: shift, zoom and turn, though parts were painted anew.

A start is found by features, by phase correlation or taken as none, whichever lays more of the
picture upon itself; Gauss-Newton over a pyramid makes it exact, with weights that leave out whole
regions which do not fit, so that a repainted half does not pull.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Rgb = npt.NDArray[np.uint8]

_LEVELS_PX = (128, 256, 512, 1024)
"""Longer sides at which the fit is made exact, from coarse to fine. 2,048 would halve an error
that is 0.02 px already (`tests/pipelines/checks/test_drift.py`) and cost four times the time."""
_START_PX = 512
_STEPS = 12
_STILL = 1e-3
"""A step that moves no corner by more than this many pixels is the last."""
_WINDOW_PX = 15
_TEXTURE = 2.0
"""Standard deviation in a window, 8-bit levels, below which it could lie anywhere."""
_ALIKE = 0.6
"""Correlation of a window with its counterpart. The same photo through a 4-channel autoencoder's
loss (blur of 0.8 px, noise of 4 levels) gives 0.8 and more where there is texture."""
_FITTING_SHARE = 0.3
"""Of the textured pixels, what is taken to fit when the scale of errors is set."""
_NEAR_ENOUGH = 0.35
"""Share of what has texture that is alike where it lies: the fit does the rest."""
_FEATURES = 1200
_SQUARE = np.ones((9, 9), np.uint8)
_LEAST_MATCHES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Similarity:
    """A point at (x, y) from the first picture's centre lies in the second at zoom * turn + shift.

    Attributes
    ----------
    right_px, down_px
        Shift of the centre.
    """

    right_px: float = 0.0
    down_px: float = 0.0
    zoom: float = 1.0
    turn_deg: float = 0.0

    def matrix(self, width_px: int, height_px: int) -> npt.NDArray[np.float64]:
        """Float64 (2, 3): pixel indices of the first picture to those of the second."""
        x, y = (width_px - 1) / 2, (height_px - 1) / 2
        turn = np.deg2rad(self.turn_deg)
        a, b = self.zoom * np.cos(turn), self.zoom * np.sin(turn)
        across = x + self.right_px - a * x + b * y
        down = y + self.down_px - b * x - a * y
        return np.array([[a, -b, across], [b, a, down]])

    @classmethod
    def of(cls, matrix: npt.NDArray[np.float64], width_px: int, height_px: int) -> "Similarity":
        """Read a matrix; `matrix` is its inverse."""
        x, y = (width_px - 1) / 2, (height_px - 1) / 2
        right, down = matrix @ [x, y, 1.0] - [x, y]
        return cls(
            right_px=float(right),
            down_px=float(down),
            zoom=float(np.hypot(matrix[0, 0], matrix[1, 0])),
            turn_deg=float(np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0]))),
        )


def lie_over(before: Rgb, after: Rgb, stays: Mask) -> Similarity:
    """Find how `after` lies over `before`, by what both show where `stays` is set."""
    greys = cv2.cvtColor(before, cv2.COLOR_RGB2GRAY), cv2.cvtColor(after, cv2.COLOR_RGB2GRAY)
    matrix, level_px = _start(*_level(*greys, stays, _START_PX)), _START_PX
    longer = max(stays.shape)
    # A start from features is right to a pixel or two: coarser levels would lose it again.
    for side_px in _LEVELS_PX[1:]:
        matrix = _rescaled(matrix, _ratio(side_px, longer) / _ratio(level_px, longer))
        level_px = side_px
        matrix = _fitted(*_level(*greys, stays, side_px), matrix)
        if side_px >= longer:
            break
    matrix = _rescaled(matrix, 1 / _ratio(level_px, longer))
    return Similarity.of(matrix, stays.shape[1], stays.shape[0])


def alike(before: Grey, after: Grey, stays: Mask) -> tuple[Mask, Mask]:
    """Which windows of two grey pictures show the same, and which have texture to tell by."""
    window = (_WINDOW_PX, _WINDOW_PX)
    means = [cv2.blur(one, window) for one in (before, after)]
    spread = cv2.blur(before * before, window) - means[0] ** 2
    other = cv2.blur(after * after, window) - means[1] ** 2
    common = cv2.blur(before * after, window) - means[0] * means[1]
    textured = stays & (spread > _TEXTURE**2)
    both = np.sqrt(np.maximum(spread, 0) * np.maximum(other, 0))
    return textured & (common > _ALIKE * np.maximum(both, _TEXTURE**2 / 4)), textured


def _ratio(side_px: int, longer_px: int) -> float:
    return min(1.0, side_px / longer_px)


def _level(
    before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8], stays: Mask, side_px: int
) -> tuple[Grey, Grey, Mask]:
    ratio = _ratio(side_px, max(stays.shape))
    size = max(1, round(stays.shape[1] * ratio)), max(1, round(stays.shape[0] * ratio))
    if ratio < 1:
        pair = [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in (before, after)]
        small = cv2.resize(stays.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    else:
        pair, small = [before, after], stays.astype(np.uint8)
    return pair[0].astype(np.float32), pair[1].astype(np.float32), small > 0


def _rescaled(matrix: npt.NDArray[np.float64], ratio: float) -> npt.NDArray[np.float64]:
    """The same mapping between pictures enlarged by `ratio`; pixel centres lie at (i + 0.5)."""
    grown = matrix.copy()
    grown[:, 2] = ratio * (matrix[:, 2] + (matrix[:, :2] @ [0.5, 0.5]) - 0.5)
    grown[:, 2] += 0.5 - matrix[:, :2] @ [0.5, 0.5]
    return grown


def _start(before: Grey, after: Grey, stays: Mask) -> npt.NDArray[np.float64]:
    """The most fitting of three guesses; none at all where that fits already."""
    none = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    fits, textured = alike(before, after, stays)
    if int(fits.sum()) > _NEAR_ENOUGH * int(textured.sum()):
        return none
    guesses = [none]
    if min(stays.shape) > 1:
        guesses.append(_by_phase(before, after, stays))
    by_features = _by_features(before, after, stays)
    if by_features is not None:
        guesses.append(by_features)
    fitting = [int(alike(before, _laid(after, one), stays)[0].sum()) for one in guesses]
    return guesses[int(np.argmax(fitting))]


def _by_phase(before: Grey, after: Grey, stays: Mask) -> npt.NDArray[np.float64]:
    height, width = stays.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F) * stays
    pair = [one - cv2.GaussianBlur(one, (0, 0), 8) for one in (before, after)]
    (right, down), _ = cv2.phaseCorrelate(pair[0], pair[1], window.astype(np.float32))
    return np.array([[1.0, 0.0, right], [0.0, 1.0, down]])


def _by_features(before: Grey, after: Grey, stays: Mask) -> npt.NDArray[np.float64] | None:
    sift = cv2.SIFT.create(nfeatures=_FEATURES)
    there = cv2.dilate(stays.astype(np.uint8), np.ones((5, 5), np.uint8))
    first, told = sift.detectAndCompute(before.astype(np.uint8), there)
    second, found = sift.detectAndCompute(after.astype(np.uint8), None)
    if told is None or found is None or min(len(first), len(second)) < _LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2, crossCheck=True).match(told, found)
    if len(pairs) < _LEAST_MATCHES:
        return None
    here = np.array([first[one.queryIdx].pt for one in pairs], np.float32)
    gone = np.array([second[one.trainIdx].pt for one in pairs], np.float32)
    matrix, _ = cv2.estimateAffinePartial2D(here, gone, ransacReprojThreshold=1.5)
    return None if matrix is None else np.asarray(matrix, dtype=np.float64)


def _laid(picture: Grey, matrix: npt.NDArray[np.float64]) -> Grey:
    """The second picture drawn into the first one's frame."""
    height, width = picture.shape
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(
        picture, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(laid, dtype=np.float32)


def _fitted(
    before: Grey, after: Grey, stays: Mask, matrix: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Make a mapping exact at one level, by Gauss-Newton on the pictures without slow colour."""
    fine = [one - cv2.GaussianBlur(one, (0, 0), 12) for one in (before, after)]
    height, width = stays.shape
    across = np.arange(width, dtype=np.float32) - (width - 1) / 2
    down = (np.arange(height, dtype=np.float32) - (height - 1) / 2)[:, None]
    inside = np.ones_like(before)
    reach = max(height, width) / 2
    for _ in range(_STEPS):
        laid = _laid(fine[1], matrix)
        covered = cv2.warpAffine(
            inside, matrix, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        )
        fits = cv2.erode(alike(fine[0], laid, stays)[0].astype(np.uint8), _SQUARE) > 0
        step = _step(fine[0], laid, fits & (covered > 0), across, down)
        if step is None:
            return matrix
        matrix = _composed(matrix, step, (width, height))
        if abs(step[0]) + abs(step[1]) + (abs(step[2]) + abs(step[3])) * reach < _STILL:
            break
    return matrix


def _step(
    before: Grey, laid: Grey, valid: Mask, across: Grey, down: Grey
) -> npt.NDArray[np.float64] | None:
    """Shift right, down, zoom and turn that bring two pictures nearer; None where none can tell."""
    mean = (before + laid) / 2
    gx, gy = (cv2.Scharr(mean, cv2.CV_32F, *one) / 32 for one in ((1, 0), (0, 1)))
    telling = valid & (gx * gx + gy * gy > 0.5)
    if int(telling.sum()) < 50:
        return None
    error = before - laid * _gain(before, laid, telling)
    power = cv2.blur(error * error, (9, 9))
    scale = float(np.quantile(power[telling], _FITTING_SHARE)) * 2 + 1e-6
    weight = valid / (1 + power / scale) ** 2
    terms = [gx, gy, gx * across + gy * down, gy * across - gx * down]
    weighted = [(weight * one).ravel() for one in terms]
    flat = [one.ravel() for one in terms]
    normal = np.array([[np.dot(w, one) for one in flat] for w in weighted], np.float64)
    wanted = np.array([np.dot(w, error.ravel()) for w in weighted], np.float64)
    # A plain or one-dimensional picture leaves some of the four open: those stay as they are.
    return np.asarray(np.linalg.lstsq(normal, wanted, rcond=1e-9)[0], dtype=np.float64)


def _gain(before: Grey, laid: Grey, where: Mask) -> float:
    """How much stronger the first picture's contrast is; within what a cast or a blur does."""
    power = float((laid[where] ** 2).sum())
    return float(np.clip((before[where] * laid[where]).sum() / max(power, 1e-6), 0.5, 2.0))


def _composed(
    matrix: npt.NDArray[np.float64], step: npt.NDArray[np.float64], size: tuple[int, int]
) -> npt.NDArray[np.float64]:
    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    right, down, zoom, turn = step
    a, b = 1 + zoom, turn
    moved = np.array(
        [[a, -b, x + right - a * x + b * y], [b, a, y + down - b * x - a * y], [0.0, 0.0, 1.0]]
    )
    return np.asarray(matrix @ moved, dtype=np.float64)
