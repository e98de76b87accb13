"""3D models as sources: rendered once for their scene, refused everywhere else."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.errors import ModelFileRefused, RecipeInvalid, RendererMissing
from studio.bootstrap import Shell
from studio.cli.rendered import source_of
from tests.pipelines.rendered.glb import box_glb
from tests.studio.commanding import Commands

SCENE = {"template": "raw-wood"}


@pytest.fixture
def commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    """The command line with a home folder of its own."""
    (tmp_path / "home").mkdir()
    commands = Commands(tmp_path / "home", monkeypatch, capsys)
    yield commands
    commands.forget()


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


def test_only_scenes_render_models(commands: Commands, box: Path) -> None:
    for kind, params in (("white", {}), ("cutout", {}), ("scene", {"prompt": "wood"})):
        with pytest.raises(ModelFileRefused, match="rendered into scenes"):
            source_of(shell_of(commands), box, kind=kind, params=params)


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
