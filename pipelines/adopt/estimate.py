"""What was estimated of a photo, how sure that is, and what a user may say instead."""

import re
from dataclasses import dataclass
from typing import Literal

from pipelines.errors import RecipeInvalid

Sureness = Literal["given", "sure", "likely", "guess"]
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One value of a record.

    Attributes
    ----------
    why
        What it rests on, in a sentence.
    option
        The option that corrects it.
    """

    name: str
    value: float | str
    unit: str
    sureness: Sureness
    why: str
    option: str

    @property
    def shown(self) -> str:
        """The value with its unit."""
        number = f"{self.value:.3g}" if isinstance(self.value, float) else self.value
        return f"{number} {self.unit}".strip()


_LIMITS = {
    "light_from": (0.0, 360.0), "light_height": (5.0, 90.0), "light_width": (0.2, 120.0),
    "key_ratio": (0.05, 1.0), "surface_y": (0.0, 0.95), "front_y": (0.1, 1.0),
    "pitch": (1.0, 90.0), "focal_mm": (12.0, 200.0), "width_cm": (5.0, 1000.0),
    "px_per_cm": (0.5, 1000.0), "roughness": (0.0, 1.0), "reflectance": (0.0, 1.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """What a user says of the photo, in place of estimates; None leaves the estimate.

    Attributes
    ----------
    light_from
        Where the light comes from, seen from above, in degrees: 0 the camera's side, 90 the
        right, 180 behind, 270 the left.
    light_height
        Degrees above the surface, 5 to 90.
    light_width
        The source's size as seen from the product, in degrees: the sun 0.5, a softbox 30.
    key_ratio
        Share of the surface's light that is missing in a shadow.
    surface_y, front_y
        Ratios of the picture's height: where the surface ends at the back and in front.
    pitch
        How steeply the camera looks down, in degrees; 90 from above.
    focal_mm
        For a frame 36 mm wide.
    width_cm
        What the picture shows across where the product stands.
    px_per_cm
        The same, said in pixels of the photo.
    light_colour
        The light's colour on something white, as ``#rrggbb``.
    """

    light_from: float | None = None
    light_height: float | None = None
    light_width: float | None = None
    key_ratio: float | None = None
    surface_y: float | None = None
    front_y: float | None = None
    pitch: float | None = None
    focal_mm: float | None = None
    width_cm: float | None = None
    px_per_cm: float | None = None
    roughness: float | None = None
    reflectance: float | None = None
    light_colour: str | None = None

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises
        ------
        RecipeInvalid
        """
        if self.light_colour is not None and not _COLOUR.fullmatch(self.light_colour):
            limit = "must be written as #rrggbb"
            raise RecipeInvalid(field="light_colour", value=self.light_colour, limit=limit)
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                limit = f"must be {low:g} to {high:g}"
                raise RecipeInvalid(field=name, value=value, limit=limit)
        if self.width_cm is not None and self.px_per_cm is not None:
            limit = "say width_cm or px_per_cm, not both"
            raise RecipeInvalid(field="px_per_cm", value=self.px_per_cm, limit=limit)


def option_of(field: str) -> str:
    """The option that sets a correction.

    >>> option_of("light_from")
    '--light-from'
    """
    return "--" + field.replace("_", "-")


def settled(field: str, given: float | None, found: Estimate) -> Estimate:
    """What the user says, else what was found."""
    if given is None:
        return found
    return Estimate(
        name=found.name, value=float(given), unit=found.unit, sureness="given",
        why="as you say", option=option_of(field),
    )  # fmt: skip


def number(estimate: Estimate) -> float:
    """A numeric estimate's value."""
    return float(estimate.value)


def checked_name(name: str) -> str:
    """A template's name that is safe as a folder's.

    Raises
    ------
    RecipeInvalid
    """
    if not _NAME.fullmatch(name):
        limit = "use small letters, digits and dashes, at most 64, such as oak-table"
        raise RecipeInvalid(field="name", value=name, limit=limit)
    return name
