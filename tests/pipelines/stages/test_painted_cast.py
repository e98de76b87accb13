"""A painter's colour cast is taken out of the scene as far as the product or the plate tells it."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines.checks.painted import Painting
from pipelines.imaging.colour import delta_e
from pipelines.stages.painted_cast import without_cast

Rgb = npt.NDArray[np.uint8]
SIDE = 192


def blotches(seed: int, low: int, high: int) -> Rgb:
    coarse = np.random.default_rng(seed).integers(low, high, (16, 16, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC))


def painting(
    gain: tuple[float, ...], offset: tuple[float, ...], *, product_px: int = 80
) -> tuple[Painting, Rgb]:
    """A product before a new scene under a cast, and the same without it."""
    product = np.zeros((SIDE, SIDE), np.bool_)
    product[60 : 60 + product_px, 60 : 60 + product_px] = True
    before = np.where(product[..., None], blotches(1, 30, 200), np.uint8(215))
    true = np.where(product[..., None], before, blotches(2, 60, 245))
    noise = np.random.default_rng(3).normal(0, 1.2, true.shape)
    cast = np.clip(true * np.array(gain) + np.array(offset) + noise, 0, 255).astype(np.uint8)
    kept = cv2.dilate(product.astype(np.uint8), np.ones((9, 9))) > 0
    return Painting(before=before, after=cast, kept=kept, product=product), true


def off(result: Rgb, true: Rgb, where: npt.NDArray[np.bool_]) -> float:
    return float(delta_e(result[where][None], true[where][None]).mean())


@pytest.mark.parametrize(
    ("gain", "offset"), [((1.03, 1, 0.96), (3, 0, -4)), ((0.93, 0.97, 1.02), (2, 2, 6))]
)
def test_what_the_product_tells_is_taken_out_of_the_scene(
    gain: tuple[float, ...], offset: tuple[float, ...]
) -> None:
    cast, true = painting(gain, offset)
    result, check = without_cast(cast, stays=cast.product, strength=1.0, plate=False)
    around = ~cast.kept
    assert off(result, true, around) < 0.45 * off(cast.after, true, around)
    assert check.outcome == "pass"
    assert "told by what had to stay; taken out: what is new moved by ΔE" in check.value


def test_a_painting_without_a_cast_stays_as_it_is() -> None:
    cast, _ = painting((1, 1, 1), (0, 0, 0))
    result, check = without_cast(cast, stays=cast.product, strength=1.0, plate=False)
    assert result is cast.after
    assert check.outcome == "pass"
    assert "taken out" not in check.value


def test_a_cast_beyond_the_bound_fails_and_is_left() -> None:
    cast, _ = painting((1.15, 1, 0.8), (5, 0, -5))
    result, check = without_cast(cast, stays=cast.product, strength=1.0, plate=False)
    assert result is cast.after
    assert check.outcome == "fail"
    assert check.limit == "at most 12"


@pytest.mark.parametrize("tint", [30, 40])
def test_a_plain_product_in_another_colour_fails_though_nothing_could_be_undone(tint: int) -> None:
    one, _ = painting((1, 1, 1), (0, 0, 0))
    before = np.full_like(one.before, 222)
    grain = np.random.default_rng(4).normal(0, 1.5, before.shape)
    same = np.where(one.product[..., None], before, one.after) + grain
    plain = Painting(
        before=before,
        after=np.clip(same + np.array([tint, 0, -tint]), 0, 255).astype(np.uint8),
        kept=one.kept,
        product=one.product,
    )
    result, check = without_cast(plain, stays=plain.product, strength=1.0, plate=False)
    assert result is plain.after
    assert (check.name, check.outcome) == ("colour cast", "fail")
    assert check.value.endswith("on the product")


def test_black_and_white_stay_what_they_are() -> None:
    cast, _ = painting((1.03, 1, 0.96), (3, 0, -4))
    after = cast.after.copy()
    after[:4], after[4:8] = 0, 255
    whole = Painting(before=cast.before, after=after, kept=cast.kept, product=cast.product)
    result, check = without_cast(whole, stays=whole.product, strength=1.0, plate=False)
    assert "taken out" in check.value
    assert result[:4].max() == 0
    assert result[4:8].min() == 255


@pytest.mark.parametrize(("strength", "told"), [(0.3, "the template's plate"), (0.9, "not to be")])
def test_the_plate_tells_where_the_product_is_too_small(strength: float, told: str) -> None:
    """At a low strength the plate is still there to be compared with."""
    plate = blotches(5, 40, 220)
    product = np.zeros((SIDE, SIDE), np.bool_)
    product[90:100, 90:100] = True
    after = np.clip(plate * 1.02 + np.array([6, 0, -6]), 0, 255).astype(np.uint8)
    cast = Painting(before=plate, after=after, kept=product, product=product)
    result, check = without_cast(cast, stays=cast.product, strength=strength, plate=True)
    assert told in check.value
    corrected = off(result, plate, ~product) < 0.3 * off(after, plate, ~product)
    assert corrected == (strength < 0.5)
