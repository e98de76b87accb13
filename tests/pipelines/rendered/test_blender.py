"""Blender as a process of its own: found or told how to get, and every way in which it fails."""

import importlib.util
import os
import stat
import subprocess
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import ModelFileRefused, RendererMissing
from pipelines.imaging.decode import decode
from pipelines.library import TemplateLibrary
from pipelines.rendered import (
    Blender,
    Model,
    Stand,
    find_blender,
    read_model,
    stand_of,
    studio_stand,
)
from tests.pipelines.rendered.glb import box_glb


@pytest.fixture
def stand() -> Stand:
    template = TemplateLibrary().get("raw-wood")
    return stand_of(template, template.anchor())


@pytest.fixture
def box(tmp_path: Path) -> Model:
    path = tmp_path / "box.glb"
    path.write_bytes(box_glb())
    return read_model(path)


def interpreter(folder: Path, *, says: str, code: int = 0, writes: bool = False) -> Blender:
    """A stand-in that answers as the script does, in a process of its own."""
    path = folder / "python"
    out = 'out=$(sed -E \'s/.*"out": "([^"]+)".*/\\1/\'); printf pixels > "$out"' if writes else ""
    path.write_text(f"#!/bin/sh\n{out}\necho Blender 5.0\necho '{says}'\nexit {code}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Blender(python=path)


def test_what_the_script_wrote_comes_back(tmp_path: Path, box: Model, stand: Stand) -> None:
    says = '{"height_m": 0.12, "shrunk": true}'
    done = interpreter(tmp_path, says=says, writes=True).render(box, stand)
    assert (done.data, done.shrunk) == (b"pixels", True)
    assert done.height_cm == pytest.approx(12)


@pytest.mark.parametrize(
    ("says", "code", "fault", "words"),
    [
        ('{"error": "Blender found no mesh in it"}', 1, ModelFileRefused, "no mesh"),
        ("Segmentation fault", 139, ModelFileRefused, r"box\.glb"),
        ("{not json", 0, ModelFileRefused, r"box\.glb"),
        ('{"missing": true}', 2, RendererMissing, "no module bpy"),
    ],
)
def test_each_failure_has_its_error(
    tmp_path: Path, box: Model, stand: Stand, says: str, code: int, fault: type, words: str
) -> None:
    with pytest.raises(fault, match=words):
        interpreter(tmp_path, says=says, code=code).render(box, stand)


def test_an_interpreter_that_is_not_there_is_said(tmp_path: Path, box: Model, stand: Stand) -> None:
    with pytest.raises(RendererMissing, match="PACKSHOT_BLENDER_PYTHON"):
        Blender(python=tmp_path / "gone").render(box, stand)


def test_without_the_module_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RendererMissing, match=r"packshot\[render\]"):
        find_blender(None)
    assert find_blender(Path("/opt/blender/python")).python == Path("/opt/blender/python")


@pytest.fixture
def python() -> Path:
    """An interpreter that has Blender."""
    path = os.environ.get("PACKSHOT_BLENDER_PYTHON", "")
    probe = [path, "-c", "import bpy"]
    if not path or subprocess.run(probe, check=False, capture_output=True).returncode:
        pytest.skip("no Blender module: set PACKSHOT_BLENDER_PYTHON")
    return Path(path)


@pytest.mark.slow
def test_in_a_studio_a_box_fills_its_frame_and_keeps_its_size_at_every_angle(
    box: Model, python: Path
) -> None:
    """The real thing, at the size of a thumbnail."""
    blender, stand = Blender(python=python, samples=2), studio_stand(side_px=128)
    sizes = []
    for turn_deg in (0.0, 45.0):
        done = blender.render(box, stand, turn_deg=turn_deg)
        assert done.height_cm == pytest.approx(12, abs=0.01)
        assert not done.shrunk
        source = decode(done.data, name="box.exr")
        assert source.alpha is not None
        rows, columns = np.nonzero(source.alpha > 0.5)
        assert (columns.min() + columns.max()) / 2 / 128 == pytest.approx(0.5, abs=0.03)
        sizes.append((np.ptp(columns) + 1, np.ptp(rows) + 1))
    (face_px, tall_px), (corner_px, also_tall_px) = sizes
    assert corner_px / face_px == pytest.approx(2**0.5, rel=0.12)
    assert also_tall_px == pytest.approx(tall_px, rel=0.08)
    assert tall_px / 128 == pytest.approx(0.74, abs=0.06)


@pytest.mark.slow
def test_a_box_is_rendered_where_the_anchor_is(box: Model, python: Path) -> None:
    """The real thing, at the size of a thumbnail."""
    template = TemplateLibrary().get("raw-wood")
    whole = stand_of(template, template.anchor())
    small = Stand(**whole.to_json() | {"width_px": 192, "height_px": 192})
    done = Blender(python=python, samples=4).render(box, small)
    source = decode(done.data, name="box.exr")
    assert done.height_cm == pytest.approx(12, abs=0.01)
    assert source.alpha is not None
    assert source.shadow is not None
    rows, columns = np.nonzero(source.alpha > 0.5)
    anchor = template.anchor()
    assert (columns.min() + columns.max()) / 2 / 192 == pytest.approx(anchor.x, abs=0.02)
    assert rows.max() / 192 == pytest.approx(anchor.y, abs=0.05)
    tall = anchor.px_per_cm * 12 / template.width_px * 192
    assert rows.max() - rows.min() == pytest.approx(tall, rel=0.2)
    assert source.shadow.min() < 0.8
