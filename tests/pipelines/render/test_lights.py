"""Azimuths in the records mean what the compositor takes them to mean."""

import math

import pytest

from pipelines.render.lights import Softbox, Sun, direction_to


@pytest.mark.parametrize(
    ("azimuth_deg", "toward"),
    [(0.0, (0, -1, 0)), (90.0, (1, 0, 0)), (180.0, (0, 1, 0)), (270.0, (-1, 0, 0))],
    ids=["camera", "right", "behind", "left"],
)
def test_azimuth_names_the_side_the_light_comes_from(
    azimuth_deg: float, toward: tuple[float, float, float]
) -> None:
    assert direction_to(azimuth_deg, 0.0) == pytest.approx(toward, abs=1e-12)


def test_a_light_overhead_comes_from_above() -> None:
    assert direction_to(123.0, 90.0) == pytest.approx((0, 0, 1), abs=1e-12)


def test_a_softbox_stands_at_its_distance_and_looks_as_large_as_it_is() -> None:
    lamp = Softbox(
        azimuth_deg=30.0, elevation_deg=40.0, distance_m=2.0, width_m=4.0, height_m=4.0,
        power_w=10.0, target=(0.1, 0.2, 0.3),
    )  # fmt: skip
    assert math.dist(lamp.location, lamp.target) == pytest.approx(2.0)
    assert lamp.angular_diameter_deg == pytest.approx(90.0)


def test_lamps_without_light_cannot_exist() -> None:
    with pytest.raises(ValueError, match="irradiance"):
        Sun(azimuth_deg=0.0, elevation_deg=30.0, irradiance=0.0)
    with pytest.raises(ValueError, match="power_w"):
        Softbox(
            azimuth_deg=0.0, elevation_deg=30.0, distance_m=1.0, width_m=1.0, height_m=1.0, power_w=0.0
        )  # fmt: skip
