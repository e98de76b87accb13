"""3D models as sources: rendered once for their picture, turned by angles."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from pipelines import WeightStore
from pipelines.errors import ModelFileRefused, RecipeInvalid, RendererMissing
from studio.bootstrap.shell import Shell
from studio.cli.rendered import source_of
from tests.pipelines.exr_making import write_exr
from tests.pipelines.making import MODELS
from tests.pipelines.rendered.glb import box_glb
from tests.studio.commanding import Commands

SCENE = {"template": "raw-wood"}


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A model."""
    path = tmp_path / "box.glb"
    path.write_bytes(box_glb())
    return path


@pytest.fixture
def blender(tmp_path: Path, commands: Commands) -> Path:
    """A stand-in that counts its renders."""
    path = tmp_path / "blender-python"
    path.write_text(
        "#!/bin/sh\n"
        'out=$(sed -E \'s/.*"out": "([^"]+)".*/\\1/\')\n'
        f'printf x >> {tmp_path}/count\nprintf pixels > "$out"\n'
        'echo \'{"height_m": 0.12, "shrunk": false}\'\n'
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    commands.set("PACKSHOT_BLENDER_PYTHON", str(path))
    return path


def shell_of(commands: Commands) -> Shell:
    commands("brands", "list")
    return commands.shell()


def test_a_model_is_rendered_once_for_a_template(
    commands: Commands, box: Path, blender: Path
) -> None:
    shell = shell_of(commands)
    first = source_of(shell, box, kind="scene", params=SCENE)
    assert first.data == b"pixels"
    assert str(first.params["rendered_for"]).startswith("raw-wood@")
    assert first.params["source_kind"] == "render"
    assert source_of(shell, box, kind="scene", params=SCENE) == first
    assert (blender.parent / "count").read_text() == "x"
    source_of(shell, box, kind="scene", params=SCENE | {"height_cm": 20})
    source_of(shell, box, kind="scene", params={"template": "podium"})
    assert (blender.parent / "count").read_text() == "xxx"


def test_on_white_a_model_is_rendered_in_a_studio_once_for_each_angle(
    commands: Commands, box: Path, blender: Path
) -> None:
    shell = shell_of(commands)
    for kind in ("white", "cutout"):
        found = source_of(shell, box, kind=kind, params={"fill": 0.7})
        assert (found.data, found.params) == (b"pixels", {"source_kind": "render", "fill": 0.7})
    assert (blender.parent / "count").read_text() == "x"
    for turn_deg in (0.0, 45.0, 45.0):
        source_of(shell, box, kind="white", params={}, turn_deg=turn_deg)
    assert (blender.parent / "count").read_text() == "xxx"
    told = source_of(shell, box, kind="white", params={"source_kind": "photo"})
    assert told.params["source_kind"] == "photo"


def test_a_scene_found_by_words_or_an_edit_takes_no_model(commands: Commands, box: Path) -> None:
    for kind, params in (("edit", {}), ("scene", {"prompt": "wood"})):
        with pytest.raises(ModelFileRefused, match="rendered on white and into templates' scenes"):
            source_of(shell_of(commands), box, kind=kind, params=params)


def test_only_models_are_turned(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"bytes")
    with pytest.raises(RecipeInvalid, match=r"turns 3D models, and a\.png is a picture"):
        source_of(shell_of(commands), tmp_path / "a.png", kind="white", params={}, turn_deg=90)


def test_angles_become_a_set_named_by_angle(
    commands: Commands, box: Path, blender: Path, tmp_path: Path
) -> None:
    plain = np.zeros((90, 90), np.float32)
    plain[20:70, 30:60] = 1
    blender.with_name("render.exr").write_bytes(
        write_exr(tmp_path, {name: plain * np.float32(0.4) for name in "RGB"} | {"A": plain})
    )
    blender.write_text(blender.read_text().replace(
        'printf pixels > "$out"', f'cp {blender.parent}/render.exr "$out"'
    ))  # fmt: skip
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    commands.set("PACKSHOT_MODELS_DIR", str(MODELS))
    ran = commands("white", box, "--angles", "0,45,112.5", "--out", "spin", "--size", 80, "--json",
                   "--no-gallery")  # fmt: skip
    assert ran.code == 0, ran.err
    names = sorted(path.stem for path in Path("spin").glob("*.jpg"))
    assert names == ["box-000", "box-045", "box-112_5"]
    assert "turned by 45°" in ran.err
    report = json.loads(Path("spin/box-045.report.json").read_text())
    said = {check["name"]: check["value"] for check in report["checks"]}
    assert said["set"].startswith("one of 3")
    assert said["source kind"] == "3D render"
    for words in (("--angles", "0,x"), ("--angles", "0", "--set"), ("--angles", "0,400")):
        assert commands("white", box, *words, "--out", "spin").code == 2
    assert commands("white", tmp_path / "a.png", "--angles", "0", "--out", "spin").code == 2


def test_a_model_stands_at_a_place_of_the_template(commands: Commands, box: Path) -> None:
    with pytest.raises(RecipeInvalid, match="use --anchor"):
        source_of(shell_of(commands), box, kind="scene", params=SCENE | {"position": "left"})


def test_without_blender_the_error_says_how_to_get_it(
    commands: Commands, box: Path, tmp_path: Path
) -> None:
    commands.set("PACKSHOT_BLENDER_PYTHON", str(tmp_path / "gone"))
    with pytest.raises(RendererMissing, match="PACKSHOT_BLENDER_PYTHON"):
        source_of(shell_of(commands), box, kind="scene", params=SCENE)


def test_pictures_are_read_as_they_are(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"bytes")
    found = source_of(shell_of(commands), tmp_path / "a.png", kind="white", params={"fill": 0.7})
    assert (found.data, found.params) == (b"bytes", {"fill": 0.7})
