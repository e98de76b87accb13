"""Draws a set's parameters from a seed and a number: pure values, no Blender.

The same seed and number give the same set on every machine, whatever else was drawn before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, hypot, radians, sin
from random import Random

from pipelines.render.camera import Camera
from pipelines.render.lights import Lamp, Softbox, Sun
from pipelines.render.variations.vocabulary import (
    BACKDROPS,
    CLOTHS,
    LAYOUTS,
    PROPS,
    RELIEF,
    SURFACES,
    Material,
    light_color,
)

FLAT_LAY = "flat lay"
NEXT_STEP_M = 0.1
"""How much higher the step behind the product's is; its edge is 0.27 m behind the product."""
_WHITE_BALANCE = 0.4
"""Share of a lamp's tint that the camera's white balance takes away."""
MAX_PROPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Coat:
    """A material and its colour: keys of the vocabulary, colour "" for the material's own."""

    material: str
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prop:
    """A prop: its foot in metres from the product's place, a scale about 1, a turn, a seed."""

    kind: str
    color: str
    x: float
    y: float
    z: float
    scale: float
    turn_deg: float
    seed: int

    def __post_init__(self) -> None:
        if self.kind not in PROPS:
            raise ValueError(f"no prop is called {self.kind}")
        if not 0.3 <= self.scale <= 3.0:
            raise ValueError(f"scale is {self.scale}, outside [0.3, 3]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """All that is drawn for one set; the product's place is the origin and stays empty.

    ``floor_m`` is the height of the floor that a podium stands on, else 0.
    """

    seed: int
    number: int
    layout: str
    surface: Coat
    floor_m: float
    backdrop: Coat | None
    wall_m: float
    props: tuple[Prop, ...]
    camera: Camera
    key: Lamp
    kelvin: float
    shade: str
    ambient_kelvin: float
    ambient_strength: float
    exposure_stops: float

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise ValueError(f"no layout is called {self.layout}")
        if self.number < 0:
            raise ValueError(f"number is {self.number}, must not be negative")
        if self.ambient_strength < 0:
            raise ValueError(f"ambient_strength is {self.ambient_strength}, must not be negative")


def draw(seed: int, number: int, *, size_px: int = 256) -> Variation:
    """The set of that seed and number."""
    random = Random(f"{seed}/{number}")
    layout = random.choices(list(LAYOUTS), weights=(46, 12, 14, 10, 18))[0]
    surface = _coat(random, SURFACES, _surfaces(layout))
    backdrop = None
    if layout not in ("sweep", FLAT_LAY):
        backdrop = _coat(random, BACKDROPS, tuple(BACKDROPS))
    kelvin = random.choice((2700, 3200, 3600, 4200, 4800, 5400, 6000, 6800, 8000))
    shade = "open"
    key = _key(random, kelvin, layout)
    if isinstance(key, Sun):
        shade = random.choices(("open", "window", "leaves"), weights=(5, 3, 2))[0]
    camera = _camera(random, layout, size_px)
    floor_m = -random.uniform(0.03, 0.12) if layout == "podium" else 0.0
    props = _props(random, layout, NEXT_STEP_M if layout == "step" else floor_m)
    return Variation(
        seed=seed,
        number=number,
        layout=layout,
        surface=surface,
        floor_m=floor_m,
        backdrop=backdrop,
        wall_m=random.uniform(0.6, 1.7),
        props=tuple(prop for prop in props if _seen(camera, prop)),
        camera=camera,
        key=key,
        kelvin=kelvin,
        shade=shade,
        ambient_kelvin=random.uniform(5200, 9500),
        ambient_strength=random.choice((0.08, 0.16, 0.3, 0.45, 0.6)),
        exposure_stops=random.gauss(0.0, 0.25),
    )


def _surfaces(layout: str) -> tuple[str, ...]:
    """Materials that a layout can be made of: a block is not sewn, nor a sweep sawn."""
    if layout == "sweep":
        return ("card", "plaster")
    if layout in ("podium", "step"):
        return tuple(key for key in SURFACES if key not in (*RELIEF, *CLOTHS, "rubber"))
    return tuple(SURFACES)


def _coat(random: Random, materials: Mapping[str, Material], kinds: tuple[str, ...]) -> Coat:
    kind = random.choice(kinds)
    return Coat(material=kind, color=random.choice(materials[kind].colors))


def _key(random: Random, kelvin: float, layout: str) -> Lamp:
    # A wall or a sweep stands between the set and any light from behind it.
    most_deg = 165 if layout == FLAT_LAY else 110
    azimuth = random.choice((1, -1)) * random.uniform(15, most_deg) % 360
    elevation = random.uniform(20, 62)
    r, g, b = (c + _WHITE_BALANCE * (1.0 - c) for c in light_color(kelvin))
    color = (r, g, b)
    if random.random() < 0.5:
        return Sun(
            azimuth_deg=azimuth,
            elevation_deg=elevation,
            angular_diameter_deg=random.choice((0.6, 1.0, 1.8, 3.0)),
            irradiance=random.uniform(3.5, 6.5),
            color_rgb_linear=color,
        )
    side = random.choice((0.2, 0.4, 0.7, 1.1))
    return Softbox(
        azimuth_deg=azimuth,
        elevation_deg=elevation,
        distance_m=random.uniform(1.2, 1.9),
        width_m=side,
        height_m=side * random.uniform(0.7, 1.4),
        power_w=random.uniform(40, 80),
        color_rgb_linear=color,
    )


def _camera(random: Random, layout: str, size_px: int) -> Camera:
    if layout == FLAT_LAY:
        return Camera(
            width_px=size_px,
            height_px=size_px,
            pitch_deg=random.uniform(82, 89),
            focal_mm=random.uniform(45, 70),
            distance_m=random.uniform(0.95, 1.3),
            frame_y=random.uniform(0.48, 0.54),
            f_number=random.choice((4.0, 5.6, 8.0)),
        )
    pitch = random.choice((random.uniform(5, 16), random.uniform(12, 38)))
    return Camera(
        width_px=size_px,
        height_px=size_px,
        pitch_deg=pitch,
        focal_mm=random.uniform(45, 75),
        distance_m=random.uniform(0.75, 1.15),
        frame_x=random.uniform(0.42, 0.58),
        frame_y=random.uniform(0.72, 0.82) - 0.005 * max(0.0, pitch - 14),
        f_number=random.choice((1.8, 2.2, 2.8, 4.0)),
    )


def _props(random: Random, layout: str, foot_m: float) -> tuple[Prop, ...]:
    """Up to six props around the product's place, none on another or in front of it."""
    made: list[Prop] = []
    kinds = [k for k in PROPS if layout != FLAT_LAY or k not in ("vase", "bouquet")]
    for _ in range(random.choice((0, 1, 2, 3, 3, 4, 5, MAX_PROPS))):
        spot = _spot(random, layout, made)
        if spot is None:
            continue
        kind = random.choice(kinds)
        made.append(
            Prop(
                kind=kind,
                color=random.choice(PROPS[kind].colors),
                x=spot[0],
                y=spot[1],
                z=foot_m,
                scale=random.uniform(0.7, 1.25),
                turn_deg=random.uniform(0, 360),
                seed=random.randrange(10_000),
            )
        )
    return tuple(made)


def _seen(camera: Camera, prop: Prop) -> bool:
    """Whether the prop's foot is in the frame: what is not seen must not be described."""
    x, y = camera.project((prop.x, prop.y, prop.z))
    return 0.0 < x < 1.0 and 0.0 < y < 1.0


def _spot(random: Random, layout: str, made: list[Prop]) -> tuple[float, float] | None:
    """A free place for a prop, or None when eight tries met one that stands there."""
    for _ in range(8):
        if layout == FLAT_LAY:
            angle, reach = radians(random.uniform(0, 360)), random.uniform(0.26, 0.42)
            x, y = reach * cos(angle), reach * sin(angle)
        else:
            x = random.choice((-1, 1)) * random.uniform(0.16, 0.36)
            y = random.uniform(0.35 if layout == "step" else 0.12, 0.46)
        if all(hypot(x - other.x, y - other.y) > 0.12 for other in made):
            return (x, y)
    return None
