"""What a set is, as data: its camera, key light, surface and the places for a product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.render.camera import Camera, Point
from pipelines.render.lights import Lamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What the product stands on; ``reflectance`` 0 means that nothing mirrors in it."""

    material: str
    roughness: float
    reflectance: float

    def __post_init__(self) -> None:
        if not (0 <= self.roughness <= 1 and 0 <= self.reflectance <= 1):
            raise ValueError("roughness and reflectance must lie in [0, 1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A place on the surface, with the box (ratios of the plate) that a product may fill there."""

    name: str
    point: Point = (0.0, 0.0, 0.0)
    max_width: float = 0.45
    max_height: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A scene template before it is rendered; ``build`` makes all but the camera and key light.

    ``look`` and ``exposure`` (stops) are the view's; ``key_in_mirrors`` lets surfaces mirror the
    key lamp's shape.
    """

    name: str
    title: str
    title_zh: str
    style: str
    tags: tuple[str, ...]
    prompt: str
    camera: Camera
    key: Lamp
    surface: Surface
    build: Callable[[], None]
    anchors: tuple[Anchor, ...] = (Anchor(name="centre"),)
    look: str = "AgX - Medium High Contrast"
    exposure: float = 0.0
    key_in_mirrors: bool = True

    def __post_init__(self) -> None:
        if "{product}" not in self.prompt:
            raise ValueError(f"the prompt of {self.name} has no {{product}}")
        if not any(anchor.name == "centre" for anchor in self.anchors):
            raise ValueError(f"{self.name} has no anchor named centre")
