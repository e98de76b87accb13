"""A glance finds the product, a quick look judges it; what is in doubt is looked at exactly."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.matting.consensus import QuickMatter
from pipelines.matting.quick import find_product
from tests.pipelines.making import ColourMatter, product_photo

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class Glancing(ColourMatter):
    """Keeps what it was shown; its glances are coarse, and may see more than there is.

    So may its looks at pictures that are at least so wide; in another size it is as it is told.
    """

    def __init__(
        self, *, sees_px: int = 0, wide_px: int = 10_000, resized: "Glancing | None" = None
    ) -> None:
        self.sees_px, self.wide_px = sees_px, wide_px
        self.resized = resized or self
        self.glances: list[tuple[int, ...]] = []
        self.looks: list[tuple[int, ...]] = []

    def glance(self, rgb: Rgb) -> Floats:
        self.glances.append(rgb.shape)
        seen = self._seen(rgb)
        small = cv2.resize(seen, (160, 160), interpolation=cv2.INTER_AREA)
        return np.asarray(small, dtype=np.float32)

    def probability(self, rgb: Rgb) -> Floats:
        self.looks.append(rgb.shape)
        return self._seen(rgb) if rgb.shape[1] >= self.wide_px else super().probability(rgb)

    def _seen(self, rgb: Rgb) -> Floats:
        seen = ColourMatter.probability(self, rgb)
        if self.sees_px:
            seen = cv2.dilate(seen, np.ones((self.sees_px, self.sees_px), np.uint8))
        return np.asarray(seen, dtype=np.float32)


class Sharp(Glancing):
    """Sees at a glance what there is."""

    def glance(self, rgb: Rgb) -> Floats:
        self.glances.append(rgb.shape)
        return ColourMatter.probability(self, rgb)


class Both(ColourMatter):
    """An exact model that can also be quick."""

    def __init__(self, quick: QuickMatter | None) -> None:
        self.quick = quick
        self.looks = 0

    def probability(self, rgb: Rgb) -> Floats:
        self.looks += 1
        return super().probability(rgb)


def test_what_is_certain_is_glanced_at_and_looked_at_once() -> None:
    photo, quick = product_photo(size=(900, 780)), Glancing()
    exact = Both(quick)
    found = find_product(photo, [exact])
    assert found is not None
    assert found.matters == (quick,)
    assert quick.glances == [photo.shape]
    assert quick.looks == [(found.crop.height_px, found.crop.width_px, 3)]
    assert found.crop.height_px < photo.shape[0]
    assert exact.looks == 0


def test_where_a_glance_differs_a_quick_look_at_the_whole_decides() -> None:
    photo, quick = product_photo(size=(900, 780)), Glancing(sees_px=25)
    exact = Both(quick)
    found = find_product(photo, [exact])
    assert found is not None
    assert found.matters == (quick,)
    assert quick.looks == [(found.crop.height_px, found.crop.width_px, 3), photo.shape]
    assert exact.looks == 0
    assert found.agreement is not None
    assert found.agreement > 0.97


def test_what_is_doubtful_is_looked_at_exactly() -> None:
    photo = product_photo(size=(900, 780))
    quick = Glancing(sees_px=25, wide_px=photo.shape[1])
    exact = Both(quick)
    found = find_product(photo, [exact])
    alone = find_product(photo, [Both(None)])
    assert found is not None
    assert alone is not None
    assert found.matters == (exact,)
    assert exact.looks == 2
    assert np.array_equal(found.probability, alone.probability)


def test_a_product_that_fills_the_picture_is_looked_at_in_full() -> None:
    photo = product_photo(size=(900, 780))[180:-180, 280:-280]
    quick = Glancing()
    found = find_product(photo, [Both(quick)])
    assert found is not None
    assert quick.looks == [photo.shape]


def test_a_product_that_fills_the_picture_is_looked_at_again_in_another_size() -> None:
    photo = product_photo(size=(900, 780))[180:-180, 280:-280]
    resized = Glancing()
    quick = Sharp(sees_px=41, wide_px=photo.shape[1], resized=resized)
    exact = Both(quick)
    found = find_product(photo, [exact])
    assert found is not None
    assert quick.looks == resized.looks == [photo.shape]
    assert quick.glances == [photo.shape]
    assert resized.glances == []
    assert found.matters == (resized,)
    assert exact.looks == 0


def test_what_no_size_makes_certain_is_looked_at_exactly() -> None:
    photo = product_photo(size=(900, 780))[180:-180, 280:-280]
    resized = Glancing()
    quick = Glancing(sees_px=41, resized=resized)
    exact = Both(quick)
    found = find_product(photo, [exact])
    assert found is not None
    assert quick.looks == resized.looks == [photo.shape]
    assert found.matters == (exact,)
    assert found.agreement is None


def test_models_are_quick_together_or_not_at_all() -> None:
    photo, quick = product_photo(), Glancing()
    found = find_product(photo, [Both(quick), Both(None)])
    assert found is not None
    assert quick.glances == []
    assert len(found.matters) == 2


def test_where_a_glance_finds_nothing_an_exact_look_decides() -> None:
    exact = Both(Glancing())
    assert find_product(np.full((200, 200, 3), 240, np.uint8), [exact]) is None
    assert exact.looks == 1
