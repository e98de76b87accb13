"""Whose colour a pixel has: the person's skin and hair, or the garment's."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

lab_of = to_lab
"""The colours that palettes are learned from."""

_SAMPLES = 4_000
_LEAST_SPREAD = (6.0, 3.0, 3.0)
"""In CIELAB: light falls off over a body far more than its hue changes."""
_SHADE = 2.0
"""How much wider than in the sample lightness may vary: necks and arms lie in shade."""
_FAR = 12.0
"""Squared distance, in spreads, at which a colour says no more how unlike it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one thing: a few middles in CIELAB, each with its spread.

    Attributes
    ----------
    middles, spreads
        float32 (n, 3).
    """

    middles: Floats
    spreads: Floats

    def distance(self, lab: Floats) -> Floats:
        """Squared distance to the nearest colour, in its spreads, at most 12: float32 (H, W)."""
        nearest = np.full(lab.shape[:2], _FAR, np.float32)
        for middle, spread in zip(self.middles, self.spreads, strict=True):
            steps = (lab - middle) / spread
            nearest = np.minimum(nearest, np.einsum("hwc,hwc->hw", steps, steps))
        return nearest


def palette_of(lab: Floats, where: Mask, *, colours: int) -> Palette | None:
    """Learn so many colours of an area; None where it is too small to tell.

    Parameters
    ----------
    lab : float32 (H, W, 3), CIELAB
    """
    pixels = lab[where]
    if len(pixels) < 8 * colours:
        return None
    step = max(1, len(pixels) // _SAMPLES)
    sample = np.ascontiguousarray(pixels[::step])
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    cv2.setRNGSeed(1)  # the same picture, the same colours
    empty = np.zeros((len(sample), 1), np.int32)
    _, labels, middles = cv2.kmeans(sample, colours, empty, criteria, 1, cv2.KMEANS_PP_CENTERS)
    spreads = [sample[labels[:, 0] == one].std(axis=0) for one in range(colours)]
    widened = np.maximum(np.array(spreads, np.float32) * (_SHADE, 1.5, 1.5), _LEAST_SPREAD)
    return Palette(middles=np.asarray(middles, np.float32), spreads=widened.astype(np.float32))


def skin_palette(lab: Floats, face: Mask) -> Palette | None:
    """The colours of this very person's skin, learned from the face; None without one.

    Lips, brows and beards are left out: the middle of the sample is taken, by its hue.
    """
    pixels = lab[face]
    if len(pixels) < 64:
        return None
    middle = np.median(pixels, axis=0)
    away = np.abs(pixels - middle) / (20.0, 6.0, 8.0)
    kept = pixels[away.max(axis=1) <= 1]
    if len(kept) < 32:
        return None
    spread = np.maximum(kept.std(axis=0), (9.0, 3.5, 4.0)).astype(np.float32)
    spread[0] *= _SHADE
    return Palette(middles=middle[None].astype(np.float32), spreads=spread[None])


GENERAL_SKIN = Palette(
    middles=np.array([[78, 12, 18], [64, 16, 22], [48, 14, 20], [32, 11, 14]], np.float32),
    spreads=np.array([[10, 5, 6], [11, 6, 7], [11, 6, 7], [10, 5, 6]], np.float32),
)
"""Light to dark skin under neutral light, for bodies whose face is not in the picture; after the
CIELAB means of the Humanae and Fitzpatrick charts. Wood and beige cloth have these colours too."""
