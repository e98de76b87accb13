"""A picture of what differs between two pictures, for a report's reader."""

import io

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.imaging.decode import SourceImage, decode

Rgb = npt.NDArray[np.uint8]

_SIDE_PX = 2000
_QUALITY = 88
_LEAST, _MOST = 3, 64
"""8-bit levels: a lossy file's noise is not shown; what differs more has the full colour."""
_FAINTEST = 0.45
_FAINT, _STRONG = np.array([255, 170, 0], np.float32), np.array([205, 0, 60], np.float32)
_PALE = 0.35
"""Of the picture's own contrast: enough to see where one is."""


def difference_picture(before: bytes, after: bytes) -> bytes:
    """Draw what differs between two files as a JPEG: the picture pale and grey, changes in colour.

    Raises
    ------
    ImageRefused : one of them is no picture
    ValueError : their sizes differ
    """
    pair = [_on_white(decode(one, name="picture")) for one in (before, after)]
    out = io.BytesIO()
    Image.fromarray(difference_map(*pair)).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def difference_map(before: Rgb, after: Rgb) -> Rgb:
    """Draw what differs between two pictures, at most 2,000 px large: amber little, red much.

    Raises
    ------
    ValueError : their sizes differ
    """
    if before.shape != after.shape:
        msg = f"sizes differ: {before.shape}, {after.shape}"
        raise ValueError(msg)
    apart = cv2.absdiff(before, after).max(axis=2).astype(np.float32)
    grey = cv2.cvtColor(before, cv2.COLOR_RGB2GRAY)
    ratio = min(1.0, _SIDE_PX / max(grey.shape))
    if ratio < 1:
        size = max(1, round(grey.shape[1] * ratio)), max(1, round(grey.shape[0] * ratio))
        apart = cv2.resize(apart, size, interpolation=cv2.INTER_AREA)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    pale = 255 - (255 - grey.astype(np.float32)) * _PALE
    much = np.clip((apart - _LEAST) / (_MOST - _LEAST), 0, 1)[..., None]
    colour = _FAINT + (_STRONG - _FAINT) * much
    share = np.where(apart[..., None] > _LEAST, _FAINTEST + (1 - _FAINTEST) * much, 0)
    return np.asarray(pale[..., None] * (1 - share) + colour * share + 0.5).astype(np.uint8)


def _on_white(source: SourceImage) -> Rgb:
    if source.alpha is None:
        return source.rgb
    alpha = source.alpha[..., None]
    return np.asarray(source.rgb * alpha + 255 * (1 - alpha) + 0.5).astype(np.uint8)
