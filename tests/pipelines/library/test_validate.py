"""Each rule of a template's record is held, and says value, limit and fix."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import BUILT_IN, TemplateLibrary
from pipelines.adopt import Corrections, Words, adopt
from pipelines.library.validate import validate
from tests.pipelines.adopt.test_adopt import room


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = Words(photo="p", name="table", title="Table", tags=("oak", "橡木"))
    root = tmp_path_factory.mktemp("own")
    return adopt(room(), root=root, words=words, corrections=Corrections(pitch=12)).folder


@pytest.fixture
def folder(good: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "table"
    copy.mkdir()
    for file in good.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    return copy


def failed(folder: Path) -> set[str]:
    report = validate(folder)
    assert all(check.fix and check.limit for check in report.failures)
    return {check.name for check in report.failures}


def change(folder: Path, how: Callable[[str], str]) -> None:
    record = folder / "template.toml"
    text = record.read_text(encoding="utf-8")
    assert how(text) != text
    record.write_text(how(text), encoding="utf-8")


def line(text: str, key: str, value: str) -> str:
    """Replace a key's first line."""
    lines = text.splitlines()
    first = next(n for n, one in enumerate(lines) if one.startswith(f"{key} ="))
    lines[first] = f"{key} = {value}"
    return "\n".join(lines) + "\n"


def test_a_good_folder_passes(folder: Path) -> None:
    assert failed(folder) == set()
    assert validate(folder).passed


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("tags", '["oak", "table", "wood", "brown"]', {"tags"}),
        ("tags", '["oak", "木"]', {"tags"}),
        ("tags", '["oak", "oak", "木", "桌"]', {"tags' form"}),
        ("title_zh", '"Table"', {"titles"}),
        ("prompt", '"a table"', {"prompt"}),
        ("pitch_deg", "-20.0", {"camera pitch"}),
        ("focal_mm", "1.0", {"focal length over sensor"}),
        ("px_per_cm", "90.0", {"scale at centre"}),
        ("azimuth_deg", "400.0", {"light from"}),
        ("elevation_deg", "0.0", {"light height"}),
        ("angular_diameter_deg", "0.0", {"light width"}),
        ("key_ratio", "1.5", {"key's share of the light"}),
        ("color_rgb_linear", "[0.5, 0.5, 0.5]", {"light colour"}),
        ("ambient_rgb_linear", "[1.0, 0.0, 0.5]", {"colour in shadow"}),
        ("roughness", "2.0", {"roughness"}),
        ("reflectance", "-0.1", {"reflectance"}),
        ("near_cm", "9000.0", {"depth range"}),
        ("width_px", "900", {"plate"}),
        ("palette", '["#00ff00"]', {"palette"}),
        ("palette", '["green"]', {"palette"}),
        ("palette", "[]", {"palette"}),
        ("y", "0.2", {"footing at centre"}),
        ("x", "0.05", {"room at centre"}),
        ("schema", "7", {"record"}),
    ],
)
def test_a_broken_rule_is_named(folder: Path, key: str, value: str, names: set[str]) -> None:
    change(folder, lambda text: line(text, key, value))
    assert names <= failed(folder)


def test_a_depth_map_of_another_shape_is_named(folder: Path) -> None:
    Image.fromarray(np.zeros((300, 700), np.uint8)).save(folder / "depth.png")
    assert failed(folder) == {"depth map"}


@pytest.mark.parametrize(("file", "name"), [("plate.webp", "plate"), ("depth.png", "depth map")])
def test_a_picture_that_cannot_be_read_is_named(folder: Path, file: str, name: str) -> None:
    (folder / file).write_bytes((folder / file).read_bytes()[:200])
    assert name in failed(folder)


def test_a_depth_map_without_a_surface_is_named(folder: Path) -> None:
    Image.fromarray(np.zeros((768, 768), np.uint8)).save(folder / "depth.png")
    assert "footing at centre" in failed(folder)


@pytest.mark.parametrize("name", sorted(TemplateLibrary(BUILT_IN).names()))
def test_every_built_in_template_keeps_every_rule(name: str) -> None:
    report = validate(BUILT_IN / name)
    assert report.passed, report.failures
