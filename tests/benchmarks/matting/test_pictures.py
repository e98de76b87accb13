"""Pictures are found by their names, and clear glass by its alpha."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.render.products.matting_set.index import Entry, write_index
from tests.benchmarks.matting.metrics import Alpha
from tests.benchmarks.matting.pictures import is_opaque, pictures


def _disc(inside: float) -> Alpha:
    rows, columns = np.indices((120, 120))
    return np.where((rows - 60) ** 2 + (columns - 60) ** 2 < 45**2, inside, 0).astype(np.float32)


def _save(path: Path, alpha: Alpha, *, mode: str) -> None:
    grey = np.round(alpha * 255).astype(np.uint8)
    image = Image.fromarray(grey)
    if mode == "RGBA":
        image = Image.merge("RGBA", (image, image, image, image))
    image.convert(mode).save(path)


def test_the_bundled_samples_are_always_there() -> None:
    found = {picture.name: picture for picture in pictures(photos=[], sets=[])}
    assert len(found) >= 8
    assert not found["perfume"].opaque
    assert found["headphones"].opaque
    colour, alpha = found["headphones"].load_truth()
    assert colour is not None
    assert alpha.max() == 1.0


def test_photos_are_found_by_their_names(tmp_path: Path) -> None:
    for name in ("jar_scene.png", "lone_scene.png", "cat.png"):
        _save(tmp_path / name, _disc(1), mode="RGB")
    _save(tmp_path / "jar_cutout.png", _disc(0.4), mode="RGBA")
    _save(tmp_path / "cat_alpha_gt.png", _disc(1), mode="L")
    _save(tmp_path / "dog_alpha_gt.png", _disc(1), mode="L")
    found = [p for p in pictures(photos=[tmp_path], sets=[]) if p.photo.parent == tmp_path]
    assert [(p.name, p.photo.name, p.opaque) for p in found] == [
        ("jar", "jar_scene.png", False),
        ("cat", "cat.png", True),
    ]
    assert found[0].load_truth()[0] is not None
    assert found[1].load_truth()[0] is None


def test_a_truth_in_another_light_tells_no_colour(tmp_path: Path) -> None:
    for name, light in (("same", 1.0), ("other", 0.8)):
        _save(tmp_path / f"{name}_scene.png", _disc(light), mode="RGB")
        _save(tmp_path / f"{name}_cutout.png", _disc(1), mode="RGBA")
    found = {p.name: p for p in pictures(photos=[tmp_path], sets=[])}
    assert found["same"].load_truth()[0] is not None
    assert found["other"].load_truth()[0] is None
    assert found["other"].load_truth()[1].max() == 1.0


def test_a_set_says_itself_what_is_opaque(tmp_path: Path) -> None:
    entry = Entry(name="a--cloth", product="a", room="cloth", opaque=False, traits=("glass",),
                  photo="a_photo.png", cutout="a_cutout.png")  # fmt: skip
    write_index(tmp_path, [entry])
    last = pictures(photos=[], sets=[tmp_path])[-1]
    assert (last.name, last.photo, last.opaque) == ("a--cloth", tmp_path / "a_photo.png", False)
    assert last.traits == ("glass",)


@pytest.mark.parametrize(("inside", "opaque"), [(1.0, True), (0.5, False), (0.0, True)])
def test_clear_is_what_is_partly_covered_inside(inside: float, opaque: bool) -> None:
    assert is_opaque(_disc(inside)) is opaque


def test_a_soft_edge_is_no_glass() -> None:
    rows, columns = np.indices((300, 300))
    away = 90 - np.hypot(rows - 150, columns - 150)
    assert is_opaque(np.clip(away / 4, 0, 1).astype(np.float32))
