"""A studio without downloads: a matting model that is arithmetic, a template of a few pixels."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines import ModelCard, Recipe, Template, TemplateLibrary, model_card, params_from
from pipelines.brands import BrandLibrary
from pipelines.generate import Generator
from pipelines.lettering import FontStore
from pipelines.matting.consensus import Matter, QuickMatter
from pipelines.person import ClothesParser, FaceJudge, PersonFinder
from pipelines.presets import BUILT_IN_PRESETS, Preset, PresetRegistry
from pipelines.reading.lines import Line
from pipelines.reading.reader import TextReader
from pipelines.safety import SafetyJudge
from pipelines.spec import Kind
from pipelines.stages.shot import Found
from pipelines.upscale import Upscaler

Rgb = npt.NDArray[np.uint8]
MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()


class ColourMatter:
    """Finds whatever differs from the picture's corner: a stand-in whose answer is known."""

    card: ModelCard = model_card("u2netp")
    device = "arithmetic"
    quick: QuickMatter | None = None

    def probability(self, rgb: Rgb) -> npt.NDArray[np.float32]:
        small = np.asarray(Image.fromarray(rgb).resize((320, 320), Image.Resampling.BILINEAR))
        distance = np.abs(small.astype(np.int16) - small[0, 0].astype(np.int16)).max(axis=2)
        return np.asarray(np.clip(distance / 40 - 0.5, 0, 1), dtype=np.float32)


class Quadrupler:
    """Enlarges by repeating pixels."""

    key = "repeat@1"
    device = "arithmetic"
    factor = 4

    def enlarge(self, rgb: Rgb) -> Rgb:
        return rgb.repeat(4, axis=0).repeat(4, axis=1)


class LabelReader:
    """Reads one word wherever a picture is dark in its middle."""

    key = "label@1"

    def read(self, rgb: Rgb) -> list[Line]:
        height, width = rgb.shape[:2]
        middle = rgb[height * 2 // 5 : height * 3 // 5, width * 2 // 5 : width * 3 // 5]
        if middle.mean() > 128:
            return []
        edges = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.6], [0.4, 0.6]]
        corners = np.array(edges, np.float32) * np.array([width, height], np.float32)
        return [Line(text="NIGHT SERUM", score=0.99, corners=corners)]


class Brightness:
    """Scores a picture by how bright it is: a stand-in whose answer is known."""

    key = "brightness@1"

    def score(self, rgb: Rgb) -> float:
        return float(rgb.mean() / 255)


class TinyStudio:
    """What stages may ask for."""

    def __init__(
        self, library: TemplateLibrary, *assets: bytes, brands: Path = Path("no-brands")
    ) -> None:
        self.library = library
        self.brands = BrandLibrary(brands, fonts=FontStore(MODELS / "fonts"))
        self.assets = {hashlib.sha256(data).hexdigest(): data for data in assets}
        self.generators: dict[str, Generator] = {}
        self.finders: dict[str, PersonFinder] = {}
        self.face_judges: dict[str, FaceJudge] = {}
        self.clothes_parsers: dict[str, ClothesParser] = {}

    @contextmanager
    def generator(self, name: str) -> Iterator[Generator]:
        yield self.generators[name]

    @contextmanager
    def person_finder(self, name: str) -> Iterator[PersonFinder]:
        yield self.finders[name]

    @contextmanager
    def face_judge(self, name: str) -> Iterator[FaceJudge]:
        yield self.face_judges[name]

    @contextmanager
    def clothes_parser(self, name: str) -> Iterator[ClothesParser]:
        yield self.clothes_parsers[name]

    @contextmanager
    def text_reader(self, name: str) -> Iterator[TextReader]:
        yield LabelReader()

    @contextmanager
    def safety_judge(self, name: str) -> Iterator[SafetyJudge]:
        yield Brightness()

    def preset(self, name: str) -> Preset:
        return PresetRegistry((BUILT_IN_PRESETS,)).get(name)

    @contextmanager
    def upscaler(self, name: str) -> Iterator[Upscaler]:
        yield Quadrupler()

    def asset(self, digest: str) -> bytes:
        return self.assets[digest]

    @contextmanager
    def matters(self, names: Sequence[str]) -> Iterator[Sequence[Matter]]:
        yield [ColourMatter() for _ in names]

    def template(self, name: str) -> Template:
        return self.library.get(name)

    def cutout(self, key: str, find: Callable[[], Found]) -> Found:
        return find()


RECORD = """
schema = 1
name = "{name}"
title = "Plain table"
style = "plain"
tags = ["plain"]
palette = ["#c8beb4"]
[plate]
file = "plate.png"
width_px = 240
height_px = 240
[depth]
file = "depth.png"
near_cm = 40.0
far_cm = 400.0
[camera]
focal_mm = 50.0
sensor_mm = 36.0
pitch_deg = 12.0
height_cm = 30.0
distance_cm = 90.0
[surface]
material = "paper"
roughness = {roughness}
reflectance = {reflectance}
[light]
azimuth_deg = {azimuth}
elevation_deg = 40.0
angular_diameter_deg = 6.0
color_rgb_linear = [1.0, 0.9, 0.8]
key_ratio = 0.7
ambient_rgb_linear = [0.9, 0.95, 1.0]
[[anchors]]
name = "centre"
x = 0.5
y = 0.8
px_per_cm = 6.0
max_width = 0.5
max_height = 0.6
"""


def write_template(
    root: Path, name: str, *, azimuth: float = 300, roughness: float = 0.2, reflectance: float = 0.0
) -> Path:
    """Write a template folder whose surface is the lower half of the plate."""
    folder = root / name
    folder.mkdir(parents=True)
    plate = np.full((240, 240, 3), (200, 190, 180), np.uint8)
    Image.fromarray(plate).save(folder / "plate.png")
    # Inverse depth of the very plane that the record's camera sees.
    rows = np.arange(240, dtype=np.float64) + 0.5 - 120
    pitch, focal = np.radians(12.0), 50 / 36 * 240
    fall = np.maximum(np.sin(pitch) + rows / focal * np.cos(pitch), 0)
    disparity = (fall / 30 - 1 / 400) / (1 / 40 - 1 / 400)
    grey = np.clip(disparity * 255, 0, 255).astype(np.uint8)
    Image.fromarray(np.repeat(grey[:, None], 240, axis=1)).save(folder / "depth.png")
    record = RECORD.format(name=name, azimuth=azimuth, roughness=roughness, reflectance=reflectance)
    (folder / "template.toml").write_text(record, encoding="utf-8")
    return folder


def product_photo(
    *, size: tuple[int, int] = (300, 260), colour: tuple[int, int, int] = (30, 90, 60)
) -> Rgb:
    """A textured box before a light wall, well inside the frame."""
    width, height = size
    picture = np.full((height, width, 3), (205, 200, 190), np.uint8)
    box = picture[height // 4 : height * 3 // 4, width // 3 : width * 2 // 3]
    rows, columns = np.indices(box.shape[:2])
    texture = (rows // 7 + columns // 7) % 2 * 25
    box[...] = np.array(colour) + np.stack([texture] * 3, axis=-1)
    return picture


def as_bytes(rgb: npt.NDArray[np.uint8], format_name: str = "PNG", **options: Any) -> bytes:
    """Encode an array for a test."""
    return saved(Image.fromarray(rgb), format_name, **options)


def saved(image: Image.Image, format_name: str, **options: Any) -> bytes:
    """Encode a picture for a test."""
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()


def recipe_for(kind: Kind, data: bytes, **params: Any) -> Recipe:
    """A complete recipe for bytes."""
    return Recipe(
        kind=kind,
        source=hashlib.sha256(data).hexdigest(),
        params=params_from(kind, params),
        models=("u2netp@test",),
    )
