"""A template: a finished backdrop plate and what must be known to stand something in it."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipelines.errors import RecipeInvalid
from pipelines.imaging.crop import Size, View
from pipelines.imaging.light import KeyLight, Surface
from pipelines.library.backdrop import Backdrop, PlateFiles, backdrop, distance_cm, native
from pipelines.library.camera import Camera, Depth
from pipelines.library.revision import revision_of

_INSIDE = 0.94
"""Share of the way to the plate's edge that a product may fill at a place of the user's own."""
_FARTHEST = 0.25
"""Size at a place, over that at the nearest anchor: farther away there is nothing but horizon."""

RECORD = "template.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A place where a product may stand.

    Attributes
    ----------
    x, y
        Ratios of the plate: where the middle of the product's base stands on the surface, or the
        product's own middle where it lies flat.
    px_per_cm
        At this place, in the plate's own pixels.
    max_width, max_height
        Ratios of the plate: the box that must hold the product.
    """

    name: str
    x: float
    y: float
    px_per_cm: float
    max_width: float
    max_height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A named scene: a finished backdrop plate and what must be known to stand something in it."""

    name: str
    folder: Path
    title: str
    title_zh: str
    style: str
    tags: tuple[str, ...]
    prompt: str
    palette: tuple[str, ...]
    plate_file: str
    width_px: int
    height_px: int
    depth: Depth
    camera: Camera
    material: str
    roughness: float
    reflectance: float
    light: KeyLight
    anchors: tuple[Anchor, ...]

    @property
    def revision(self) -> str:
        """Digest of everything that shows in a result: an edited template makes a new image.

        Read when it is asked for, because searching and listing do without the plate's bytes.
        """
        return revision_of(
            self.folder / RECORD, self.folder / self.plate_file, self.folder / self.depth.file
        )

    def anchor(self, name: str = "") -> Anchor:
        """Return an anchor by name; the first, which is the best, if no name is given.

        Raises
        ------
        RecipeInvalid
        """
        if not name:
            return self.anchors[0]
        for anchor in self.anchors:
            if anchor.name == name:
                return anchor
        known = ", ".join(anchor.name for anchor in self.anchors)
        raise RecipeInvalid(
            field="anchor", value=name, limit=f"template '{self.name}' has only {known}"
        )

    def surface_at(self, anchor: Anchor) -> Surface:
        """What a product stands on at a place, as the camera sees it there.

        Below the picture's middle the camera looks down more steeply than its axis does: at a
        pitch of 10 degrees, a place near the lower edge is seen at 20.
        """
        below_axis = (anchor.y - 0.5) * self.height_px / self.width_px * self.camera.sensor_mm
        below_deg = math.degrees(math.atan2(below_axis, self.camera.focal_mm))
        return Surface(
            depression_deg=self.camera.pitch_deg + below_deg,
            roughness=self.roughness,
            reflectance=self.reflectance,
            distance_px=self.focal_px,
            axis_px=self.width_px / 2,
        )

    @property
    def focal_px(self) -> float:
        """The plate's focal length in its own pixels."""
        return self.camera.focal_mm / self.camera.sensor_mm * self.width_px

    def spot(self, x: float, y: float, *, name: str) -> Anchor:
        """Any place on the surface, with the scale and the room that it has there.

        What stands farther away is smaller: the scale goes with the inverse of the distance to
        the plane that carries the nearest anchor.

        Raises
        ------
        RecipeInvalid : the place is at or above the surface's horizon
        """
        near = min(self.anchors, key=lambda one: math.hypot(one.x - x, one.y - y))
        size = self._fall(y) / max(self._fall(near.y), 1e-4)
        if size < _FARTHEST:
            limit = f"is above the surface of '{self.name}'; a place such as {near.y:.2f} is on it"
            raise RecipeInvalid(field="y", value=y, limit=limit)
        tall = min(y, 1 - y) * 2 if self.surface_at(near).lies_flat else y
        return Anchor(
            name=name,
            x=x,
            y=y,
            px_per_cm=near.px_per_cm * size,
            max_width=min(near.max_width * size, 2 * min(x, 1 - x) * _INSIDE),
            max_height=min(near.max_height * size, tall * _INSIDE),
        )

    def _fall(self, y: float) -> float:
        """How far a ray through a row falls for each unit that it goes along the axis."""
        pitch = math.radians(self.camera.pitch_deg)
        below = (y - 0.5) * self.height_px / self.focal_px
        return math.sin(pitch) + below * math.cos(pitch)

    def backdrop(self, view: View, size_px: Size) -> Backdrop:
        """Return a part of the plate at a result's size; decoded once while it is in use."""
        return backdrop(self._files(), view, size_px)

    def distance_cm(self, view: View, size_px: Size) -> npt.NDArray[np.float32]:
        """Distance along the optical axis, float32 (H, W), of a part of the plate."""
        return distance_cm(self._files(), view, size_px)

    def plate(self) -> npt.NDArray[np.uint8]:
        """Return the backdrop as uint8 (H, W, 3), sRGB."""
        return native(self._files())[0]

    def receiving(self) -> npt.NDArray[np.float32]:
        """Where the plate shows the surface that carries the product, float32 (H, W) in [0, 1].

        A pixel belongs to the surface where the measured depth is that of a horizontal plane at
        the product's place; walls, vases and edges of tables lie nearer or farther.
        """
        return native(self._files())[1]

    def _files(self) -> PlateFiles:
        wide, high = self.width_px, self.height_px
        return PlateFiles(
            plate=self.folder / self.plate_file,
            depth_map=self.folder / self.depth.file,
            revision=self.revision,
            size_px=(wide, high),
            depth=self.depth,
            camera=self.camera,
            standing=tuple(
                (min(int(one.x * wide), wide - 1), min(int(one.y * high), high - 1))
                for one in self.anchors
            ),
        )
