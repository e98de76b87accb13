"""Drift: found to a tenth of a pixel though half is repainted, put back, and refused where far."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines.checks.drift import Drift, DriftLimits, drift_check, find_drift, register
from pipelines.checks.similarity import Similarity

SIDE = 224
ALL = np.ones((SIDE, SIDE), np.bool_)
Rgb = npt.NDArray[np.uint8]


def photo(seed: int = 3) -> Rgb:
    """Texture as photos have it: detail at every scale, three colours."""
    random = np.random.default_rng(seed)
    total = np.zeros((SIDE, SIDE, 3), np.float32)
    for size in (4, 14, 28, 56, 112):
        layer = random.normal(0, 16, (size, size, 3)).astype(np.float32)
        total += cv2.resize(layer, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(total + 128, 0, 255), dtype=np.uint8)


def moved(picture: Rgb, mapping: Similarity) -> Rgb:
    """The picture as a painter that moves it gives it back."""
    matrix = mapping.matrix(SIDE, SIDE)
    how = cv2.INTER_LANCZOS4
    edge = cv2.BORDER_REFLECT_101
    result = cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=how, borderMode=edge)
    return np.asarray(result, dtype=np.uint8)


def painted(picture: Rgb) -> Rgb:
    """What an autoencoder does: softness, a cast, noise."""
    soft = cv2.GaussianBlur(picture, (0, 0), 0.8).astype(np.float32)
    noise = np.random.default_rng(5).normal(0, 4, soft.shape)
    cast = soft * [1.05, 0.98, 0.94] + [3, 0, -3]
    return np.asarray(np.clip(cast + noise, 0, 255), dtype=np.uint8)


def half_anew(picture: Rgb) -> Rgb:
    """The right half repainted."""
    result = picture.copy()
    result[:, SIDE // 2 :] = photo(seed=8)[:, SIDE // 2 :]
    return result


def farthest_px(found: Similarity, true: Similarity) -> float:
    """Largest distance between two mappings over the picture."""
    places = np.array([[0, SIDE, 0, SIDE, SIDE / 2], [0, 0, SIDE, SIDE, SIDE / 2], [1] * 5])
    apart = (found.matrix(SIDE, SIDE) - true.matrix(SIDE, SIDE)) @ places
    return float(np.hypot(*apart).max())


MOVES = [
    Similarity(right_px=0.3, down_px=-0.3),
    Similarity(right_px=-2.5),
    Similarity(right_px=12, down_px=-7),
    Similarity(right_px=-30, down_px=21),
    Similarity(zoom=0.97),
    Similarity(zoom=1.03, right_px=4),
    Similarity(zoom=1.02, turn_deg=1.5, down_px=8),
]


@pytest.mark.parametrize("mapping", MOVES)
def test_a_drift_is_found_to_a_tenth_of_a_pixel(mapping: Similarity) -> None:
    found = find_drift(photo(), moved(photo(), mapping), ALL)
    assert farthest_px(found.mapping, mapping) < 0.1
    assert found.alike > 0.95


@pytest.mark.parametrize("mapping", MOVES[::3])
def test_it_is_found_though_half_is_repainted_and_the_rest_is_soft_tinted_and_noisy(
    mapping: Similarity,
) -> None:
    found = find_drift(photo(), half_anew(painted(moved(photo(), mapping))), ALL)
    assert farthest_px(found.mapping, mapping) < 0.3
    assert 0.4 < found.alike < 0.6


@pytest.mark.parametrize("after", [photo(), half_anew(photo())])
def test_equal_pixels_give_exactly_none(after: Rgb) -> None:
    found = find_drift(photo(), after, ALL)
    assert found.mapping == Similarity()
    assert found.reach_px == 0
    assert drift_check(found).value == "none"
    back = register(after, found)
    assert back.rgb is after
    assert back.covered.all()


def test_what_may_change_is_not_looked_at() -> None:
    """A second product that moved with the repainted part does not make the picture move."""
    stays = ALL.copy()
    stays[:, SIDE // 3 :] = False
    after = moved(photo(), Similarity(right_px=15))
    after[stays] = photo()[stays]
    assert find_drift(photo(), after, stays).mapping == Similarity()


def test_registering_puts_a_picture_back_and_says_where_it_has_nothing() -> None:
    mapping = Similarity(right_px=12, down_px=-7, zoom=0.98)
    after = moved(photo(), mapping)
    back = register(after, find_drift(photo(), after, ALL))
    inner = np.s_[30:-30, 30:-30]
    assert float(cv2.absdiff(back.rgb, photo())[inner].mean()) < 1
    assert float(cv2.absdiff(after, photo())[inner].mean()) > 8
    assert back.covered[inner].all()
    assert (
        not register(after, Drift(mapping=Similarity(right_px=12), side_px=SIDE))
        .covered[:, -5:]
        .any()
    )


@pytest.mark.parametrize(
    "mapping", [Similarity(right_px=30), Similarity(zoom=1.08), Similarity(turn_deg=5)]
)
def test_what_moved_too_far_is_refused_with_its_measure(mapping: Similarity) -> None:
    check = drift_check(find_drift(photo(), moved(photo(), mapping), ALL))
    assert check.outcome == "fail"
    assert check.value.startswith("moved too far")
    assert check.fix


@pytest.mark.parametrize(
    "after", [photo(seed=9), np.zeros_like(photo()), photo()[:, ::-1].copy(), 255 - photo()]
)
def test_another_picture_is_refused(after: Rgb) -> None:
    check = drift_check(find_drift(photo(), after, ALL))
    assert check.outcome == "fail", check


def test_limits_are_the_callers() -> None:
    found = find_drift(photo(), moved(photo(), Similarity(right_px=6)), ALL)
    assert drift_check(found).outcome == "pass"
    assert drift_check(found).value == "6.0 px right, put back"
    assert drift_check(found, limits=DriftLimits(shift=0.005)).outcome == "fail"


def test_a_plain_picture_cannot_be_told_and_is_left_where_it_is() -> None:
    plain = np.full_like(photo(), 240)
    found = find_drift(plain, photo(), ALL)
    assert not found.told
    assert drift_check(found).outcome == "note"
    assert register(photo(), found).covered.all()


def test_a_picture_that_is_nearly_a_line_has_a_drift_or_none_to_be_told() -> None:
    line = np.random.default_rng(4).integers(0, 256, (2, 4000, 3), np.uint8)
    found = find_drift(line, np.roll(line, 7, axis=1), np.ones(line.shape[:2], np.bool_))
    assert found.side_px == 4000
    assert drift_check(found).outcome in {"fail", "note"}


def test_pictures_of_two_sizes_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="sizes differ"):
        find_drift(photo(), photo()[:-1], ALL)


def test_a_mapping_is_read_back_from_its_matrix() -> None:
    mapping = Similarity(right_px=3, down_px=-2, zoom=1.1, turn_deg=7)
    read = Similarity.of(mapping.matrix(640, 480), 640, 480)
    assert farthest_px(read, mapping) < 1e-9
