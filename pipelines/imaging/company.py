"""Several products in one frame: which pixels of each are seen, and all of them as one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import OPAQUE, Box, box_of
from pipelines.imaging.placement import Placed
from pipelines.imaging.rim import clipped

Plane = npt.NDArray[np.float32]
_BLENDED = np.float32(0.99)
"""Alpha of a pixel in which a nearer product's edge lies over a farther one: covered, and yet no
product's own colour."""
_SEEN = 0.5


def merged(placed: Sequence[Placed]) -> Placed:
    """Return all products as one patch, to be kept clear of and compared with.

    Parameters
    ----------
    placed
        In the order in which they are painted, far to near; at least one.
    """
    first = placed[0]
    shape = (first.frame_height_px, first.frame_width_px)
    rgb, alpha = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.float32)
    for one in placed:
        patch, window = clipped(one)
        share, under = patch.alpha, alpha[window]
        both = share + under * (1 - share)
        weight = (share / np.maximum(both, np.float32(1e-6)))[..., None]
        mixed = patch.rgb * weight + rgb[window] * (1 - weight) + np.float32(0.5)
        solid = share >= OPAQUE
        rgb[window] = np.where(solid[..., None], patch.rgb, mixed.astype(np.uint8))
        edge = (share > 0) & ~solid
        alpha[window] = np.where(edge, np.minimum(both, _BLENDED), np.maximum(both, share))
        alpha[window] = np.where(share > 0, alpha[window], under)
    held = box_of(alpha, threshold=0.0) or Box(left=0, top=0, right=shape[1], bottom=shape[0])
    inside = np.s_[held.top : held.bottom, held.left : held.right]
    return replace(
        first,
        rgb=np.ascontiguousarray(rgb[inside]),
        alpha=np.ascontiguousarray(alpha[inside]),
        left_px=held.left,
        top_px=held.top,
        enlargement=max(one.enlargement for one in placed),
    )


def seen_of(placed: Sequence[Placed]) -> list[Placed]:
    """Return each product with only those pixels that no nearer one covers, far to near."""
    first = placed[0]
    free = np.ones((first.frame_height_px, first.frame_width_px), np.bool_)
    found: list[Placed] = []
    for one in reversed(placed):
        patch, window = clipped(one)
        seen = np.where(free[window], patch.alpha, np.float32(0))
        found.append(
            replace(
                one,
                rgb=patch.rgb,
                alpha=seen.astype(np.float32),
                left_px=window[1].start,
                top_px=window[0].start,
            )
        )
        free[window] &= patch.alpha <= 0
    return found[::-1]


def share_seen(whole: Placed, seen: Placed) -> float:
    """Share of a product's pixels that the picture shows, [0, 1]."""
    pixels = int(np.count_nonzero(whole.alpha > _SEEN))
    return int(np.count_nonzero(seen.alpha > _SEEN)) / max(pixels, 1)
