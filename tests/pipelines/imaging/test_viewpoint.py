"""Standing and lying things tell themselves apart by shade and outline, and say how surely."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines import TemplateLibrary
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.viewpoint import Viewpoint, signs_of, viewpoint_of
from pipelines.library import fits
from tests.pipelines.making import write_template

Rgb = npt.NDArray[np.uint8]


def mug(*, pitch_deg: float = 12) -> Cutout:
    """A cylinder that stands, seen from a little above."""
    rows, columns = np.indices((400, 400))
    x = (columns - 199.5) / 90
    dip = 90 * np.sin(np.radians(pitch_deg)) * np.sqrt(np.clip(1 - x * x, 0, 1))
    alpha = ((np.abs(x) <= 1) & (rows < 300 + dip) & (rows > 120 - dip)).astype(np.float32)
    return Cutout(rgb=np.full((400, 400, 3), 90, np.uint8), alpha=alpha)


def shirt() -> Cutout:
    """A body with sleeves and a hem that waves."""
    rows, columns = np.indices((400, 400))
    hem = 330 + 6 * np.sin(columns / 9) + 4 * np.sin(columns / 4 + 1)
    body = (np.abs(columns - 199.5) < 80) & (rows > 60) & (rows < hem)
    sleeves = (np.abs(columns - 199.5) < 150) & (rows > 70) & (rows < 150)
    alpha = (body | sleeves).astype(np.float32)
    return Cutout(rgb=np.full((400, 400, 3), 90, np.uint8), alpha=alpha)


def floor(cutout: Cutout, *, shaded: bool) -> Rgb:
    """A plain photo of it, with or without a shadow under it."""
    photo = np.full((400, 400, 3), 190, np.float32)
    if shaded:
        below = np.roll(cutout.alpha, 12, axis=0)
        below[: int(0.7 * 400)] = 0
        photo -= 110 * cv2.GaussianBlur(below, (0, 0), 8)[..., None]
    photo[cutout.alpha > 0.5] = 90
    return photo.astype(np.uint8)


def test_what_stands_is_seen_from_the_side() -> None:
    found = viewpoint_of(mug(), floor(mug(), shaded=True))
    assert found.side == "side"
    assert found.sure
    assert "shades the ground" in found.why


def test_what_lies_is_seen_from_above() -> None:
    found = viewpoint_of(shirt(), floor(shirt(), shaded=False))
    assert found.side == "above"
    assert found.sure
    assert "ragged" in found.why


def test_without_a_photo_it_is_less_sure() -> None:
    assert viewpoint_of(mug(), None).confidence < viewpoint_of(
        mug(), floor(mug(), shaded=True)
    ).confidence  # fmt: skip


@pytest.mark.parametrize("pitch_deg", [8, 15, 25])
def test_a_round_foot_tells_the_pitch(pitch_deg: float) -> None:
    found = viewpoint_of(mug(pitch_deg=pitch_deg), None)
    assert found.most_pitch_deg == pytest.approx(pitch_deg, abs=4)


def test_signs_do_not_depend_on_the_photos_size() -> None:
    small, photo = shirt(), floor(shirt(), shaded=False)
    large = Cutout(
        rgb=cv2.resize(small.rgb, (1200, 1200)).astype(np.uint8),
        alpha=cv2.resize(small.alpha, (1200, 1200)).astype(np.float32),
    )
    first = signs_of(small, photo)
    second = signs_of(large, cv2.resize(photo, (1200, 1200)).astype(np.uint8))
    assert second.ragged == pytest.approx(first.ragged, rel=0.2)
    assert second.sleeves == pytest.approx(first.sleeves, rel=0.2)


def test_only_a_sure_contradiction_does_not_fit(tmp_path: Path) -> None:
    write_template(tmp_path, "table")
    table = TemplateLibrary(tmp_path).get("table")
    flat_lay = replace(table, camera=replace(table.camera, pitch_deg=86.0))
    above, side = (Viewpoint(side=one, confidence=0.9) for one in ("above", "side"))
    assert fits(flat_lay, above)
    assert not fits(table, above)
    assert fits(table, side)
    assert not fits(flat_lay, side)
    assert fits(table, replace(above, confidence=0.4))


def test_impossible_confidence_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1"):
        Viewpoint(side="side", confidence=1.2)
