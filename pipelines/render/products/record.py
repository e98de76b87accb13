"""Writes a sample's record as TOML."""

from __future__ import annotations

import json

from pipelines.render.products.sample import Sample

PHOTO_FILE = "photo.webp"
CUTOUT_FILE = "cutout.webp"
RECORD_FILE = "sample.toml"

Value = str | int | float | tuple[str, ...] | tuple[float, float, float]


def sample_toml(sample: Sample) -> str:
    """The record of a sample's folder."""
    camera = sample.camera
    size: dict[str, Value] = {"width_px": camera.width_px, "height_px": camera.height_px}
    head: dict[str, Value] = {
        "schema": 1,
        "name": sample.name,
        "title": sample.title,
        "title_zh": sample.title_zh,
        "category": sample.category,
        "description": sample.description,
        "size_cm": sample.size_cm,
        "tags": sample.tags,
        "label_text": sample.label_text,
        "made_by": f"python -m pipelines.render product {sample.name}",
    }
    view: dict[str, Value] = {"focal_mm": camera.focal_mm, "pitch_deg": camera.pitch_deg}
    parts = [
        _lines(head),
        "[photo]\n" + _lines({"file": PHOTO_FILE, **size}),
        "[cutout]\n" + _lines({"file": CUTOUT_FILE, **size}),
        "[camera]\n" + _lines(view),
    ]
    return "\n".join(parts)


def _lines(table: dict[str, Value]) -> str:
    # JSON's strings, numbers and lists are TOML's, too.
    return "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items()
    )
