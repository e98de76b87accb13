"""Sources that are 3D models: rendered for their picture before anything else, once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pipelines
from pipelines.errors import ModelFileRefused
from pipelines.rendered import Stand, find_blender, read_model, stand_of, studio_stand
from pipelines.rendered.blender import SCRIPT_REVISION
from pipelines.rendered.model import SUFFIXES
from pipelines.stages.matched import matched_name
from studio.bootstrap.shell import Shell
from studio.cli.console import say
from studio.cli.inputs import read_input
from studio.services.export import make_folder, write_whole

_ELSEWHERE = ("placement", "position", "x", "y", "pick", "padding", "ratio", "scale", "width_cm")
_IN_A_STUDIO = ("white", "cutout")
_FOLDER = "renders"
_STUDIO_SAMPLES = 48
"""A studio's soft light settles in half the light paths that a scene's may need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source's bytes, and the parameters that go with them."""

    data: bytes
    params: Mapping[str, Any]


def source_of(
    shell: Shell,
    path: Path,
    *,
    kind: str,
    params: Mapping[str, Any],
    turn_deg: float | None = None,
) -> Source:
    """Read a picture, or render a 3D model for the scene that the parameters name or on white.

    Raises
    ------
    InputMissing, ModelFileRefused, RendererMissing, RecipeInvalid
    """
    if path.suffix.lower() not in SUFFIXES:
        if turn_deg is not None:
            limit = f"turns 3D models, and {path.name} is a picture"
            raise pipelines.RecipeInvalid(field="turn_deg", value=turn_deg, limit=limit)
        return Source(data=read_input(path), params=params)
    if kind in _IN_A_STUDIO:
        data = _rendered(shell, path, studio_stand(), "a white studio", turn_deg=turn_deg)
        return Source(data=data, params={"source_kind": "render", **params})
    if kind != "scene" or not params.get("template"):
        raise ModelFileRefused(
            name=path.name,
            fact="3D models are rendered on white and into templates' scenes",
            fix="use `packshot white`, `cutout` or `scene` with a template, or render it to PNG or "
            "OpenEXR yourself",
        )
    for name in _ELSEWHERE:
        if params.get(name):
            limit = "does not go with a 3D model, which is rendered at a place: use --anchor"
            raise pipelines.RecipeInvalid(field=name, value=params[name], limit=limit)
    template = shell.images.library.templates.get(str(params["template"]))
    stand = stand_of(template, template.anchor(str(params.get("anchor", ""))))
    height_cm = float(params.get("height_cm", 0.0))
    data = _rendered(shell, path, stand, template.name, height_cm=height_cm, turn_deg=turn_deg)
    added = {"rendered_for": matched_name(template), "source_kind": "render"}
    return Source(data=data, params=dict(params) | added)


def _rendered(
    shell: Shell,
    path: Path,
    stand: Stand,
    place: str,
    *,
    height_cm: float = 0.0,
    turn_deg: float | None = None,
) -> bytes:
    """A model's render, kept so that the same one is not made again."""
    model = read_model(path)
    named = [model.digest, stand.to_json(), height_cm, turn_deg, SCRIPT_REVISION]
    key = hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()
    folder = shell.settings.home_dir / _FOLDER
    kept = folder / f"{key}.exr"
    if kept.is_file():
        return kept.read_bytes()
    blender = find_blender(shell.settings.blender_python)
    if stand.filled:
        blender = replace(blender, samples=_STUDIO_SAMPLES)
    turned = "" if turn_deg is None else f", turned by {turn_deg:g}°,"
    say(f"rendering {path.name}{turned} for {place}; this takes minutes without a GPU")
    made = blender.render(model, stand, height_cm=height_cm, turn_deg=turn_deg)
    smaller = ", made smaller to fit the place" if made.shrunk else ""
    say(f"{path.name} stands {made.height_cm:.1f} cm high{smaller}")
    make_folder(folder)
    write_whole(kept, made.data)
    return made.data
