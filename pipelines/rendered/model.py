"""A GLB or glTF file, held against limits before Blender sees it."""

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipelines.errors import ModelFileRefused

SUFFIXES = frozenset({".glb", ".gltf"})
_MAGIC = b"glTF"
_JSON_CHUNK = 0x4E4F534A
_MOST_BYTES = 256 << 20
_MOST_VERTICES = 20_000_000
_FIX = "export it again as GLB (glTF 2.0 binary)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that may be rendered.

    Attributes
    ----------
    digest
        SHA-256 of the file and of every file that it names.
    """

    path: Path
    digest: str


def read_model(path: Path) -> Model:
    """Check a model: what it is, how large, and that it names no file outside its folder.

    Raises
    ------
    ModelFileRefused
    """
    data = _bytes(path)
    scene = _scene(path, data)
    version = str(scene.get("asset", {}).get("version", "?"))
    if not version.startswith("2."):
        raise _refused(path, f"glTF {version} where 2.0 is taken")
    if not scene.get("meshes"):
        raise _refused(path, "it holds no mesh")
    vertices = sum(int(one.get("count", 0)) for one in scene.get("accessors", ()))
    if vertices > _MOST_VERTICES:
        fact = f"{vertices:,} vertices and indices are more than {_MOST_VERTICES:,}"
        raise _refused(path, fact, fix="simplify the model")
    digest = hashlib.sha256(data)
    for part in ("buffers", "images"):
        for one in scene.get(part, ()):
            digest.update(_beside(path, one))
    return Model(path=path, digest=digest.hexdigest())


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            fact = f"{size:,} bytes are more than the limit of {_MOST_BYTES:,}"
            raise _refused(path, fact, fix="simplify the model, or its textures")
        return path.read_bytes()
    except OSError as fault:
        raise _refused(path, f"cannot be read ({fault.strerror})", fix="check the path") from fault


def _scene(path: Path, data: bytes) -> dict[str, Any]:
    try:
        text = _json_of_glb(data) if data.startswith(_MAGIC) else data
        scene = json.loads(text)
    except (struct.error, ValueError) as fault:
        raise _refused(path, f"is no glTF file, or is damaged ({fault})") from fault
    if not isinstance(scene, dict):
        raise _refused(path, "is no glTF file")
    return scene


def _json_of_glb(data: bytes) -> bytes:
    _, _, whole = struct.unpack_from("<4sII", data, 0)
    length, kind = struct.unpack_from("<II", data, 12)
    if whole > len(data):
        raise ValueError(f"cut off after {len(data):,} of {whole:,} bytes")
    if kind != _JSON_CHUNK:
        raise ValueError("its first chunk is not JSON")
    return data[20 : 20 + length]


def _beside(path: Path, one: dict[str, Any]) -> bytes:
    """The digest of a file that the model names; data that lies inside needs none."""
    named = str(one.get("uri", ""))
    if not named or named.startswith("data:"):
        return b""
    file = (path.parent / unquote(named)).resolve()
    if ":" in named or not file.is_relative_to(path.parent.resolve()):
        raise _refused(path, f"it names '{named}', which lies outside its folder")
    if not file.is_file():
        raise _refused(path, f"it names '{named}', which is not there")
    return hashlib.sha256(file.read_bytes()).digest()


def _refused(path: Path, fact: str, *, fix: str = _FIX) -> ModelFileRefused:
    return ModelFileRefused(name=path.name, fact=fact, fix=fix)
