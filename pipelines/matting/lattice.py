"""A sparse system over the unknown pixels of a picture, the known ones held fixed."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Offset = tuple[int, int]
Number = TypeVar("Number", np.float32, np.uint8)

_MARGIN = 2
"""Pixels around the picture, so that no neighbour lies outside: Laplacians reach two pixels."""


def import_solver() -> Any:
    """Import what multiplies sparse systems: a tenth of a command's start-up."""
    from scipy.sparse import csr_matrix

    return csr_matrix


class Lattice:
    """The unknown pixels of a picture, and where their neighbours lie.

    Costs follow the number of unknown pixels, not the picture's area.
    """

    def __init__(self, unknown: Mask) -> None:
        self._shape: tuple[int, int] = (unknown.shape[0], unknown.shape[1])
        self.stride: int = unknown.shape[1] + 2 * _MARGIN
        self.unknown = np.pad(unknown, _MARGIN).ravel()
        self.pixels = np.flatnonzero(self.unknown)
        """Places of the unknown pixels in the padded, flattened picture."""

    def interior(self, margin_px: int) -> Mask:
        """Whether each pixel of the padded, flattened picture is this far inside its border."""
        height, width = self._shape
        inside = np.zeros((height + 2 * _MARGIN, width + 2 * _MARGIN), bool)
        first = _MARGIN + margin_px
        inside[first : height + _MARGIN - margin_px, first : width + _MARGIN - margin_px] = True
        return inside.ravel()

    def step(self, offset: Offset) -> int:
        """Distance in the flattened picture to the neighbour at (row, column) offset."""
        return offset[0] * self.stride + offset[1]

    def flatten(self, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
        """Pad a picture of this size and put its rows one after another."""
        sides = (_MARGIN,) * 4  # OpenCV's border takes a quarter of the time of numpy's
        padded = cv2.copyMakeBorder(values, *sides, cv2.BORDER_REPLICATE)
        return np.asarray(padded, dtype=values.dtype).reshape(-1, *values.shape[2:])

    def packed(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
        """Flatten a picture, its three channels in the lower bytes of one number.

        Numbers are gathered in a tenth of the time that rows of three bytes take.
        """
        four = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2RGBA), dtype=np.uint8)
        return self.flatten(four).view(np.uint32).ravel()

    @cached_property
    def _place(self) -> npt.NDArray[np.int32]:
        """Of each pixel among the unknown ones; of a held one, the place after the last."""
        place = np.full(self.unknown.size, self.pixels.size, np.int32)
        place[self.pixels] = np.arange(self.pixels.size, dtype=np.int32)
        return place

    def solve(
        self,
        offsets: Sequence[Offset],
        coupling: Floats,
        values: Floats,
        *,
        prior_weight: float,
        iterations: int,
        tolerance: float = 1e-3,
    ) -> Floats:
        """Minimise the energy of a Laplacian, and the distance from a prior, over unknown pixels.

        Parameters
        ----------
        offsets, coupling
            Laplacian entries, float32 (unknown, offsets), one column an offset; (0, 0) is the
            diagonal. Neighbours outside the picture must have 0.
        values
            float32 (H, W): exact where known; where unknown the prior and the first guess.
        iterations, tolerance
            Conjugate gradients stop at whichever comes first.

        Returns
        -------
        float32 (H, W), the unknown pixels solved and clipped to [0, 1].
        """
        if self.pixels.size == 0:
            return values
        csr_matrix = import_solver()
        flat = self.flatten(values)
        start = flat[self.pixels]
        flat[self.pixels] = 0  # what is left are the held pixels
        neighbours = self.pixels[:, None] + np.array([self.step(one) for one in offsets])
        weight = np.float32(prior_weight)
        goal = weight * start - np.einsum("ij,ij->i", coupling, flat[neighbours])
        # Held neighbours stay in the system, as one more unknown that is 0: leaving them out takes
        # longer than adding.
        middle = list(offsets).index((0, 0))
        system = coupling.copy()
        system[:, middle] += weight
        number, width = system.shape
        rows = np.arange(0, system.size + 1, width, dtype=np.int32)
        solved = _conjugate_gradients(
            csr_matrix(
                (system.ravel(), self._place[neighbours].ravel(), rows),
                shape=(number, number + 1),
            ),
            goal, start, np.ascontiguousarray(system[:, middle]),
            iterations=iterations, tolerance=tolerance,
        )  # fmt: skip
        result = values.copy()
        rows, columns = np.divmod(self.pixels, self.stride)
        result[rows - _MARGIN, columns - _MARGIN] = np.clip(solved, 0, 1)
        return result


def _conjugate_gradients(
    system: "csr_matrix",
    goal: Floats,
    solved: Floats,
    diagonal: Floats,
    *,
    iterations: int,
    tolerance: float,
) -> Floats:
    """Solve a positive definite system; its diagonal is preconditioner enough for thin bands.

    Parameters
    ----------
    system : (unknown, unknown + 1), whose last column is of what is held, and counts as 0
    """
    padded = np.append(solved, np.float32(0))
    solved, direction = padded[:-1].copy(), padded[:-1]
    residual = goal - system @ padded
    scaled = residual / diagonal
    direction[:] = scaled
    energy = float(residual @ scaled)
    limit = tolerance**2 * float(goal @ (goal / diagonal))
    for _ in range(iterations):
        if energy <= limit:
            break
        image = system @ padded
        step = np.float32(energy / float(direction @ image))
        solved += step * direction
        residual -= step * image
        scaled = residual / diagonal
        before, energy = energy, float(residual @ scaled)
        direction *= np.float32(energy / before)
        direction += scaled
    return solved
