"""Reads a template's folder: the record, and the files that it names."""

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from pipelines.errors import TemplateInvalid
from pipelines.imaging.light import KeyLight
from pipelines.library.camera import Camera, Depth
from pipelines.library.template import RECORD, Anchor, Template

SCHEMA = 1


def load(folder: Path) -> Template:
    """Read a folder's record.

    Raises
    ------
    TemplateInvalid : what is wrong with the record, in a sentence
    """
    try:
        return _template(folder, (folder / RECORD).read_text(encoding="utf-8"))
    except OSError as fault:
        fact = f"{RECORD} cannot be read ({fault.strerror})"
        raise TemplateInvalid(name=folder.name, fact=fact) from fault
    except tomllib.TOMLDecodeError as fault:
        raise TemplateInvalid(name=folder.name, fact=f"{RECORD} is no TOML: {fault}") from fault
    except KeyError as fault:
        raise TemplateInvalid(name=folder.name, fact=f"{RECORD} lacks {fault}") from fault
    except (TypeError, ValueError) as fault:
        raise TemplateInvalid(name=folder.name, fact=f"{RECORD}: {fault}") from fault


def _template(folder: Path, text: str) -> Template:
    record = tomllib.loads(text)
    _refuse(folder, record)
    return Template(
        name=folder.name,
        folder=folder,
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
    if record["schema"] != SCHEMA:
        raise TemplateInvalid(name=name, fact=f"schema {record['schema']}, {SCHEMA} is known")
    if record["name"] != name:
        raise TemplateInvalid(name=name, fact=f"its record calls it '{record['name']}'")
    for part in ("plate", "depth"):
        file = record[part]["file"]
        if Path(file).name != file:
            raise TemplateInvalid(name=name, fact=f"{part} '{file}' must lie in its own folder")
        if not (folder / file).is_file():
            raise TemplateInvalid(name=name, fact=f"{file} is missing")
    if not record["anchors"]:
        raise TemplateInvalid(name=name, fact="it has no anchor to stand a product on")
    for anchor in record["anchors"]:
        for side in ("x", "y", "max_width", "max_height"):
            if not 0 < anchor[side] <= 1:
                fact = f"anchor '{anchor['name']}': {side} is {anchor[side]}, must be in (0, 1]"
                raise TemplateInvalid(name=name, fact=fact)
