"""Manifests: CSV or JSONL, one recipe a row; a bad row is reported and the rest goes on."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

import pipelines
from pipelines.spec import KINDS, PARAMS, parameters
from studio.services.errors import ManifestInvalid

MOST_SEED = 2**63 - 1
_OWN = ("source", "kind", "name", "seed", "set", "turn_deg")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRow:
    """One line of a manifest.

    Attributes
    ----------
    number
        The line's number as an editor counts, from 1.
    problem
        Why the row is no recipe, or "" if it is one.
    name
        Stem of the result's file name; "" takes the source's.
    set
        Rows with the same word here are made alike in scale and baseline; "" is none.
    turn_deg
        How far a 3D model is turned to its left; None renders it as it stands.
    """

    number: int
    source: Path
    kind: pipelines.Kind = "white"
    params: Mapping[str, Any] | None = None
    name: str = ""
    seed: int = 0
    set: str = ""
    turn_deg: float | None = None
    problem: str = ""


def read_manifest(path: Path) -> list[ManifestRow]:
    """Read a manifest; sources are relative to its own folder.

    Raises
    ------
    ManifestInvalid : missing, unreadable, empty, or without the column ``source``
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        why = getattr(fault, "strerror", None) or "not UTF-8 text"
        raise ManifestInvalid(
            path=str(path), fact=f"cannot be read ({why})", fix="pass a CSV or JSONL file"
        ) from fault
    lines = _csv(path, text) if path.suffix.lower() == ".csv" else _jsonl(path, text)
    rows = [_row(number, values, path.parent) for number, values in lines]
    if not rows:
        raise ManifestInvalid(path=str(path), fact="has no rows", fix="add one line per image")
    return rows


def _csv(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    reader = csv.DictReader(text.splitlines())
    if "source" not in (reader.fieldnames or []):
        raise ManifestInvalid(
            path=str(path),
            fact="its first line has no column 'source'",
            fix="start with a header such as: source,kind,template",
        )
    for values in reader:
        if None in values:
            yield reader.line_num, "it has more cells than the header has columns"
        else:
            yield reader.line_num, {k: v.strip() for k, v in values.items() if v and v.strip()}


def _jsonl(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any] | str]]:
    if path.suffix.lower() not in {".jsonl", ".ndjson"}:
        raise ManifestInvalid(
            path=str(path), fact="is neither .csv nor .jsonl", fix="rename it or convert it"
        )
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except json.JSONDecodeError as fault:
            yield number, f"it is no JSON ({fault.msg} at column {fault.colno})"
            continue
        yield number, values if isinstance(values, dict) else "it is no JSON object"


def _row(number: int, values: dict[str, Any] | str, folder: Path) -> ManifestRow:
    if isinstance(values, str):
        return ManifestRow(number=number, source=Path(), problem=values)
    source = folder / str(values.get("source", ""))
    if not values.get("source"):
        return ManifestRow(number=number, source=Path(), problem="it names no source")
    try:
        kind = _kind(values)
        params = {key: value for key, value in values.items() if key not in _OWN}
        checked = _beside(folder, kind, coerce_params(kind, params))
        seed = _seed(values)
        turn_deg = _turn(values)
    except (pipelines.PipelineError, ValueError) as fault:
        return ManifestRow(number=number, source=source, problem=str(fault))
    name = Path(str(values.get("name", ""))).name
    return ManifestRow(
        number=number,
        source=source,
        kind=kind,
        params=checked,
        name=name,
        seed=seed,
        set=str(values.get("set", "")),
        turn_deg=turn_deg,
    )


def _seed(values: Mapping[str, Any]) -> int:
    given = values.get("seed", 0)
    text = str(given).strip()
    if isinstance(given, bool) or not text.isdecimal() or int(text) > MOST_SEED:
        limit = "must be a whole number from 0 to 2^63 - 1"
        raise pipelines.RecipeInvalid(field="seed", value=given, limit=limit)
    return int(text)


def _turn(values: Mapping[str, Any]) -> float | None:
    if "turn_deg" not in values:
        return None
    turn_deg = float(values["turn_deg"])
    if not -360 <= turn_deg <= 360:
        limit = "must be -360 to 360 degrees"
        raise pipelines.RecipeInvalid(field="turn_deg", value=turn_deg, limit=limit)
    return turn_deg


def _beside(folder: Path, kind: pipelines.Kind, params: dict[str, Any]) -> dict[str, Any]:
    """Read file names in parameters as the source is read: relative to the manifest."""
    for one in parameters(PARAMS[kind]):
        if one.meaning.names_asset and params.get(one.name):
            files = one.meaning.values(params[one.name])
            params[one.name] = one.meaning.joined_by.join(str(folder / file) for file in files)
    return params


def _kind(values: Mapping[str, Any]) -> pipelines.Kind:
    kind = values.get("kind", "white")
    for known in KINDS:
        if kind == known:
            return known
    raise pipelines.RecipeInvalid(
        field="kind", value=kind, limit=f"must be one of {', '.join(KINDS)}"
    )


def coerce_params(kind: pipelines.Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn texts and JSON values into a kind's parameters; only what was given is returned.

    Raises
    ------
    RecipeInvalid : an unknown name, a value of the wrong kind or out of range
    """
    known = {one.name: one for one in parameters(PARAMS[kind]) if not one.meaning.by_us}
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            limit = f"{kind} knows only {', '.join(sorted(known))}"
            raise pipelines.RecipeInvalid(field=name, value=value, limit=limit)
        if known[name].meaning.joined_by and isinstance(value, list | tuple):
            value = known[name].meaning.joined_by.join(str(each) for each in value)  # noqa: PLW2901
        try:
            adapter: TypeAdapter[Any] = TypeAdapter(known[name].hint)
            checked[name] = adapter.validate_python(value)
        except ValidationError as fault:
            limit = fault.errors()[0]["msg"].lower()
            raise pipelines.RecipeInvalid(field=name, value=value, limit=limit) from fault
    pipelines.params_from(kind, checked)
    return checked
