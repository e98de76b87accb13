"""Every rule that a template's folder must keep, each with its value, its limit, pass or fail."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from pipelines.errors import TemplateInvalid
from pipelines.library.load import load
from pipelines.library.template import Anchor, Template
from pipelines.report import Check, Report, judged, noted

_SMALLEST_PX, _LARGEST_PX = 640, 8192
_RATIO_TOLERANCE = 0.01
_SCALE_TOLERANCE = 0.12
_ON_SURFACE = 0.8
_LEAST_SURFACE = 0.03
_PALETTE_DELTA_E = 14.0
"""CIE76: a palette's colour is a mean of the plate's, and need not be any pixel's."""
_FEWEST_TAGS, _LONGEST_TAG = 4, 40


def validate(folder: Path) -> Report:
    """Hold a template's folder against every rule; a record that cannot be read fails at once."""
    try:
        template = load(folder)
    except TemplateInvalid as fault:
        return Report(checks=(_failed("record", fault.fact, "complete and consistent"),))
    checks = [
        noted("record", f"{template.name}, revision {template.revision}"),
        *_words(template),
        *_camera(template),
        *_light(template),
        *_surface(template),
    ]
    pictures = [*_plate_file(template), *_depth_file(template)]
    if all(check.outcome == "pass" for check in pictures):
        pictures += [*_palette(template), *_anchors(template)]
    return Report(checks=(*checks, *pictures))


def _failed(name: str, value: str, limit: str) -> Check:
    return judged(name, passed=False, value=value, limit=limit, fix="mend template.toml")


def _range(name: str, value: float, low: float, high: float, unit: str) -> Check:
    return judged(
        name,
        passed=low <= value <= high,
        value=f"{value:g} {unit}".strip(),
        limit=f"{low:g} to {high:g} {unit}".strip(),
        fix="measure it again, and mend template.toml",
    )


def _words(template: Template) -> Iterator[Check]:
    tags = template.tags
    yield judged(
        "tags",
        passed=len(tags) >= _FEWEST_TAGS
        and any(tag.isascii() for tag in tags)
        and any(not tag.isascii() for tag in tags),
        value=f"{len(tags)}: {', '.join(tags)}",
        limit=f"at least {_FEWEST_TAGS}, in English and Chinese",
        fix="add what people would search for: room, material, colour, season, product",
    )
    odd = {tag for tag in tags if tags.count(tag) > 1 or not 0 < len(tag.strip()) <= _LONGEST_TAG}
    yield judged(
        "tags' form",
        passed=not odd,
        value=", ".join(sorted(odd)) or "each once and short",
        limit=f"each once, 1 to {_LONGEST_TAG} characters",
        fix="shorten or remove them",
    )
    yield judged(
        "titles",
        passed=bool(template.title.strip()) and not template.title_zh.isascii(),
        value=f"{template.title} {template.title_zh}",
        limit="in English, and in Chinese",
        fix="add title and title_zh",
    )
    yield judged(
        "prompt",
        passed=template.prompt.count("{product}") == 1,
        value=f"{template.prompt[:60]}…" if len(template.prompt) > 60 else template.prompt,
        limit="names {product} once",
        fix="describe the scene around {product}",
    )


def _camera(template: Template) -> Iterator[Check]:
    camera = template.camera
    yield _range("camera pitch", camera.pitch_deg, 0, 90, "degrees")
    yield _range("focal length over sensor", camera.focal_mm / camera.sensor_mm, 0.4, 8, "")
    yield _range("camera height", camera.height_cm, 1, 1000, "cm")
    yield _range("camera distance", camera.distance_cm, 10, 2000, "cm")
    for anchor in template.anchors:
        yield _scale(template, anchor)


def _scale(template: Template, anchor: Anchor) -> Check:
    """What the camera's geometry makes of a centimetre at a place, against the record's word."""
    surface = template.surface_at(anchor)
    below = np.radians(surface.depression_deg - template.camera.pitch_deg)
    away = template.camera.height_cm / max(np.sin(np.radians(surface.depression_deg)), 0.02)
    expected = template.focal_px / (away * np.cos(below))
    return judged(
        f"scale at {anchor.name}",
        passed=abs(anchor.px_per_cm / expected - 1) <= _SCALE_TOLERANCE,
        value=f"{anchor.px_per_cm:.1f} px per cm",
        limit=f"{expected:.1f} by the camera's height, within {_SCALE_TOLERANCE:.0%}",
        fix="mend px_per_cm, or the camera's height",
    )


def _light(template: Template) -> Iterator[Check]:
    light = template.light
    yield _range("light from", light.azimuth_deg, 0, 360, "degrees")
    yield _range("light height", light.elevation_deg, 5, 90, "degrees")
    yield _range("light width", light.angular_diameter_deg, 0.1, 180, "degrees")
    yield _range("key's share of the light", light.key_ratio, 0, 1, "")
    for name, colour in (
        ("light colour", light.color_rgb_linear),
        ("colour in shadow", light.ambient_rgb_linear),
    ):
        yield judged(
            name,
            passed=len(colour) == 3 and min(colour) > 0 and abs(max(colour) - 1) < 0.01,
            value=", ".join(f"{value:g}" for value in colour),
            limit="three above 0, the largest 1",
            fix="divide by the largest",
        )


def _surface(template: Template) -> Iterator[Check]:
    yield _range("roughness", template.roughness, 0, 1, "")
    yield _range("reflectance", template.reflectance, 0, 1, "")
    yield judged(
        "depth range",
        passed=0 < template.depth.near_cm < template.depth.far_cm,
        value=f"{template.depth.near_cm:g} to {template.depth.far_cm:g} cm",
        limit="from near to far, above 0",
        fix="mend near_cm and far_cm",
    )


def _plate_file(template: Template) -> Iterator[Check]:
    size = _size(template.folder / template.plate_file)
    stated = (template.width_px, template.height_px)
    yield judged(
        "plate",
        passed=size == stated and min(stated) >= _SMALLEST_PX and max(stated) <= _LARGEST_PX,
        value="unreadable" if size is None else f"{size[0]} x {size[1]} px",
        limit=f"{stated[0]} x {stated[1]} px as stated, {_SMALLEST_PX} to {_LARGEST_PX} px a side",
        fix="mend width_px and height_px, or give a larger plate",
    )


def _depth_file(template: Template) -> Iterator[Check]:
    size = _size(template.folder / template.depth.file)
    wanted = template.width_px / template.height_px
    yield judged(
        "depth map",
        passed=size is not None and abs(size[0] / size[1] / wanted - 1) <= _RATIO_TOLERANCE,
        value="unreadable" if size is None else f"{size[0]} x {size[1]} px",
        limit=f"the plate's shape, {wanted:.3f} to 1",
        fix="make it from the plate's own frame",
    )


def _size(path: Path) -> tuple[int, int] | None:
    """A picture's size by its header; what is larger than any plate is not decoded."""
    try:
        with Image.open(path) as image:
            if max(image.size) <= _LARGEST_PX:
                image.load()
            return image.size
    except (OSError, UnidentifiedImageError, SyntaxError, ValueError):
        return None


def _palette(template: Template) -> Iterator[Check]:
    try:
        colours = np.array([list(bytes.fromhex(one.removeprefix("#"))) for one in template.palette])
        assert colours.shape[1:] == (3,)  # noqa: S101 - told below as any other fault of form
    except (ValueError, AssertionError):
        yield _failed("palette", ", ".join(template.palette) or "none", "1 to 8 of #rrggbb")
        return
    small = cv2.resize(template.plate(), (96, 96), interpolation=cv2.INTER_AREA)
    away = [float(_delta_e(small, one).min()) for one in colours]
    yield judged(
        "palette",
        passed=max(away) <= _PALETTE_DELTA_E and len(away) <= 8,
        value=f"farthest colour is ΔE {max(away):.1f} from any of the plate's",
        limit=f"at most {_PALETTE_DELTA_E:g}, 8 colours",
        fix="take the palette from the plate",
    )


def _delta_e(rgb: npt.NDArray[np.uint8], colour: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    one = cv2.cvtColor((colour / 255).astype(np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2LAB)
    return np.asarray(np.linalg.norm(lab - one, axis=2))


def _anchors(template: Template) -> Iterator[Check]:
    surface = template.receiving()
    yield judged(
        "surface",
        passed=float(surface.mean()) >= _LEAST_SURFACE,
        value=f"{surface.mean():.0%} of the plate",
        limit=f"at least {_LEAST_SURFACE:.0%} at the product's height",
        fix="mend the depth map, its range, or the camera",
    )
    for anchor in template.anchors:
        yield _room(template, anchor)
        yield _footing(surface, anchor)


def _room(template: Template, anchor: Anchor) -> Check:
    flat = template.surface_at(anchor).lies_flat
    above = anchor.max_height / 2 if flat else anchor.max_height
    below = anchor.max_height / 2 if flat else 0.0
    edges = (
        anchor.x - anchor.max_width / 2,
        1 - anchor.x - anchor.max_width / 2,
        anchor.y - above,
        1 - anchor.y - below,
    )
    return judged(
        f"room at {anchor.name}",
        passed=min(edges) >= 0,
        value=f"{min(edges):.1%} left to the nearest edge",
        limit="at least 0",
        fix="make max_width or max_height smaller",
    )


def _footing(surface: npt.NDArray[np.float32], anchor: Anchor) -> Check:
    height, width = surface.shape
    row, column = int(anchor.y * height), int(anchor.x * width)
    reach_x, reach_y = max(width // 40, 4), max(height // 128, 2)
    around = surface[
        max(row - reach_y, 0) : row + reach_y + 1, max(column - reach_x, 0) : column + reach_x + 1
    ]
    share = float(around.mean()) if around.size else 0.0
    return judged(
        f"footing at {anchor.name}",
        passed=share >= _ON_SURFACE,
        value=f"{share:.0%} of what lies around is surface",
        limit=f"at least {_ON_SURFACE:.0%}",
        fix="move the anchor onto the surface",
    )
