"""Small GLB files made by hand."""

import json
import struct
from typing import Any

import numpy as np


def box_glb(*, width: float = 0.06, height: float = 0.12, **changes: Any) -> bytes:
    """A box that stands on the ground, y up, in metres; `changes` replace parts of its JSON."""
    x, y, z = width / 2, height, width / 2
    corners = np.array([(a, b, c) for a in (-x, x) for b in (0.0, y) for c in (-z, z)], np.float32)
    faces = np.array(
        [0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4,
         1, 5, 7, 1, 7, 3], np.uint16,
    )  # fmt: skip
    binary = corners.tobytes() + faces.tobytes()
    scene: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": corners.nbytes},
            {"buffer": 0, "byteOffset": corners.nbytes, "byteLength": faces.nbytes},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3",
             "min": corners.min(axis=0).tolist(), "max": corners.max(axis=0).tolist()},
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
    } | changes  # fmt: skip
    return glb(scene, binary)


def glb(scene: dict[str, Any], binary: bytes = b"") -> bytes:
    """Wrap JSON and a binary chunk as the format says."""
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
