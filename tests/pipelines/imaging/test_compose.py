"""Product lock, purity and light, for any product and any placement."""

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.imaging.compose import Finish, in_scene
from pipelines.imaging.cutout import OPAQUE, Cutout
from pipelines.imaging.grain import Grain
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed, place

LEFT_LIGHT = KeyLight(azimuth_deg=270, elevation_deg=40, angular_diameter_deg=4, key_ratio=0.8)
PAPER = Surface(depression_deg=12, roughness=0.6, reflectance=0.0)
GLOSS = Surface(depression_deg=12, roughness=0.05, reflectance=0.06)


def bottle(seed: int = 0, *, width: int = 40, height: int = 90) -> Cutout:
    """A rounded shape of random colours with a soft edge."""
    rng = np.random.default_rng(seed)
    rows, columns = np.indices((height + 20, width + 20))
    x = (columns - (width + 19) / 2) / (width / 2)
    y = (rows - (height + 19) / 2) / (height / 2)
    distance = (np.maximum(np.abs(x) ** 4 + np.abs(y) ** 4, 1e-9) ** 0.25 - 1) * width / 4
    alpha = np.clip(0.5 - distance, 0, 1).astype(np.float32)
    rgb = rng.integers(0, 256, (*alpha.shape, 3), dtype=np.uint8)
    return Cutout(rgb=rgb, alpha=alpha)


def standing(cutout: Cutout, *, frame: int = 200, scale: float = 1.0, x: float = 100) -> Placed:
    return place(cutout, frame_px=(frame, frame), scale=scale, centre_x_px=x, ground_px=160)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 99),
    scale=st.floats(0.3, 1.6),
    azimuth=st.floats(0, 360),
    elevation=st.floats(5, 90),
    roughness=st.floats(0, 1),
)
def test_a_scene_never_touches_the_product(
    seed: int, scale: float, azimuth: float, elevation: float, roughness: float
) -> None:
    placed = standing(bottle(seed), scale=scale)
    light = KeyLight(
        azimuth_deg=azimuth, elevation_deg=elevation, angular_diameter_deg=10, key_ratio=0.9
    )
    surface = Surface(depression_deg=12, roughness=roughness, reflectance=0.05)
    plate = np.random.default_rng(seed).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    raster = in_scene(
        placed, plate, light=light, surface=surface, receiving=np.ones((200, 200), np.float32)
    )
    assert placed.locked_difference(raster) == 0


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 99), scale=st.floats(0.3, 1.6), x=st.floats(-20, 220))
def test_grain_and_wrapped_light_never_touch_the_product(seed: int, scale: float, x: float) -> None:
    placed = standing(bottle(seed), scale=scale, x=x)
    plate = np.full((200, 200, 3), 240, np.uint8)
    for thickness in (None, 6.0):
        raster = in_scene(
            placed, plate, light=LEFT_LIGHT, surface=GLOSS,
            receiving=np.ones((200, 200), np.float32),
            finish=Finish(grain=Grain(luma=3, chroma=2), thickness_px=thickness),
        )  # fmt: skip
        assert placed.locked_difference(raster) == 0


def test_what_lies_flat_throws_its_shadow_around_its_outline() -> None:
    placed = standing(bottle())
    plate = np.full((200, 200, 3), 180, np.uint8)
    above = Surface(depression_deg=85, roughness=0.9, reflectance=0)
    raster = in_scene(
        placed, plate, light=LEFT_LIGHT, surface=above,
        receiving=np.ones((200, 200), np.float32), finish=Finish(thickness_px=8),
    )  # fmt: skip
    lost = 180 - raster.astype(np.float64).mean(axis=2)
    lost[placed.alpha_in_frame() > 0] = 0
    sides = {"right": lost[100:130, 121:126], "left": lost[100:130, 75:79],
             "above": lost[63:66, 90:110], "below": lost[160:163, 90:110]}  # fmt: skip
    assert all(side.max() > 1 for side in sides.values())
    assert sides["right"].mean() > 3 * sides["left"].mean()


def test_the_lock_notices_one_changed_value() -> None:
    placed = standing(bottle())
    raster = placed.over(np.full((200, 200, 3), 255, np.uint8))
    rows, columns = np.nonzero(placed.alpha_in_frame() >= OPAQUE)
    raster[rows[0], columns[0], 1] ^= 1
    assert placed.locked_difference(raster) == 1


def darkening(light: KeyLight, surface: Surface = PAPER) -> npt.NDArray[np.float64]:
    placed = standing(bottle())
    plate = np.full((200, 200, 3), 180, np.uint8)
    raster = in_scene(
        placed, plate, light=light, surface=surface, receiving=np.ones((200, 200), np.float32)
    )
    lost: npt.NDArray[np.float64] = 180 - raster.astype(np.float64).mean(axis=2)
    lost[placed.alpha_in_frame() > 0] = 0
    return lost


def test_the_shadow_falls_away_from_the_light() -> None:
    lost = darkening(LEFT_LIGHT)
    assert lost[:, 125:].sum() > 5 * lost[:, :75].sum()
    other = KeyLight(azimuth_deg=90, elevation_deg=40, angular_diameter_deg=4, key_ratio=0.8)
    mirrored = darkening(other)
    assert mirrored[:, :75].sum() > 5 * mirrored[:, 125:].sum()


def test_back_light_throws_the_shadow_towards_the_camera() -> None:
    behind = KeyLight(azimuth_deg=180, elevation_deg=30, angular_diameter_deg=4, key_ratio=0.8)
    front = KeyLight(azimuth_deg=0, elevation_deg=30, angular_diameter_deg=4, key_ratio=0.8)
    assert darkening(behind)[163:].sum() > 3 * darkening(front)[163:].sum()


def test_a_larger_source_gives_a_softer_shadow() -> None:
    def steepest(diameter: float) -> float:
        light = KeyLight(
            azimuth_deg=270, elevation_deg=40, angular_diameter_deg=diameter, key_ratio=0.8
        )
        return float(np.abs(np.diff(darkening(light)[:, 130:], axis=0)).max())

    assert steepest(1) > 1.8 * steepest(60)


def test_shadows_fall_only_where_the_surface_is() -> None:
    placed = standing(bottle())
    plate = np.full((200, 200, 3), 180, np.uint8)
    nowhere = np.zeros((200, 200), np.float32)
    raster = in_scene(placed, plate, light=LEFT_LIGHT, surface=GLOSS, receiving=nowhere)
    assert (raster[placed.alpha_in_frame() == 0] == 180).all()


def test_gloss_mirrors_the_product_below_its_foot() -> None:
    red = Cutout(rgb=np.full((110, 60, 3), (200, 0, 0), np.uint8), alpha=bottle().alpha)
    placed = standing(red)
    plate = np.full((200, 200, 3), 180, np.uint8)
    everywhere = np.ones((200, 200), np.float32)
    dim = KeyLight(azimuth_deg=0, elevation_deg=80, angular_diameter_deg=60, key_ratio=0.0)
    raster = in_scene(placed, plate, light=dim, surface=GLOSS, receiving=everywhere)
    below = raster[175, 100].astype(int)
    assert below[0] > below[1] + 12
    matte = in_scene(placed, plate, light=dim, surface=PAPER, receiving=everywhere)
    assert matte[185, 100].max() - matte[185, 100].min() <= 2
