"""A plate's pixels, and which of them show the surface that carries the product."""

import io
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.errors import TemplateInvalid
from pipelines.library.camera import Camera, Depth, plane_disparity

_STEPS = 1.5
"""Grey steps of an 8-bit map by which it may be off."""
_ABOVE, _BELOW = 0.06, 0.02
"""Shares of the distance by which the surface may seem nearer or farther than its plane. Folds and
leaves lie on a plane, nearer; what seems farther is the front of a step or of a podium, which
carries nothing. Half of the podium's front was surface with 6%; of all built-in surfaces but that
and the steps' 2% leaves 98% and more."""


def read_rgb(path: Path) -> npt.NDArray[np.uint8]:
    """Return a plate as uint8 (H, W, 3), sRGB.

    Raises
    ------
    TemplateInvalid : missing or damaged
    """
    return _read(path, "RGB")


def read_disparity(path: Path, depth: Depth) -> npt.NDArray[np.float32]:
    """Return a depth map as inverse depth, float32 (H, W) of 1/cm.

    Raises
    ------
    TemplateInvalid : missing or damaged
    """
    grey = _read(path, "L").astype(np.float32) / np.float32(255)
    near, far = 1 / depth.near_cm, 1 / depth.far_cm
    return np.asarray(grey * (near - far) + far, np.float32)


def _read(path: Path, mode: str) -> npt.NDArray[np.uint8]:
    try:
        with Image.open(io.BytesIO(path.read_bytes())) as image:
            return np.asarray(image.convert(mode))
    except (OSError, SyntaxError, ValueError) as fault:  # Pillow's, of damaged files
        name = path.parent.name
        fact = f"{path.name} cannot be read; `packshot templates validate {name}` tells more"
        raise TemplateInvalid(name=name, fact=fact) from fault


def receiving(
    path: Path, depth: Depth, camera: Camera, *, size_px: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """Where a depth map shows the plane under the camera, float32 (H, W) in [0, 1].

    Parameters
    ----------
    size_px
        Width and height of the plate that the answer is for.
    """
    measured = read_disparity(path, depth)
    expected = plane_disparity(camera, measured.shape)
    step = (1 / depth.near_cm - 1 / depth.far_cm) / 255
    above, below = (np.maximum(_STEPS * step, part * expected) for part in (_ABOVE, _BELOW))
    on_plane = ((measured - expected < above) & (expected - measured < below)).astype(np.float32)
    soft = cv2.GaussianBlur(on_plane, (0, 0), 1.5)
    return np.asarray(cv2.resize(soft, size_px, interpolation=cv2.INTER_LINEAR))
