"""Models are held against limits before Blender sees them."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import ModelFileRefused
from pipelines.rendered import read_model
from tests.pipelines.rendered.glb import box_glb, glb


def write(folder: Path, data: bytes, name: str = "box.glb") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_model_is_named_by_its_bytes(tmp_path: Path) -> None:
    first = read_model(write(tmp_path, box_glb()))
    again = read_model(write(tmp_path, box_glb(), "copy.glb"))
    other = read_model(write(tmp_path, box_glb(height=0.2), "tall.glb"))
    assert first.digest == again.digest != other.digest


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (b"", "no glTF"),
        (b"solid stl", "no glTF"),
        (b"[1, 2]", "no glTF"),
        (b"glTF\2\0\0\0", "damaged"),
        (box_glb()[:300], "cut off"),
        (box_glb(asset={"version": "1.0"}), "glTF 1.0"),
        (box_glb(meshes=[]), "no mesh"),
        (box_glb(accessors=[{"count": 10**9}]), "vertices"),
        (box_glb(images=[{"uri": "../../secret.png"}]), "outside its folder"),
        (box_glb(images=[{"uri": "https://example.com/a.png"}]), "outside its folder"),
        (box_glb(images=[{"uri": "gone.png"}]), "not there"),
    ],
)
def test_what_cannot_be_rendered_is_refused_with_the_reason(
    tmp_path: Path, data: bytes, fact: str
) -> None:
    with pytest.raises(ModelFileRefused, match=rf"box\.glb: .*{fact}"):
        read_model(write(tmp_path, data))


def test_files_beside_a_gltf_count_into_its_name(tmp_path: Path) -> None:
    scene: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "meshes": [{}],
        "buffers": [{"uri": "box.bin", "byteLength": 4}],
        "images": [{"uri": "data:image/png;base64,AAAA"}],
    }
    (tmp_path / "box.bin").write_bytes(b"1234")
    path = write(tmp_path, json.dumps(scene).encode(), "box.gltf")
    first = read_model(path).digest
    (tmp_path / "box.bin").write_bytes(b"1235")
    assert read_model(path).digest != first


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileRefused, match=r"gone\.glb: cannot be read"):
        read_model(tmp_path / "gone.glb")


def test_the_maker_of_test_files_makes_what_the_format_says() -> None:
    data = glb({"asset": {"version": "2.0"}})
    assert len(data) % 4 == 0
    assert int.from_bytes(data[8:12], "little") == len(data)
