"""A plate's pixels, and which of them show the surface that carries the product."""

import io
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.errors import TemplateInvalid
from pipelines.library.camera import Camera, Depth, plane_disparity


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
    # One grey step of the 8-bit map, or 6% of the distance, whichever is more.
    step = (1 / depth.near_cm - 1 / depth.far_cm) / 255
    tolerance = np.maximum(1.5 * step, 0.06 * expected)
    on_plane = (np.abs(measured - expected) < tolerance).astype(np.float32)
    soft = cv2.GaussianBlur(on_plane, (0, 0), 1.5)
    return np.asarray(cv2.resize(soft, size_px, interpolation=cv2.INTER_LINEAR))
