"""Enlarging: true to the source, without seams, product and edge apart."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import pipelines.upscale.realesrgan as engine
from pipelines import WeightStore, model_card
from pipelines.errors import ExtraMissing
from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.upscale import Fidelity, RealEsrgan, Upscaler, enlarge
from tests.pipelines.imaging.test_compose import bottle
from tests.pipelines.making import Quadrupler

MODEL = "realesr-animevideov3"


class Liar(Quadrupler):
    """Draws what it likes: a tint, and noise on top."""

    key = "liar@1"

    def enlarge(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        honest = super().enlarge(rgb).astype(np.int16)
        noise = np.random.default_rng(5).integers(-40, 40, honest.shape)
        return np.clip(honest + noise + [25, -10, 0], 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def network(weights: WeightStore) -> RealEsrgan:
    """The real one, where ncnn and its weights are."""
    if engine.engine_missing() or not weights.has(MODEL):
        pytest.skip(f"no ncnn here, or no weights; run `packshot models pull {MODEL}`")
    return RealEsrgan(model_card(MODEL), weights.paths(MODEL))


def smooth_bottle() -> Cutout:
    """A bottle with soft colour, larger than one tile, before a background of another colour."""
    shape = bottle(width=120, height=260)
    rows, columns = np.indices(shape.alpha.shape)
    rgb = np.dstack([rows % 90 + 100, columns + 60, (rows + columns) % 64 + 40]).astype(np.uint8)
    rgb = cv2.GaussianBlur(rgb, (0, 0), 2)
    rgb[shape.alpha == 0] = (255, 0, 255)
    return Cutout(rgb=rgb, alpha=shape.alpha)


@pytest.mark.parametrize("upscaler", [Quadrupler(), Liar()])
def test_shrunk_again_it_is_the_source_whatever_the_network_draws(upscaler: Upscaler) -> None:
    cutout = smooth_bottle()
    done = enlarge(cutout, upscaler)
    box = cutout.box
    assert done.cutout.alpha.shape == (box.height_px * 4, box.width_px * 4)
    assert done.fidelity.holds, done.fidelity
    size = box.width_px, box.height_px
    back = cv2.resize(done.cutout.rgb, size, interpolation=cv2.INTER_AREA).astype(np.int16)
    source = cutout.rgb[box.top : box.bottom, box.left : box.right]
    solid = cv2.erode((cutout.alpha >= OPAQUE).astype(np.uint8), np.ones((3, 3), np.uint8))
    solid = solid[box.top : box.bottom, box.left : box.right]
    assert np.abs(back - source)[solid > 0].mean() < 1


def test_no_background_is_drawn_into_the_edge() -> None:
    done = enlarge(smooth_bottle(), Quadrupler()).cutout
    seen = done.rgb[done.alpha > 0.05].astype(int)
    assert not ((seen[:, 0] > 220) & (seen[:, 1] < 40) & (seen[:, 2] > 220)).any()


def test_alpha_keeps_inside_and_outside() -> None:
    cutout = smooth_bottle()
    box = cutout.box
    done = enlarge(cutout, Quadrupler()).cutout
    source = cutout.alpha[box.top : box.bottom, box.left : box.right]
    inside = cv2.erode((source >= OPAQUE).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert (done.alpha[inside.repeat(4, 0).repeat(4, 1)] == 1).all()
    shrunk = cv2.resize(done.alpha, source.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk - source).max() < 0.03


def test_a_shift_of_colour_or_detail_does_not_hold() -> None:
    assert Fidelity(worst_tile=0.2, worst_detail=2).holds
    assert not Fidelity(worst_tile=2, worst_detail=2).holds
    assert not Fidelity(worst_tile=0.2, worst_detail=20).holds


def test_the_network_draws_sharper_than_interpolation_and_stays_true(network: RealEsrgan) -> None:
    fine = np.full((384, 384, 3), 225, np.uint8)
    cv2.putText(
        fine, "Aqua", (20, 230), cv2.FONT_HERSHEY_SIMPLEX, 4.5, (40, 60, 90), 14, cv2.LINE_AA
    )
    small = cv2.resize(fine, (96, 96), interpolation=cv2.INTER_AREA)
    cutout = Cutout(rgb=small, alpha=np.ones((96, 96), np.float32))
    done = enlarge(cutout, network)
    assert done.fidelity.holds, done.fidelity

    def error(picture: npt.NDArray[np.uint8]) -> float:
        return float(np.square(picture.astype(np.float64) - fine).mean())

    plain = cv2.resize(small, (384, 384), interpolation=cv2.INTER_LANCZOS4)
    assert error(done.cutout.rgb) < 0.7 * error(plain)


def test_the_network_gives_the_same_bytes_and_leaves_no_seam(network: RealEsrgan) -> None:
    cutout = smooth_bottle()
    first, second = (enlarge(cutout, network).cutout for _ in range(2))
    assert (first.rgb == second.rgb).all()
    seam = 192 * 4
    column = first.rgb[:, first.rgb.shape[1] // 2].astype(np.int16)
    steps = np.abs(np.diff(column, axis=0)).max(axis=1)
    assert steps[seam - 1] <= np.quantile(steps[seam - 100 : seam + 100], 0.98) + 1


def test_without_its_engine_the_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "engine_missing", lambda: True)
    with pytest.raises(ExtraMissing, match=r"packshot\[upscale\]"):
        RealEsrgan(model_card(MODEL), (Path("a"), Path("b")))
