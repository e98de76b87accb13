"""Where a backdrop's light comes from, by how brightness runs over its surface.

A near, large source lights the side it stands on more. The sun lights a surface evenly; then only
shadows would tell, and what casts them is not known, so that is said to be a guess. Of the nine
built-in plates with a soft light, all are told left from right, and the direction is within 20
degrees on average (`tests/pipelines/adopt`).
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.adopt.estimate import Corrections, Estimate, settled

_SIDE_PX = 192
_FAINT = 0.1
_OVER_SPREAD = 6.2
"""Fall of the logarithm of luminance over the picture, itself and over the spread around it. On
the built-in plates, soft lights give 0.2 to 2.5 and 6.6 to 28 times the spread; under the sun
there is no fall, or stripes of colour and shadow that spread as much: at most 5.7 times."""
_ALONG_WEIGHT = 0.5
"""Brightness along the view also falls with the angle at which the surface is seen."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SOFT = {"width": 24.0, "share": 0.88}
_HARD = {"width": 2.0, "share": 0.72}
_USUAL_HEIGHT_DEG = 40.0
_USUAL_FROM_DEG = 300.0
_NEUTRAL_SHARE = 0.5
"""How far to believe that what is brightest is white: half of the way is nearest to the truth on
the built-in plates (5.0 degrees between colours; 6.7 if light is taken as white, 7.8 if the
brightest is)."""

Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lighting:
    """The light's estimates and its colours, the largest channel 1, linear."""

    azimuth: Estimate
    elevation: Estimate
    width: Estimate
    key_ratio: Estimate
    color_rgb_linear: Rgb
    ambient_rgb_linear: Rgb
    colour: Estimate


def estimate_lighting(rgb: npt.NDArray[np.uint8], surface: npt.NDArray[np.bool_]) -> Lighting:
    """Estimate the light of a picture.

    Parameters
    ----------
    rgb
        uint8 (H, W, 3), sRGB.
    surface
        bool (H, W): where the product may stand.
    """
    size = (_SIDE_PX, _SIDE_PX)
    linear = _linear(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    inside = cv2.resize(surface.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    across, nearer, spread = _fall(np.log(linear @ _LUMINANCE + 1e-3), inside)
    strength = math.hypot(across, _ALONG_WEIGHT * nearer)
    soft = strength >= max(_FAINT, _OVER_SPREAD * spread)
    return Lighting(
        azimuth=_azimuth(across, _ALONG_WEIGHT * nearer, soft=soft),
        elevation=_guess("light height", _USUAL_HEIGHT_DEG, "degrees", "--light-height",
                         "a picture without an object of known height does not tell"),
        width=_guess("light's width", (_SOFT if soft else _HARD)["width"], "degrees",
                     "--light-width", "brightness falls off over the surface: near and large"
                     if soft else "brightness is even: far and small, as the sun"),
        key_ratio=_guess("key's share of the light", (_SOFT if soft else _HARD)["share"], "",
                         "--key-ratio", "usual for such a light"),
        color_rgb_linear=(colour := _key_colour(linear)),
        ambient_rgb_linear=(1.0, 1.0, 1.0) if soft else (0.86, 0.91, 1.0),
        colour=_colour_estimate(colour),
    )  # fmt: skip


def corrected(found: Lighting, given: Corrections) -> Lighting:
    """What the user says of the light, else what was found."""
    colour, shown = found.color_rgb_linear, found.colour
    if given.light_colour is not None:
        colour = rgb_linear_of(given.light_colour)
        shown = replace(found.colour, value=given.light_colour, sureness="given", why="as you say")
    return replace(
        found,
        azimuth=settled("light_from", given.light_from, found.azimuth),
        elevation=settled("light_height", given.light_height, found.elevation),
        width=settled("light_width", given.light_width, found.width),
        key_ratio=settled("key_ratio", given.key_ratio, found.key_ratio),
        color_rgb_linear=colour,
        colour=shown,
    )


def rgb_linear_of(colour: str) -> Rgb:
    """A colour written as ``#rrggbb``, linear, the largest channel 1."""
    linear = _linear(np.array([list(bytes.fromhex(colour[1:]))], np.uint8))[0]
    red, green, blue = (
        round(float(value), 4) for value in np.maximum(linear, 1e-3) / max(linear.max(), 1e-3)
    )
    return red, green, blue


def _guess(name: str, value: float, unit: str, option: str, why: str) -> Estimate:
    return Estimate(name=name, value=value, unit=unit, sureness="guess", why=why, option=option)


def _azimuth(across: float, nearer: float, *, soft: bool) -> Estimate:
    if not soft:
        return _guess("light from", _USUAL_FROM_DEG, "degrees", "--light-from",
                      "brightness is even over the surface; front left is usual")  # fmt: skip
    degrees = math.degrees(math.atan2(across, nearer)) % 360
    side = "right" if across > 0 else "left"
    why = f"the surface is brighter towards the {side}; often 20 degrees off"
    return Estimate(name="light from", value=round(degrees), unit="degrees", sureness="likely",
                    why=why, option="--light-from")  # fmt: skip


def _fall(
    luminance: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Rise of brightness to the right and towards the camera, and the spread around it.

    By a plane fitted robustly; the spread is the median distance from it.
    """
    rows, columns = np.nonzero(inside)
    if rows.size < 100:
        return 0.0, 0.0, 0.0
    values = luminance[inside].astype(np.float64)
    place = np.stack([np.ones(rows.size), columns / _SIDE_PX - 0.5, rows / _SIDE_PX - 0.5], axis=1)
    weight = np.ones(rows.size)
    away = values
    plane: npt.NDArray[np.float64] = np.zeros(3)
    for _ in range(8):  # iteratively reweighted: veins, planks and shadows are outliers
        plane = np.asarray(np.linalg.lstsq(place * weight[:, None], values * weight, rcond=None)[0])
        away = values - place @ plane
        weight = 1 / (1 + (away / (1.48 * np.median(np.abs(away)) + 1e-3)) ** 2)
    return float(plane[1]), float(plane[2]), float(np.median(np.abs(away)))


def _key_colour(linear: npt.NDArray[np.float32]) -> Rgb:
    """The colour of what is brightest without being blown out, drawn half-way to white."""
    pixels = linear.reshape(-1, 3)
    luminance = pixels @ _LUMINANCE
    whole = pixels.max(axis=1) < 0.97
    if not whole.any():
        return 1.0, 1.0, 1.0
    low, high = np.percentile(luminance[whole], [90, 98])
    bright = pixels[whole & (luminance >= low) & (luminance <= high)].mean(axis=0)
    mixed = (1 - _NEUTRAL_SHARE) + _NEUTRAL_SHARE * bright / max(float(bright.max()), 1e-6)
    red, green, blue = (round(float(value), 4) for value in mixed)
    return red, green, blue


def _colour_estimate(colour: Rgb) -> Estimate:
    red, _, blue = colour
    shown = "warm" if red - blue > 0.05 else "cool" if blue - red > 0.05 else "neutral"
    return Estimate(
        name="light colour", value=f"{shown}, {' '.join(f'{value:.2f}' for value in colour)}",
        unit="", sureness="guess", option="--light-colour",
        why="half-way from white to what is brightest",
    )  # fmt: skip


def _linear(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    values = rgb.astype(np.float32) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
