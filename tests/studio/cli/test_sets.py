"""Sets on the command line and in manifests: pictures that do not jump."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import WeightStore
from studio.services.manifest import read_manifest
from tests.pipelines.making import MODELS
from tests.studio.commanding import Commands

SIZES = {"jar_01": (90, 120, 40), "jar_02": (50, 118, 95), "jar_03": (70, 80, 10)}
"""Width, height and left edge of the product in photos of 300 px."""


@pytest.fixture
def packshot(packshot: Commands) -> Iterator[Commands]:
    """The command line, where the small model is: alpha is given, yet recipes name it."""
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    packshot.set("PACKSHOT_MODELS_DIR", str(MODELS))
    yield packshot
    packshot.forget()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three cutouts of one jar, each elsewhere in its frame, and a bag."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, (name, (width, height, left)) in enumerate(SIZES.items()):
        write(folder / f"{name}.png", width, height, left=left, ground=200 + 30 * number)
    write(folder / "bag_01.png", 120, 120, left=5, ground=130)
    return folder


def write(path: Path, width: int, height: int, *, left: int, ground: int) -> None:
    picture = np.zeros((300, 300, 4), np.uint8)
    picture[ground - height : ground, left : left + width] = (40, 70, 160, 255)
    Image.fromarray(picture).save(path)


def boxes(folder: Path) -> dict[str, tuple[int, int, int, int]]:
    """Left, top, right and bottom of what is dark in each picture."""
    found = {}
    for path in sorted(folder.glob("*.png")):
        rows, columns = np.nonzero(np.asarray(Image.open(path).convert("L")) < 150)
        found[path.stem] = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return found


def test_a_set_has_one_scale_one_baseline_and_one_margin(packshot: Commands, photos: Path) -> None:
    ran = packshot("white", photos, "--set", "--out", "shots", "--format", "png", "--size", 260)
    assert ran.code == 0, ran.err
    assert "jar_01.png is the widest" in ran.err
    assert "bag_01.png is alone in its set" in ran.err
    found = boxes(Path("shots"))
    jars = [found[name] for name in SIZES]
    scale = {round((right - left) / SIZES[name][0], 1)
             for name, (left, _, right, _) in zip(SIZES, jars, strict=True)}  # fmt: skip
    assert len(scale) == 1
    assert len({bottom for *_, bottom in jars}) == 1
    middles = [(left + right) / 2 for left, _, right, _ in jars]
    assert max(middles) - min(middles) <= 1
    # The tallest fills the frame, and the margins are those of the set.
    assert max(bottom - top for _, top, _, bottom in jars) == pytest.approx(0.85 * 260, abs=1)
    report = json.loads(Path("shots/jar_03.report.json").read_text())
    said = {one["name"]: one["value"] for one in report["checks"]}
    assert said["set"].startswith("one of 3: one scale, 1.8")
    again = packshot("white", photos, "--set", "--out", "shots", "--format", "png", "--size", 260,
                     "--json")  # fmt: skip
    assert boxes(Path("shots")) == found
    assert len(list(Path("cache/measured").iterdir())) == 4
    assert all(one["state"] == "done" for one in again.data["images"])


def test_scenes_and_turntables_do_not_jump_either(packshot: Commands, photos: Path) -> None:
    (photos / "bag_01.png").unlink()
    ran = packshot("scene", photos, "--turntable", "--template", "minimal-seamless", "--out", "s",
                   "--format", "png", "--size", 500, "--no-gallery", "--json")  # fmt: skip
    scales = {
        next(part for part in check["value"].split(",") if "px per px" in part)
        for path in Path("s").rglob("*.report.json")
        for check in json.loads(path.read_text())["checks"]
        if check["name"] == "set"
    }
    assert len(scales) == 1, ran.err
    assert len(ran.data["images"]) == 3


def test_a_manifests_rows_name_their_set(packshot: Commands, photos: Path) -> None:
    manifest = photos / "list.csv"
    manifest.write_text("source,set,size_px,format\n"
                        + "".join(f"{name}.png,spin,260,png\n" for name in SIZES)
                        + "bag_01.png,,140,png\ngone.png,spin,260,png\n")  # fmt: skip
    ran = packshot("batch", "run", manifest, "--out", "shots")
    assert ran.code == 1
    assert "gone.png" in ran.err
    found = boxes(Path("shots"))
    assert len({found[name][3] for name in SIZES}) == 1
    assert found["bag_01"][3] - found["bag_01"][1] == pytest.approx(119, abs=1)


def test_a_manifest_turns_models(tmp_path: Path) -> None:
    (tmp_path / "spin.csv").write_text("source,turn_deg,set\na.glb,45,spin\na.glb,,\na.glb,400,\n")
    turned, plain, wrong = read_manifest(tmp_path / "spin.csv")
    assert (turned.turn_deg, turned.set, turned.problem) == (45, "spin", "")
    assert (plain.turn_deg, plain.problem) == (None, "")
    assert "must be -360 to 360 degrees" in wrong.problem
