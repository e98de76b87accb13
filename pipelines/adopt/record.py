"""Writes a template's folder: whole, or not at all."""

import io
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.errors import TemplateExists
from pipelines.library.template import RECORD

PLATE_FILE, DEPTH_FILE = "plate.webp", "depth.png"
_QUALITY = 92

Value = str | bool | int | float | Sequence[str] | Sequence[float]
Table = Mapping[str, Value]


def record_toml(head: Table, tables: Mapping[str, Table | Sequence[Table]]) -> str:
    """A record as TOML: keys first, then tables, lists of tables repeated."""
    lines = _lines(head)
    for name, table in tables.items():
        several = not isinstance(table, Mapping)
        for one in table if not isinstance(table, Mapping) else [table]:
            lines += ["", f"[[{name}]]" if several else f"[{name}]", *_lines(one)]
    return "\n".join(lines) + "\n"


def _lines(table: Table) -> list[str]:
    return [f"{key} = {_text(value)}" for key, value in table.items()]


def _text(value: Value) -> str:
    """One TOML value; JSON's strings are TOML's, and numbers carry four decimals."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case int():
            return str(value)
        case float():
            return str(round(value, 4))
    return f"[{', '.join(_text(item) for item in value)}]"


def write_folder(
    root: Path,
    name: str,
    *,
    record: str,
    plate: npt.NDArray[np.uint8],
    disparity: npt.NDArray[np.uint8],
    force: bool,
) -> Path:
    """Write a template beside the others of a root.

    It is made out of sight and moved into place, so that no reader meets half of it.

    Raises
    ------
    TemplateExists : there is one of that name, and `force` is not given
    OSError : the folder cannot be written
    """
    target = root / name
    if target.exists() and not force:
        raise TemplateExists(name=name)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent, prefix=".template-") as scratch:
        made = Path(scratch) / name
        made.mkdir()
        (made / PLATE_FILE).write_bytes(_encoded(plate, "WEBP", quality=_QUALITY, method=4))
        (made / DEPTH_FILE).write_bytes(_encoded(disparity, "PNG", optimize=True))
        (made / RECORD).write_text(record, encoding="utf-8")
        if target.exists():
            shutil.move(target, Path(scratch) / "before")
        made.rename(target)
    return target


def _encoded(pixels: npt.NDArray[np.uint8], format_name: str, **options: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format_name, **options)
    return out.getvalue()
