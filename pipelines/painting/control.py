"""Maps that hold a painter to the scene's shape: depth, edges, normals, the product in place."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import RecipeInvalid
from pipelines.generate import ControlKind, Profile
from pipelines.spec.scene import Control

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
_BY_WORTH: tuple[ControlKind, ...] = ("depth", "canny", "normal")
"""Depth holds a layout and leaves materials free, which is what a scene wants."""
_EDGES = 80, 180
"""Thresholds of Canny 1986 on 8-bit grey, as the authors of control nets give them for photos."""
_STAIRS = 0.007
"""Of the longer side: sigma of the blur that makes slopes of a depth map's steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What stands where in the picture that is painted.

    Attributes
    ----------
    picture
        uint8 (H, W, 3), sRGB.
    alpha
        float32 (H, W), the product's.
    distance_cm
        float32 (H, W), along the optical axis, of the scene without the product.
    product_cm
        Distance of the product.
    focal_px
        Focal length in the picture's pixels.
    """

    picture: Rgb
    alpha: Plane
    distance_cm: Plane
    product_cm: float
    focal_px: float


def control_kind(asked: Control, profile: Profile) -> ControlKind | None:
    """Which map to give: the one asked for, or the best that the model can; None for none.

    Raises
    ------
    RecipeInvalid : the model cannot take the map that was asked for
    """
    can = [one for one in _BY_WORTH if one in profile.controls and "control" in profile.abilities]
    if asked == "auto":
        return can[0] if can else None
    if asked == "none":
        return None
    if asked in can:
        return asked
    limit = f"model '{profile.name}' takes {', '.join(can) or 'no control map'}"
    raise RecipeInvalid(field="control", value=asked, limit=limit)


def control_maps(kind: ControlKind | None, shape: Shape) -> Mapping[ControlKind, Rgb]:
    """Draw a map, uint8 (H, W, 3), by its kind."""
    match kind:
        case "depth":
            return {"depth": _three(_nearness(shape))}
        case "canny":
            grey = cv2.cvtColor(shape.picture, cv2.COLOR_RGB2GRAY)
            return {"canny": _three(np.asarray(cv2.Canny(grey, *_EDGES), np.uint8))}
        case "normal":
            return {"normal": _normals(shape)}
        case _:
            return {}


def _distance(shape: Shape) -> Plane:
    """The scene's distance, the product standing in it as a flat figure."""
    hidden = (shape.alpha > 0.5) & (shape.product_cm < shape.distance_cm)
    return np.where(hidden, np.float32(shape.product_cm), shape.distance_cm).astype(np.float32)


def _nearness(shape: Shape) -> npt.NDArray[np.uint8]:
    """Inverse depth, 255 the nearest and 0 the farthest: what depth estimators draw."""
    near = 1 / np.maximum(_distance(shape), 1e-3)
    low, high = float(near.min()), float(near.max())
    return np.asarray((near - low) / max(high - low, 1e-9) * 255 + 0.5, np.uint8)


def _normals(shape: Shape) -> Rgb:
    """Surface normals as colours: red right, green up, blue towards the camera."""
    height, width = shape.alpha.shape
    # Depth maps of 8 bits are stairs; the product is drawn flat afterwards.
    along = cv2.GaussianBlur(shape.distance_cm, (0, 0), _STAIRS * max(height, width))
    columns = (np.arange(width, dtype=np.float32) - width / 2)[None, :] / shape.focal_px
    rows = (np.arange(height, dtype=np.float32) - height / 2)[:, None] / shape.focal_px
    points = np.stack([columns * along, rows * along, along], axis=-1)
    right, down = np.gradient(points, axis=1), np.gradient(points, axis=0)
    normal = np.cross(down, right)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    # Picture rows grow downwards and depth away from the camera; the map's axes do neither.
    shown = normal * np.array([1, -1, -1], np.float32)
    shown[shape.alpha > 0.5] = (0, 0, 1)
    return np.asarray((shown + 1) * 127.5 + 0.5, np.uint8)


def _three(plane: npt.NDArray[np.uint8]) -> Rgb:
    return np.repeat(plane[..., None], 3, axis=2)
