"""Words on pictures: never over the product, always readable, in the size that was promised."""

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.errors import GlyphsMissing, TextUnplaceable
from pipelines.lettering import (
    Copywriting,
    FontFace,
    FontStack,
    Keeping,
    Lettered,
    Logo,
    Look,
    Typesetter,
    Wording,
    from_palette,
    letter,
)
from pipelines.lettering.contrast import ratio

SIDE = 640
LOOK = from_palette([(120, 70, 40), (200, 190, 180)])
EVERYTHING = Wording(
    copy=Copywriting(headline="Slow mornings", points=("Stoneware", "Dishwasher-safe")),
    badge="-30%\nSALE",
    label="AI generated",
)


def scene(kind: str = "wall") -> npt.NDArray[np.uint8]:
    rows, columns = np.indices((SIDE, SIDE))
    match kind:
        case "wall":
            grey = 200 - rows // 16
        case "dark":
            grey = 20 + columns // 40
        case _:
            grey = (rows // 9 + columns // 9) % 2 * 255
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def keeping(*, half: float = 0.18) -> Keeping:
    """A round product in the middle, its shadow's core to the right of its foot."""
    rows, columns = np.indices((SIDE, SIDE)) / SIDE
    product = np.hypot(rows - 0.62, columns - 0.5) < half
    core = (np.abs(rows - 0.78) < 0.03) & (columns > 0.5) & (columns < 0.75)
    return Keeping(product=product, core=core)


def lettered(kind: str, wording: Wording, setter: Typesetter, *, half: float = 0.18) -> Lettered:
    return letter(scene(kind), wording, keeping=keeping(half=half), look=LOOK, setter=setter)


@pytest.mark.parametrize("kind", ["wall", "dark", "checks"])
def test_everything_is_drawn_readable_and_clear_of_the_product(
    kind: str, setter: Typesetter
) -> None:
    done = lettered(kind, EVERYTHING, setter)
    assert {one.part for one in done.drawn} == {"headline", "points", "badge", "label"}
    kept = keeping()
    assert not (done.touched & (kept.product | kept.core)).any()
    assert all(one.contrast >= one.limit for one in done.drawn)
    changed = (done.raster != scene(kind)).any(axis=-1)
    assert (changed == done.touched).all()
    assert done.touched.mean() > 0.02


def test_what_is_beneath_decides_about_the_pane(setter: Typesetter) -> None:
    words = Wording(copy=Copywriting(headline="Slow mornings"))
    assert all(one.pane == 0 for one in lettered("wall", words, setter).drawn)
    assert all(one.pane > 0 for one in lettered("checks", words, setter).drawn)


def test_elements_do_not_overlap_each_other(setter: Typesetter) -> None:
    drawn = {one.part: one.box for one in lettered("wall", EVERYTHING, setter).drawn}
    taken = np.zeros((SIDE, SIDE), np.int64)
    for part in ("badge", "label", "headline"):  # headline and points are one block
        box = drawn[part]
        taken[box.top : box.bottom, box.left : box.right] += 1
    assert taken.max() == 1


def test_a_label_is_as_high_as_the_standard_asks(chinese: FontFace) -> None:
    setter = Typesetter(stack=FontStack(faces=(chinese,)))
    for text in ("AI生成", "AI generated"):
        done = lettered("wall", Wording(label=text), setter)
        rows = np.flatnonzero(done.touched.any(axis=1))
        assert rows[-1] - rows[0] + 1 >= 0.05 * SIDE


def test_a_large_product_leaves_room_beside_its_outline(setter: Typesetter) -> None:
    """The corners of the box around a round product are free, and are used when nothing else is."""
    words = Wording(badge="NEW")
    done = lettered("wall", words, setter, half=0.37)
    assert done.touched.any()
    assert not (done.touched & keeping(half=0.37).product).any()


def test_text_that_fits_nowhere_says_which_and_what_to_do(setter: Typesetter) -> None:
    long = Wording(copy=Copywriting(headline="An extraordinarily long promise " * 12))
    with pytest.raises(
        TextUnplaceable, match=r"headline 'An extra.*shorten.*--scale in a scene, --fill"
    ):
        lettered("wall", long, setter)
    with pytest.raises(TextUnplaceable, match="badge"):
        lettered("wall", Wording(badge="NEW"), setter, half=0.9)


def test_missing_characters_stop_the_picture(setter: Typesetter) -> None:
    with pytest.raises(GlyphsMissing, match="限"):
        lettered("wall", Wording(badge="限时"), setter)


def test_the_side_is_obeyed(setter: Typesetter) -> None:
    for side, low, high in (("left", 0, 0.45), ("right", 0.55, 1)):
        words = Wording(copy=Copywriting(points=("Warm", "Light")), side=side)  # type: ignore[arg-type]
        box = lettered("wall", words, setter).drawn[0].box
        assert low <= (box.left + box.right) / 2 / SIDE <= high


def test_a_logo_keeps_its_colours_and_its_clear_space(setter: Typesetter) -> None:
    rgb = np.full((40, 100, 3), (10, 60, 140), np.uint8)
    logo = Logo(rgb=rgb, alpha=np.ones((40, 100), np.float32), corner="top-right", clear=1.0)
    done = lettered("wall", Wording(logo=logo, badge="NEW"), setter)
    box = next(one.box for one in done.drawn if one.part == "logo")
    assert box.width_px == round(0.16 * SIDE)
    assert (done.raster[box.top : box.bottom, box.left : box.right] == (10, 60, 140)).all()
    badge = next(one.box for one in done.drawn if one.part == "badge")
    gap = max(box.left - badge.right, badge.top - box.bottom, badge.left - box.right)
    assert gap >= box.height_px


@pytest.mark.parametrize("shade", [25, 235])
def test_a_logo_that_would_be_lost_gets_a_pane(setter: Typesetter, shade: int) -> None:
    rgb = np.full((40, 100, 3), shade, np.uint8)
    logo = Logo(rgb=rgb, alpha=np.ones((40, 100), np.float32))
    for kind, lost in (("dark", shade < 128), ("wall", shade > 128)):
        drawn = lettered(kind, Wording(logo=logo), setter).drawn[0]
        assert (drawn.pane > 0) == lost
        assert drawn.contrast >= drawn.limit == 3


def test_the_same_words_give_the_same_picture(setter: Typesetter) -> None:
    first, second = (lettered("wall", EVERYTHING, setter).raster for _ in range(2))
    assert (first == second).all()


def test_a_look_comes_from_the_scene_and_can_be_read() -> None:
    for palette in ([(205, 180, 200), (90, 60, 95)], [(128, 128, 128)], [(250, 240, 60)], []):
        look = from_palette(palette)
        assert ratio(look.accent, look.on_accent) >= 4.5
        assert ratio(look.dark, look.light) > 12
    assert from_palette([(128, 128, 128)]).accent == (28, 28, 30)


def test_a_look_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="contrast"):
        Look(dark=(0, 0, 0), light=(255,) * 3, accent=(250, 250, 0), on_accent=(255,) * 3)
