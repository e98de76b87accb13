"""A camera that holds a product as large, and as much off centre, as asked: pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import dist

from pipelines.render.camera import Camera, Point

_STEPS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a product is looked at.

    Parameters
    ----------
        fill   : share of the frame that the product's longer side takes, above 0; beyond 1 the
            frame cuts it off
        centre : where the product's middle lies, ratios from the top left
    """

    fill: float = 0.64
    pitch_deg: float = 12.0
    centre: tuple[float, float] = (0.5, 0.54)
    focal_mm: float = 60.0
    f_number: float = 9.0

    def __post_init__(self) -> None:
        if self.fill <= 0:
            raise ValueError(f"fill is {self.fill}, must be above 0")


def frame(corners: Sequence[Point], view: View, *, size_px: int) -> Camera:
    """The square camera that sees ``corners`` (of the product's box) as ``view`` says."""
    middle, radius_m = _ball(corners)
    plain = Camera(
        width_px=size_px, height_px=size_px, focal_mm=view.focal_mm, pitch_deg=view.pitch_deg,
        distance_m=radius_m, target=middle, frame_x=view.centre[0], frame_y=view.centre[1],
        f_number=view.f_number,
    )  # fmt: skip
    # A lens outside the ball has every corner before it; fill falls with distance.
    near_m, far_m = 1.2 * radius_m, 200.0 * radius_m
    for _ in range(_STEPS):
        distance_m = (near_m * far_m) ** 0.5
        if _extent(replace(plain, distance_m=distance_m), corners) > view.fill:
            near_m = distance_m
        else:
            far_m = distance_m
    camera = replace(plain, distance_m=far_m)
    nearest_m = min(camera.depth_m(corner) for corner in corners)
    # Sharp a third of the way in, where photographers focus.
    return replace(camera, focus_m=nearest_m + (camera.depth_m(middle) - nearest_m) * 2 / 3)


def _ball(corners: Sequence[Point]) -> tuple[Point, float]:
    lows, highs = ([pick(c[axis] for c in corners) for axis in range(3)] for pick in (min, max))
    middle = (
        (lows[0] + highs[0]) / 2,
        (lows[1] + highs[1]) / 2,
        (lows[2] + highs[2]) / 2,
    )
    return middle, max(dist(middle, corner) for corner in corners)


def _extent(camera: Camera, corners: Sequence[Point]) -> float:
    xs, ys = zip(*(camera.project(corner) for corner in corners), strict=True)
    return max(max(xs) - min(xs), max(ys) - min(ys))
