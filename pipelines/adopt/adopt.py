"""From a photo to a template's folder."""

import hashlib
import io
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.adopt.describe import Words, head_of
from pipelines.adopt.edges import back_estimate, find_edges, front_estimate
from pipelines.adopt.estimate import Corrections, Estimate, checked_name, number, settled
from pipelines.adopt.ground import fall_at, ground, surface_mask
from pipelines.adopt.lighting import Lighting, corrected, estimate_lighting
from pipelines.adopt.places import Extent, lying_places, standing_places
from pipelines.adopt.record import DEPTH_FILE, PLATE_FILE, Table, record_toml, write_folder
from pipelines.adopt.view import focal_estimate, pitch_estimate, width_estimate
from pipelines.errors import ImageRefused, ImageTooSmall, RecipeInvalid
from pipelines.imaging.decode import decode
from pipelines.imaging.light import FLAT_LAY_DEG
from pipelines.library.camera import Camera
from pipelines.library.template import Anchor

_SMALLEST_PX, _LARGEST_PX = 640, 2048
_SENSOR_MM = 36.0
_USUAL_ROUGHNESS, _USUAL_REFLECTANCE = 0.4, 0.03
_FOCAL_IN_35MM = 0xA405
_EXIF = 0x8769
_LEAST_SURFACE = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A template made of a photo.

    Attributes
    ----------
    estimates
        Every value that was estimated or given, the least sure of them said so.
    """

    folder: Path
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A photo's geometry as settled."""

    back: Estimate
    front: Estimate
    slope: float
    focal: Estimate
    pitch: Estimate
    width: Estimate

    @property
    def lies_flat(self) -> bool:
        return number(self.pitch) >= FLAT_LAY_DEG

    @property
    def extent(self) -> Extent:
        if self.lies_flat:
            return Extent(back_y=0.0, front_y=1.0)
        return Extent(back_y=number(self.back), front_y=number(self.front))


def adopt(
    photo: bytes, *, root: Path, words: Words, corrections: Corrections, force: bool = False
) -> Adopted:
    """Make a template of a backdrop photo.

    Parameters
    ----------
    root
        The folder that holds the user's templates.
    corrections
        What the user says instead of estimates.
    force
        Replace a template of the same name.

    Raises
    ------
    ImageRefused and its kinds : the file is no picture that can be a backdrop
    RecipeInvalid : a name, or corrections that contradict each other
    TemplateExists, OSError
    """
    checked_name(words.name)
    plate, taken = _plate(photo, name=words.photo)
    seen = _seen(plate, taken, corrections)
    extent, aspect = seen.extent, plate.shape[0] / plate.shape[1]
    edges = {"back_y": extent.back_y, "slope": seen.slope, "front_y": extent.front_y}
    surface = surface_mask((plate.shape[0], plate.shape[1]), **edges)
    lighting = corrected(estimate_lighting(plate, surface), corrections)
    camera, px_per_cm = _camera(seen, aspect=aspect, width_px=plate.shape[1])
    depth = ground(camera, aspect=aspect, **edges)
    texture = _texture(corrections)
    estimates = _listed(seen, lighting, texture)
    head = head_of(words, plate, digest=hashlib.sha256(photo).hexdigest())
    tables: dict[str, Table | list[Table]] = {
        "plate": {"file": PLATE_FILE, "width_px": plate.shape[1], "height_px": plate.shape[0]},
        "depth": {"file": DEPTH_FILE, "near_cm": depth.near_cm, "far_cm": depth.far_cm},
        "camera": asdict(camera),
        "surface": {
            "material": words.material,
            "roughness": number(texture[0]),
            "reflectance": number(texture[1]),
        },
        "light": _light_table(lighting),
        "anchors": [asdict(one) for one in _places(seen, camera, aspect, px_per_cm)],
        "estimates": [_estimate_table(one) for one in estimates],
    }
    folder = write_folder(
        root, words.name, record=record_toml(head, tables), plate=plate,
        disparity=depth.disparity, force=force,
    )  # fmt: skip
    return Adopted(folder=folder, estimates=estimates)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What the photo's file says: its width, and its focal length for a frame 36 mm wide."""

    width_px: int
    focal_mm: float | None


def _plate(photo: bytes, *, name: str) -> tuple[npt.NDArray[np.uint8], _Taken]:
    """The photo as a plate, and what its file says of it."""
    source = decode(photo, name=name)
    if source.alpha is not None:
        raise ImageRefused(
            name=name, fact="has transparent parts", fix="a backdrop fills its frame; flatten it"
        )
    height, width = source.rgb.shape[:2]
    if min(height, width) < _SMALLEST_PX:
        raise ImageTooSmall(
            name=name,
            fact=f"is {width} x {height} px, a backdrop needs {_SMALLEST_PX} px a side",
            fix="use a larger photo",
        )
    shrink = min(_LARGEST_PX / max(height, width), 1.0)
    size = (round(width * shrink), round(height * shrink))
    plate = cv2.resize(source.rgb, size, interpolation=cv2.INTER_AREA) if shrink < 1 else source.rgb
    with Image.open(io.BytesIO(photo)) as image:
        stated = image.getexif().get_ifd(_EXIF).get(_FOCAL_IN_35MM)
    focal = float(stated) if isinstance(stated, int | float) and stated else None
    return np.ascontiguousarray(plate), _Taken(width_px=width, focal_mm=focal)


def _seen(plate: npt.NDArray[np.uint8], taken: _Taken, given: Corrections) -> _Seen:
    aspect = plate.shape[0] / plate.shape[1]
    back_edge, front_edge = find_edges(plate)
    back = settled("surface_y", given.surface_y, back_estimate(back_edge))
    front = settled("front_y", given.front_y, front_estimate(front_edge))
    if number(front) - number(back) < _LEAST_SURFACE and given.surface_y is not None:
        front = settled("front_y", given.front_y, front_estimate(None))
    if number(front) - number(back) < _LEAST_SURFACE:
        limit = f"must lie {_LEAST_SURFACE:g} below the back edge at {number(back):g}"
        raise RecipeInvalid(field="front_y", value=number(front), limit=limit)
    focal = settled("focal_mm", given.focal_mm, focal_estimate(taken.focal_mm))
    extent = Extent(back_y=number(back), front_y=number(front))
    guessed = pitch_estimate(
        extent.back_y, extent.stands_y, focal_ratio=number(focal) / _SENSOR_MM, aspect=aspect,
        edge=back.sureness,
    )  # fmt: skip
    width_cm = given.width_cm
    if given.px_per_cm is not None:
        width_cm = taken.width_px / given.px_per_cm
    straight = given.surface_y is not None or back.sureness == "guess"
    return _Seen(
        back=back,
        front=front,
        slope=0.0 if straight else back_edge.slope,
        focal=focal,
        pitch=settled("pitch", given.pitch, guessed),
        width=settled("width_cm", width_cm, width_estimate()),
    )


def _camera(seen: _Seen, *, aspect: float, width_px: int) -> tuple[Camera, float]:
    """The camera, and the plate's pixels per cm where the product stands."""
    pitch = number(seen.pitch)
    y = 0.5 if seen.lies_flat else seen.extent.stands_y
    focal_ratio = number(seen.focal) / _SENSOR_MM
    px_per_cm = width_px / number(seen.width)
    depth_cm = focal_ratio * width_px / px_per_cm
    bare = Camera(
        focal_mm=number(seen.focal), sensor_mm=_SENSOR_MM, pitch_deg=pitch, height_cm=1.0,
        distance_cm=depth_cm * math.hypot(1.0, (y - 0.5) * aspect / focal_ratio),
    )  # fmt: skip
    return replace(bare, height_cm=depth_cm * fall_at(bare, y, aspect=aspect)), px_per_cm


def _places(seen: _Seen, camera: Camera, aspect: float, px_per_cm: float) -> list[Anchor]:
    if seen.lies_flat:
        return lying_places(px_per_cm=px_per_cm)
    return standing_places(seen.extent, camera, aspect=aspect, px_per_cm=px_per_cm)


def _texture(given: Corrections) -> tuple[Estimate, Estimate]:
    """Roughness and reflectance: a picture hardly tells them, so what is usual is taken."""
    why = "usual for tables; 0.1 mirrors, 1 is matte"
    rough = Estimate(
        name="roughness", value=_USUAL_ROUGHNESS, unit="", sureness="guess", why=why,
        option="--roughness",
    )  # fmt: skip
    bright = Estimate(
        name="reflectance", value=_USUAL_REFLECTANCE, unit="", sureness="guess",
        why="usual for what is no metal; 0 leaves out mirror images", option="--reflectance",
    )  # fmt: skip
    return (
        settled("roughness", given.roughness, rough),
        settled("reflectance", given.reflectance, bright),
    )


def _listed(
    seen: _Seen, lighting: Lighting, texture: tuple[Estimate, Estimate]
) -> tuple[Estimate, ...]:
    edges = () if seen.lies_flat else (seen.back, seen.front)
    light = (lighting.azimuth, lighting.elevation, lighting.width, lighting.key_ratio)
    return (*edges, seen.focal, seen.pitch, seen.width, *light, lighting.colour, *texture)


def _light_table(lighting: Lighting) -> Table:
    return {
        "azimuth_deg": number(lighting.azimuth),
        "elevation_deg": number(lighting.elevation),
        "angular_diameter_deg": number(lighting.width),
        "color_rgb_linear": lighting.color_rgb_linear,
        "key_ratio": number(lighting.key_ratio),
        "ambient_rgb_linear": lighting.ambient_rgb_linear,
    }


def _estimate_table(one: Estimate) -> Table:
    return {"name": one.name, "value": one.shown, "sureness": one.sureness, "why": one.why}
