"""Scene templates: a folder each, and nothing else.

A template is found by its folder's name, so that a library of a million costs no more to open
than one of twelve; only listing walks the folders.
"""

import hashlib
import io
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.errors import RecipeInvalid, TemplateInvalid, TemplateNotFound
from pipelines.imaging.light import KeyLight, Surface

BUILT_IN = Path(__file__).with_name("templates")
_RECORD = "template.toml"
_SCHEMA = 1


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
class Camera:
    """The plate's camera; pitch is positive downward."""

    focal_mm: float
    sensor_mm: float
    pitch_deg: float
    height_cm: float
    distance_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """The plate's depth map: inverse depth, ``near_cm`` is 255 and ``far_cm`` is 0."""

    file: str
    near_cm: float
    far_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A named scene: a finished backdrop plate and what must be known to stand something in it."""

    name: str
    folder: Path
    revision: str
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
        return _read_rgb(self.folder / self.plate_file)

    def receiving(self) -> npt.NDArray[np.float32]:
        """Where the plate shows the surface that carries the product, float32 (H, W) in [0, 1].

        A pixel belongs to the surface where the measured depth is that of a horizontal plane at
        the product's place; walls, vases and edges of tables lie nearer or farther.
        """
        return _receiving(self)


class TemplateLibrary:
    """Folders of template folders; an earlier one hides a later one's template of the same name."""

    def __init__(self, *roots: Path) -> None:
        self._roots = roots or (BUILT_IN,)

    def get(self, name: str) -> Template:
        """Load one template by its folder's name.

        Raises
        ------
        TemplateNotFound, TemplateInvalid
        """
        if Path(name).name != name or name.startswith("."):
            raise TemplateNotFound(name=name, known=self.names())
        for root in self._roots:
            if (root / name / _RECORD).is_file():
                return _load(root / name)
        raise TemplateNotFound(name=name, known=self.names())

    def names(self) -> Iterator[str]:
        """Walk the folders, sorted inside each root; each name once."""
        seen: set[str] = set()
        for root in self._roots:
            if not root.is_dir():
                continue
            for folder in sorted(root.iterdir()):
                if (folder / _RECORD).is_file() and folder.name not in seen:
                    seen.add(folder.name)
                    yield folder.name

    def all(self) -> Iterator[Template]:
        """Load every template, one at a time."""
        return (self.get(name) for name in self.names())


def _load(folder: Path) -> Template:
    text = (folder / _RECORD).read_text(encoding="utf-8")
    try:
        return _template(folder, text)
    except tomllib.TOMLDecodeError as fault:
        raise TemplateInvalid(name=folder.name, fact=f"{_RECORD} is no TOML: {fault}") from fault
    except KeyError as fault:
        raise TemplateInvalid(name=folder.name, fact=f"{_RECORD} lacks {fault}") from fault
    except (TypeError, ValueError) as fault:
        raise TemplateInvalid(name=folder.name, fact=f"{_RECORD}: {fault}") from fault


def _template(folder: Path, text: str) -> Template:
    record = tomllib.loads(text)
    _refuse(folder, record)
    return Template(
        name=folder.name,
        folder=folder,
        revision=_revision(folder, text, record["plate"]["file"]),
        title=record["title"],
        title_zh=record.get("title_zh", record["title"]),
        style=record["style"],
        tags=tuple(record.get("tags", ())),
        prompt=record.get("prompt", ""),
        palette=tuple(record.get("palette", ())),
        plate_file=record["plate"]["file"],
        width_px=record["plate"]["width_px"],
        height_px=record["plate"]["height_px"],
        depth=_part(Depth, record["depth"]),
        camera=_part(Camera, record["camera"]),
        roughness=record["surface"]["roughness"],
        reflectance=record["surface"]["reflectance"],
        material=record["surface"]["material"],
        light=_part(KeyLight, record["light"]),
        anchors=tuple(_part(Anchor, anchor) for anchor in record["anchors"]),
    )


def _part(shape: Any, table: dict[str, Any]) -> Any:
    """Build a value from a table's keys that it knows; a record may say more than we read."""
    known = {one.name for one in fields(shape)}
    return shape(**{key: tuple(value) if isinstance(value, list) else value
                    for key, value in table.items() if key in known})  # fmt: skip


def _refuse(folder: Path, record: dict[str, Any]) -> None:
    name = folder.name
    if record["schema"] != _SCHEMA:
        raise TemplateInvalid(name=name, fact=f"schema {record['schema']}, {_SCHEMA} is known")
    if record["name"] != name:
        raise TemplateInvalid(name=name, fact=f"its record calls it '{record['name']}'")
    for part in ("plate", "depth"):
        if not (folder / record[part]["file"]).is_file():
            raise TemplateInvalid(name=name, fact=f"{record[part]['file']} is missing")
    if not record["anchors"]:
        raise TemplateInvalid(name=name, fact="it has no anchor to stand a product on")
    for anchor in record["anchors"]:
        for side in ("x", "y", "max_width", "max_height"):
            if not 0 < anchor[side] <= 1:
                fact = f"anchor '{anchor['name']}': {side} is {anchor[side]}, must be in (0, 1]"
                raise TemplateInvalid(name=name, fact=fact)


def _revision(folder: Path, text: str, plate_file: str) -> str:
    """Digest of everything that shows in a result: an edited template makes a new image."""
    plate = folder / plate_file
    return _digest(text, plate, plate.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(text: str, plate: Path, _changed_ns: int) -> str:
    return hashlib.sha256(text.encode() + plate.read_bytes()).hexdigest()[:16]


def _read_rgb(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return np.asarray(image.convert("RGB"))


def _receiving(template: Template) -> npt.NDArray[np.float32]:
    with Image.open(template.folder / template.depth.file) as image:
        disparity = np.asarray(image.convert("L"), np.float32) / np.float32(255)
    near, far = 1 / template.depth.near_cm, 1 / template.depth.far_cm
    measured = disparity * (near - far) + far
    expected = _plane_disparity(template.camera, disparity.shape)
    # One grey step of the 8-bit map, or 6% of the distance, whichever is more.
    tolerance = np.maximum(1.5 * (near - far) / 255, 0.06 * expected)
    on_plane = (np.abs(measured - expected) < tolerance).astype(np.float32)
    soft = cv2.GaussianBlur(on_plane, (0, 0), 1.5)
    size = (template.width_px, template.height_px)
    return np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR))


def _plane_disparity(camera: Camera, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Inverse depth along the optical axis of the horizontal plane under the camera, per row."""
    height, width = shape[:2]
    focal_px = camera.focal_mm / camera.sensor_mm * width
    rows = np.arange(height, dtype=np.float32) + 0.5 - height / 2
    pitch = math.radians(camera.pitch_deg)
    # A ray through row v falls by sin(pitch) + v/f cos(pitch) for each unit along the axis.
    fall = np.maximum(math.sin(pitch) + rows / focal_px * math.cos(pitch), 1e-4)
    return np.repeat((fall / camera.height_cm)[:, None], width, axis=1).astype(np.float32)
