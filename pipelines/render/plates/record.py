"""Writes ``template.toml``: what a compositor must know about a plate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pipelines.render.camera import Camera
from pipelines.render.plates.measure import DepthMap, LightSplit
from pipelines.render.plates.plate import Anchor, Plate

Value = str | int | float | Sequence[str] | Sequence[float]
PLATE_FILE, DEPTH_FILE, RECORD_FILE = "plate.webp", "depth.png", "template.toml"


def template_toml(
    plate: Plate, *, light: LightSplit, depth: DepthMap, palette: Sequence[str]
) -> str:
    """The record as TOML text."""
    camera, surface = plate.camera, plate.surface
    head: dict[str, Value] = {
        "schema": 1,
        "name": plate.name,
        "title": plate.title,
        "title_zh": plate.title_zh,
        "style": plate.style,
        "tags": plate.tags,
        "prompt": plate.prompt,
        "palette": palette,
        "made_by": f"python -m pipelines.render plate {plate.name}",
    }
    tables: dict[str, Mapping[str, Value]] = {
        "plate": {
            "file": PLATE_FILE,
            "width_px": camera.width_px,
            "height_px": camera.height_px,
        },
        "depth": {"file": DEPTH_FILE, "near_cm": depth.near_cm, "far_cm": depth.far_cm},
        "camera": {
            "focal_mm": camera.focal_mm,
            "sensor_mm": camera.sensor_mm,
            "pitch_deg": camera.pitch_deg,
            "height_cm": (camera.location[2] - plate.anchors[0].point[2]) * 100,
            "distance_cm": camera.distance_m * 100,
        },
        "surface": {
            "material": surface.material,
            "roughness": surface.roughness,
            "reflectance": surface.reflectance,
        },
        "light": _light(plate, light),
    }
    lines = _lines(head)
    for name, table in tables.items():
        lines += ["", f"[{name}]", *_lines(table)]
    for anchor in plate.anchors:
        lines += ["", "[[anchors]]", *_lines(_anchor(camera, anchor))]
    return "\n".join(lines) + "\n"


def _light(plate: Plate, light: LightSplit) -> dict[str, Value]:
    return {
        "azimuth_deg": plate.key.azimuth_deg,
        "elevation_deg": plate.key.elevation_deg,
        "angular_diameter_deg": plate.key.angular_diameter_deg,
        "color_rgb_linear": light.key_rgb_linear,
        "key_ratio": light.key_ratio,
        "ambient_rgb_linear": light.ambient_rgb_linear,
    }


def _anchor(camera: Camera, anchor: Anchor) -> dict[str, Value]:
    x, y = camera.project(anchor.point)
    return {
        "name": anchor.name,
        "x": x,
        "y": y,
        "px_per_cm": camera.px_per_cm(anchor.point),
        "max_width": anchor.max_width,
        "max_height": anchor.max_height,
    }


def _lines(table: Mapping[str, Value]) -> list[str]:
    return [f"{key} = {_text(value)}" for key, value in table.items()]


def _text(value: Value) -> str:
    """One TOML value; JSON's strings are TOML's, and measured numbers carry four decimals."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(round(value, 4))
    return f"[{', '.join(_text(item) for item in value)}]"
