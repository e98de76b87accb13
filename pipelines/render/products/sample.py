"""What a sample product is, as data: how it is sold, how it is built and how it is photographed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.render.camera import Camera


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample product before it is photographed.

    Parameters
    ----------
        size_cm    : width, height and depth as a shop would state them
        label_text : the words that can be read on the product, in reading order
        room       : builds the surroundings and their lamps
        product    : builds the product, standing on z = 0 at the origin
        clear      : parts of it are clear glass, so that its exact alpha is partial there
        bounces    : of light; glass within glass needs more
        exposure   : of the view, in stops
    """

    name: str
    title: str
    title_zh: str
    category: str
    description: str
    size_cm: tuple[float, float, float]
    tags: tuple[str, ...]
    camera: Camera
    room: Callable[[], None]
    product: Callable[[], None]
    label_text: tuple[str, ...] = ()
    clear: bool = False
    bounces: int = 6
    look: str = "AgX - Medium High Contrast"
    exposure: float = 0.0

    def __post_init__(self) -> None:
        if min(self.size_cm) <= 0:
            raise ValueError(f"size_cm is {self.size_cm}, each must be above 0")
        if not self.name or not self.title or not self.description:
            raise ValueError("name, title and description must not be empty")


def closeup(
    height_m: float,
    *,
    fill: float = 0.62,
    focal_mm: float = 70.0,
    pitch_deg: float = 10.0,
    f_number: float = 8.0,
    frame_y: float = 0.82,
    nearer_m: float = 0.0,
    tall: bool = False,
) -> Camera:
    """A camera that sees a product of ``height_m`` over ``fill`` of the frame's height.

    ``nearer_m`` moves the sharp plane from the product's middle towards the lens.
    """
    width_px, height_px = (1200, 1500) if tall else (1200, 1200)
    distance_m = focal_mm / 36.0 * height_m / fill
    plain = Camera(
        width_px=width_px,
        height_px=height_px,
        focal_mm=focal_mm,
        pitch_deg=pitch_deg,
        distance_m=distance_m,
        frame_y=frame_y,
        f_number=f_number,
    )
    return Camera(
        width_px=width_px,
        height_px=height_px,
        focal_mm=focal_mm,
        pitch_deg=pitch_deg,
        distance_m=distance_m,
        frame_y=frame_y,
        f_number=f_number,
        focus_m=plain.depth_m((0.0, -nearer_m, height_m / 2)),
    )
