"""What the scripts wrote for the package: every sample is whole, cut out exactly, and small."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

SAMPLES = Path(__file__).parents[4] / "studio" / "samples"
FOLDERS = sorted(path.parent for path in SAMPLES.glob("*/sample.toml"))
MAX_TOTAL_BYTES = 4_000_000


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def record(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))


def test_there_are_samples_of_different_kinds() -> None:
    records = [tomllib.loads((f / "sample.toml").read_text(encoding="utf-8")) for f in FOLDERS]
    assert len({record["category"] for record in records}) >= 4
    assert len(records) >= 6


def test_a_record_names_its_folder_and_states_its_product(
    folder: Path, record: dict[str, Any]
) -> None:
    assert record["name"] == folder.name
    assert record["title"]
    assert record["title_zh"]
    assert record["tags"]
    assert all(side_cm > 0 for side_cm in record["size_cm"])


def test_pictures_have_the_size_that_is_stated(folder: Path, record: dict[str, Any]) -> None:
    for kind, mode in (("photo", "RGB"), ("cutout", "RGBA")):
        with Image.open(folder / record[kind]["file"]) as image:
            assert image.mode == mode
            assert image.size == (record[kind]["width_px"], record[kind]["height_px"])


def test_the_product_is_whole_and_mostly_opaque(folder: Path) -> None:
    with Image.open(folder / "cutout.webp") as image:
        alpha = np.asarray(image)[..., 3]
    rim = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    assert rim.max() == 0
    assert 0.06 < (alpha > 127).mean() < 0.6


def test_photo_and_cutout_show_the_same_product(folder: Path) -> None:
    """Clear glass shows the room in the photo alone, so there only label and cap must agree."""
    with Image.open(folder / "photo.webp") as image:
        photo = np.asarray(image, dtype=np.float32)
    with Image.open(folder / "cutout.webp") as image:
        cutout = np.asarray(image, dtype=np.float32)
    alpha = cutout[..., 3]
    apart = np.abs(photo[alpha == 255] - cutout[alpha == 255][:, :3]).mean(axis=1)
    clear = ((alpha > 0) & (alpha < 255)).mean() > 0.03
    assert (apart < 8.0).mean() > (0.5 if clear else 0.9)


def test_clear_glass_lets_the_background_through() -> None:
    with Image.open(SAMPLES / "perfume" / "cutout.webp") as image:
        alpha = np.asarray(image)[..., 3]
    assert ((alpha > 8) & (alpha < 200)).mean() > 0.02


def test_edge_colour_is_the_products_own(folder: Path) -> None:
    """Outside the product the colour goes on, so that a soft edge has no dark rim."""
    with Image.open(folder / "cutout.webp") as image:
        rgba = np.asarray(image, dtype=np.int32)
    thin = (rgba[..., 3] > 0) & (rgba[..., 3] < 24)
    assert rgba[thin][:, :3].sum(axis=1).mean() > 30


def test_all_samples_together_are_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*.*")) < MAX_TOTAL_BYTES
