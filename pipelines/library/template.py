"""A template: a finished backdrop plate and what must be known to stand something in it."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipelines.errors import RecipeInvalid
from pipelines.imaging.light import KeyLight, Surface
from pipelines.library.camera import Camera, Depth
from pipelines.library.plate import read_rgb, receiving
from pipelines.library.revision import revision_of

RECORD = "template.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A place where a product may stand.

    Attributes
    ----------
    x, y
        Ratios of the plate: where the middle of the product's lowest pixel row goes.
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
        return revision_of(self.folder / RECORD, self.folder / self.plate_file)

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
        )

    def plate(self) -> npt.NDArray[np.uint8]:
        """Return the backdrop as uint8 (H, W, 3), sRGB."""
        return read_rgb(self.folder / self.plate_file)

    def receiving(self) -> npt.NDArray[np.float32]:
        """Where the plate shows the surface that carries the product, float32 (H, W) in [0, 1].

        A pixel belongs to the surface where the measured depth is that of a horizontal plane at
        the product's place; walls, vases and edges of tables lie nearer or farther.
        """
        return receiving(
            self.folder / self.depth.file,
            self.depth,
            self.camera,
            size_px=(self.width_px, self.height_px),
        )
