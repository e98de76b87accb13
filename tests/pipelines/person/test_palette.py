import numpy as np

from pipelines.person.palette import GENERAL_SKIN, lab_of, palette_of, skin_palette

SKIN = (200, 150, 125)


def test_a_persons_own_skin_is_learned_without_lips_and_brows() -> None:
    rgb = np.full((40, 40, 3), SKIN, np.uint8)
    rgb[30:34, 10:30] = (160, 40, 50)
    rgb[8:12, 5:35] = (40, 30, 25)
    lab = lab_of(rgb)
    skin = skin_palette(lab, np.ones((40, 40), bool))
    assert skin is not None
    distance = skin.distance(lab)
    assert distance[20, 20] < 0.5
    assert distance[32, 20] > 4
    shade = lab_of(np.full((2, 2, 3), (150, 112, 94), np.uint8))
    assert skin.distance(shade).max() < 4  # the same skin under the chin


def test_too_small_an_area_teaches_nothing() -> None:
    lab = lab_of(np.full((10, 10, 3), SKIN, np.uint8))
    nowhere = np.zeros((10, 10), bool)
    assert skin_palette(lab, nowhere) is None
    assert palette_of(lab, nowhere, colours=3) is None


def test_general_skin_covers_light_and_dark_and_no_blue() -> None:
    tones = np.array([[(240, 205, 180), (198, 150, 120), (120, 80, 58), (70, 46, 36)]], np.uint8)
    assert GENERAL_SKIN.distance(lab_of(tones)).max() < 4
    assert GENERAL_SKIN.distance(lab_of(np.full((1, 1, 3), (40, 70, 160), np.uint8))).min() > 8


def test_the_same_picture_gives_the_same_colours() -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (50, 50, 3), dtype=np.uint8)
    where = np.ones((50, 50), bool)
    first, second = (palette_of(lab_of(rgb), where, colours=4) for _ in range(2))
    assert first is not None
    assert second is not None
    assert np.array_equal(first.middles, second.middles)
