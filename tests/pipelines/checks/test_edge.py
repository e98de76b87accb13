"""Edge halo: the truth passes, masks that keep the old background do not."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines.checks.edge import LIMIT, Halo, halo, halo_check
from pipelines.imaging.cutout import Cutout

SAMPLES = Path(__file__).parents[3] / "studio" / "samples"
OPAQUE_SAMPLES = ["ceramic-mug", "headphones", "leather-tote", "moka-pot", "rainbow-stacker"]
Rgb = npt.NDArray[np.uint8]


def sample(name: str) -> tuple[Rgb, Rgb, npt.NDArray[np.float32]]:
    with Image.open(SAMPLES / name / "photo.webp") as photo:
        source = np.asarray(photo.convert("RGB"))
    with Image.open(SAMPLES / name / "cutout.webp") as cutout:
        rgba = np.asarray(cutout.convert("RGBA"))
    return (
        source,
        np.ascontiguousarray(rgba[..., :3]),
        (rgba[..., 3] / np.float32(255)).astype(np.float32),
    )


@pytest.mark.parametrize("name", OPAQUE_SAMPLES)
def test_the_truth_passes_and_a_fat_mask_fails(name: str) -> None:
    source, rgb, alpha = sample(name)
    assert halo_check(halo(Cutout(rgb=rgb, alpha=alpha), source)).outcome == "pass"
    for grown in (3, 5):
        fat = cv2.dilate(alpha, np.ones((grown, grown), np.uint8))
        check = halo_check(halo(Cutout(rgb=source, alpha=fat.astype(np.float32)), source))
        assert check.outcome == "fail", check
        assert check.fix


def disc(colour: int, around: int, *, kept: int) -> tuple[Rgb, Cutout]:
    """A disc on a plain ground, and a cutout whose outer two pixels keep so much of the ground."""
    rows, columns = np.indices((160, 160))
    distance = np.hypot(rows - 80, columns - 80)
    source = np.where(distance < 50, colour, around).astype(np.uint8)
    rgb = np.where(distance < 48, colour, kept).astype(np.uint8)
    alpha = (distance < 50).astype(np.float32)
    return np.dstack([source] * 3), Cutout(rgb=np.dstack([rgb] * 3), alpha=alpha)


def test_the_share_is_the_old_colour_that_is_left() -> None:
    for share in (0.0, 0.5, 1.0):
        source, cutout = disc(200, 40, kept=round(200 - 160 * share))
        measured = halo(cutout, source)
        assert measured.share == pytest.approx(share, abs=0.12)
        assert measured.seen > 0.9


def test_a_rim_of_the_new_backgrounds_colour_is_not_seen() -> None:
    source, cutout = disc(90, 250, kept=250)
    assert halo_check(halo(cutout, source)).outcome == "fail"
    assert halo_check(halo(cutout, source, onto=255.0)).outcome == "note"


def test_product_of_the_backgrounds_colour_is_not_judged() -> None:
    source, cutout = disc(200, 190, kept=190)
    assert halo_check(halo(cutout, source)).outcome == "note"


def test_glass_is_told_and_not_judged() -> None:
    assert halo_check(Halo(share=0.9, seen=0.9, glass=0.3)).outcome == "note"
    assert halo_check(Halo(share=LIMIT + 0.01, seen=0.9)).outcome == "fail"


@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_picture_without_an_edge_has_no_halo(alpha: float) -> None:
    rgb = np.full((40, 50, 3), 120, np.uint8)
    cutout = Cutout(rgb=rgb, alpha=np.full((40, 50), alpha, np.float32))
    assert halo(cutout, rgb).seen == 0
