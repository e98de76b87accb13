"""Where in a picture the product lies, and the part of it that is looked at again."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box, box_of
from pipelines.matting.guidance import Guidance, guided_box
from pipelines.matting.inputs import halved

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_SECOND_LOOK_MARGIN = 0.12
"""Of the product's longer side: models are trained on objects with some room around them."""
_PX_PER_MODEL_PX = 2
_WORKING_PX = 640, 1024
_HALVED_FROM = 2
"""Times the working size: means of four pixels come first, and averaging the rest takes a third."""


def cropped(wholes: Sequence[Floats], frame: Box, guidance: Guidance) -> Box | None:
    """The product with room around it: what was drawn, and what was found unless all was drawn."""
    drawn = guided_box(guidance)
    found = _product(wholes, frame) if guidance.mask is None else None
    box = drawn if found is None else found if drawn is None else drawn.joined(found)
    if box is None:
        return None
    margin = round(_SECOND_LOOK_MARGIN * max(box.width_px, box.height_px))
    return _even(box.grown(margin, within=frame), frame)


def _even(box: Box, frame: Box) -> Box:
    """The box less an odd last row and column, which are halved more slowly; the frame's stay."""
    return replace(
        box,
        right=box.right - (box.width_px % 2 if box.right < frame.right else 0),
        bottom=box.bottom - (box.height_px % 2 if box.bottom < frame.bottom else 0),
    )


def _product(wholes: Sequence[Floats], frame: Box) -> Box | None:
    """The product's box in the picture, as the models see it."""
    side = max(max(whole.shape) for whole in wholes)
    size = (side, side)
    same = [cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR) for whole in wholes]
    box = box_of(np.asarray(np.mean(same, axis=0), dtype=np.float32), threshold=0.5)
    if box is None:
        return None
    across, down = frame.width_px / side, frame.height_px / side
    return Box(
        left=frame.left + int(box.left * across),
        top=frame.top + int(box.top * down),
        right=min(frame.right, frame.left + int(np.ceil(box.right * across))),
        bottom=min(frame.bottom, frame.top + int(np.ceil(box.bottom * down))),
    )


def inside(rgb: Rgb, box: Box) -> Rgb:
    """The part of a picture that a box holds, not copied."""
    return rgb[box.top : box.bottom, box.left : box.right]


def working_size(crop: Box, input_px: int) -> tuple[int, int]:
    """Width and height at which a crop is worked on: two pixels for one of a small model's."""
    least, most = _WORKING_PX
    longest = min(most, max(least, _PX_PER_MODEL_PX * input_px))
    scale = min(1.0, longest / max(crop.width_px, crop.height_px))
    return max(1, round(crop.width_px * scale)), max(1, round(crop.height_px * scale))


def reduced(rgb: Rgb, size: tuple[int, int]) -> Rgb:
    """The picture at a size (width, height) that is no larger than its own."""
    if rgb.shape[1::-1] == size:
        return rgb
    if min(rgb.shape[1] / size[0], rgb.shape[0] / size[1]) >= _HALVED_FROM:
        rgb = halved(rgb)
    # Less than twice as large: no pixel is passed over, and means take eight times as long.
    less = max(rgb.shape[1] / size[0], rgb.shape[0] / size[1]) < _HALVED_FROM
    how = cv2.INTER_LINEAR if less else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, size, interpolation=how), dtype=np.uint8)


def seen_in(seen: Floats, frame: Box, crop: Box, size: tuple[int, int]) -> Floats:
    """Cut what a model said about a frame to a crop, at a working size (width, height).

    Models see frames squeezed into a square, so rows and columns scale on their own.
    """
    rows, columns = seen.shape
    across, down = columns / frame.width_px, rows / frame.height_px
    step_x = crop.width_px / size[0] * across
    step_y = crop.height_px / size[1] * down
    corner_x = (crop.left - frame.left) * across + step_x / 2 - 0.5
    corner_y = (crop.top - frame.top) * down + step_y / 2 - 0.5
    cut = cv2.warpAffine(
        seen, np.array([[step_x, 0, corner_x], [0, step_y, corner_y]]), size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(np.clip(cut, 0, 1), dtype=np.float32)
