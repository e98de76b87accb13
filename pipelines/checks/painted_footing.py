"""Whether a product stands on what was painted under it: contact, and a surface that reaches it."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_lab, to_linear
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed
from pipelines.imaging.standing import line_in_frame, standing_of
from pipelines.report import Check, judged

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]

SEEN_CONTACT = 0.03
"""Share of light lost a little beside the foot from which a painting counts as having a shadow of
its own. On 12 scenes with and without the shadows of 4 products, looked at from where a painting
can be trusted, it is reached in 52% with and 13% without: hard suns leave narrow contact, and dark
boards look like shadow. What is nearer to the foot is drawn in any case."""
_NEAR, _FAR = 0.08, (0.2, 0.5)
"""Of the product's width: where contact is dark, and where the same surface is free of it."""
_LEAST_PIXELS = 30
_WORK_PX = 384
_STEP = 9.0
"""ΔE (CIE76) between what lies above and below a row, for an edge right across the picture."""
_PLAIN = 5.0
"""ΔE up to which rows count as one and the same wall."""
_BELOW = 0.03
"""Of the picture's height: an edge nearer to the foot is the foot's own shadow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """How a product meets what is under it.

    Attributes
    ----------
    contact
        Share of its light that the surface loses close to the foot; None where there is no room
        to look.
    gap
        How far below the foot the surface begins, over the picture's height; 0 where it does not
        begin below.
    """

    contact: float | None
    gap: float


def footing_of(raster: Rgb, placed: Placed, surface: Surface) -> Footing:
    """Look under a product.

    Parameters
    ----------
    raster : uint8 (H, W, 3), the scene with or without the product
    """
    gap = 0.0 if surface.lies_flat else _gap(raster, placed, surface)
    return Footing(contact=contact_of(raster, placed, surface), gap=gap)


def contact_of(raster: Rgb, placed: Placed, surface: Surface, *, guard_px: int = 0) -> float | None:
    """Share of light that the surface loses close to the product; None where nothing can be told.

    Below the foot for what stands, all around for what lies.

    Parameters
    ----------
    guard_px
        Width around the product in which the raster tells nothing.
    """
    width = placed.alpha.shape[1]
    free = (placed.alpha_in_frame() < 0.02).astype(np.uint8)
    away = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) - guard_px
    level = np.ones(free.shape, np.bool_)
    if not surface.lies_flat:
        line = line_in_frame(placed, standing_of(placed.alpha, surface))
        level = np.arange(free.shape[0])[:, None] >= line[None, :] - 0.02 * width
    near = level & (away > 0) & (away <= max(2.0, _NEAR * width))
    far = level & (away > _FAR[0] * width) & (away <= _FAR[1] * width)
    if min(int(near.sum()), int(far.sum())) < _LEAST_PIXELS:
        return None
    light = to_linear(raster)[..., 1]
    kept = np.median(light[near]) / max(float(np.median(light[far])), 1e-4)
    return max(float(1 - kept), -1.0)


def floating_check(footing: Footing) -> Check:
    """Judge whether the surface reaches the foot; the contact on it is told, for it is drawn."""
    dark = footing.contact
    contact = "" if dark is None or dark < 0 else f"{dark:.0%} darker at its foot"
    below = f"the surface begins {footing.gap:.0%} of the height below it" if footing.gap else ""
    return judged(
        "floating product",
        passed=not footing.gap,
        value=", ".join(part for part in (contact, below) if part)
        or "no shadow to be told from the scene",
        limit="stands on a surface that reaches its foot",
        fix="try another --seed, --control depth, or name what it stands on in --prompt",
    )


def _gap(raster: Rgb, placed: Placed, surface: Surface) -> float:
    """How far below the foot the first edge lies that runs right across, nothing lying above it."""
    height, width = raster.shape[:2]
    zoom = min(1.0, _WORK_PX / max(height, width))
    size = max(8, round(width * zoom)), max(8, round(height * zoom))
    lab = to_lab(np.asarray(cv2.resize(raster, size, interpolation=cv2.INTER_AREA), np.uint8))
    foot = int(standing_of(placed.alpha, surface).base_row + placed.top_px) * size[1] / height
    left = max(0, int(placed.left_px * zoom))
    right = min(size[0], int((placed.left_px + placed.alpha.shape[1]) * zoom) + 1)
    reach = max(4, (right - left) // 2)
    strips = [
        lab[:, max(0, left - reach) : max(0, left - 2)],
        lab[:, right + 2 : right + 2 + reach],
    ]
    strips = [one for one in strips if one.shape[1] >= 3]
    if len(strips) < 2:
        return 0.0
    steps = np.min([_steps(np.median(one, axis=1)) for one in strips], axis=0)
    own_px = placed.alpha.shape[0] * zoom
    above = slice(max(0, int(foot - 1.1 * own_px)), int(foot + _BELOW * size[1]))
    below = slice(int(foot + _BELOW * size[1]), size[1])
    if steps[below].size == 0 or steps[above].max(initial=0.0) > _PLAIN:
        return 0.0
    edge = int(np.argmax(steps[below]))
    if steps[below][edge] < _STEP:
        return 0.0
    return float((below.start + edge - foot) / size[1])


def _steps(rows: Plane) -> Plane:
    """ΔE between what lies just above and just below each row, float32 (H,)."""
    near, far = max(1, len(rows) // 100), max(3, len(rows) // 16)
    padded = np.pad(rows, ((far, far), (0, 0)), mode="edge")
    sums = np.cumsum(np.vstack([np.zeros((1, 3)), padded]), axis=0)
    at = np.arange(len(rows)) + far
    before = (sums[at - near + 1] - sums[at - far]) / (far - near + 1)
    after = (sums[at + far + 1] - sums[at + near]) / (far - near + 1)
    return np.asarray(np.linalg.norm(after - before, axis=1), np.float32)
