"""Places for products on a surface that nobody has measured."""

from dataclasses import dataclass

from pipelines.adopt.ground import fall_at
from pipelines.library.camera import Camera
from pipelines.library.template import Anchor

_DEPTH_OF_PLACE = 0.5
"""Where products stand between the surface's edges, back to front, as on the built-in plates."""
_HEADROOM = 0.03
_TALLEST, _WIDEST, _WIDEST_AT_SIDE = 0.62, 0.42, 0.3
_FLAT_SHARE = 0.66


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where the surface begins and ends, as ratios of the picture's height."""

    back_y: float
    front_y: float

    @property
    def stands_y(self) -> float:
        """Where the middle of a product's base stands best."""
        return self.back_y + _DEPTH_OF_PLACE * (self.front_y - self.back_y)


def standing_places(
    extent: Extent, camera: Camera, *, aspect: float, px_per_cm: float
) -> list[Anchor]:
    """The middle and both thirds of a surface seen from the side."""
    y = extent.stands_y
    side_y = min(y + 0.02, extent.front_y - 0.01)
    first = fall_at(camera, y, aspect=aspect)
    places = []
    for name, x, at, wide in (
        ("centre", 0.5, y, _WIDEST),
        ("left third", 1 / 3, side_y, _WIDEST_AT_SIDE),
        ("right third", 2 / 3, side_y, _WIDEST_AT_SIDE),
    ):
        scale = fall_at(camera, at, aspect=aspect) / first
        places.append(
            Anchor(
                name=name, x=x, y=at, px_per_cm=px_per_cm * scale, max_width=wide,
                max_height=min(_TALLEST, at - _HEADROOM),
            )
        )  # fmt: skip
    return places


def lying_places(*, px_per_cm: float) -> list[Anchor]:
    """The middle and both halves of a surface seen from above."""
    return [
        Anchor(name=name, x=x, y=0.5, px_per_cm=px_per_cm, max_width=wide, max_height=_FLAT_SHARE)
        for name, x, wide in (
            ("centre", 0.5, _FLAT_SHARE), ("left half", 0.3, 0.4), ("right half", 0.7, 0.4),
        )
    ]  # fmt: skip
