"""Colours of lettering: a brand's own, or drawn from the scene so that text belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pipelines.imaging.colour import to_lab
from pipelines.lettering.contrast import TEXT_RATIO, Colour, ratio

WHITE: Colour = (255, 255, 255)
_INK: Colour = (28, 28, 30)
_GREY_CHROMA = 9.0
"""CIELAB chroma under which a palette's colour is a grey: it makes no accent."""
_ACCENT_CHROMA = 46.0
"""A quiet backdrop's hue at this chroma is an accent; more looks like another shop's badge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The colours that lettering may use.

    Attributes
    ----------
    dark, light
        Text, whichever the picture beneath needs.
    accent
        Badges and marks.
    on_accent
        Text on the accent; at least 4.5 to 1 against it.
    """

    dark: Colour
    light: Colour
    accent: Colour
    on_accent: Colour

    def __post_init__(self) -> None:
        """Refuse a pair of which one cannot be read on the other."""
        if ratio(self.accent, self.on_accent) < TEXT_RATIO:
            raise ValueError(
                f"text on the accent has a contrast of {ratio(self.accent, self.on_accent):.1f}:1, "
                f"at least {TEXT_RATIO:g}:1 is needed"
            )


def on(colour: Colour, choices: Sequence[Colour]) -> Colour:
    """The first choice that can be read on a colour; else black or white, whichever is better."""
    for one in choices:
        if ratio(colour, one) >= TEXT_RATIO:
            return one
    return max((WHITE, (0, 0, 0)), key=lambda one: ratio(colour, one))


def from_palette(palette: Sequence[Colour]) -> Look:
    """Draw a look from a scene's palette: its strongest hue as accent, its hue in ink and paper."""
    if not palette:
        return Look(dark=_INK, light=WHITE, accent=_INK, on_accent=WHITE)
    lab = to_lab(np.array([palette], np.uint8))[0]
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    _, a, b = (float(value) for value in lab[int(chroma.argmax())])
    strength = float(chroma.max())
    if strength < _GREY_CHROMA:
        return Look(dark=_INK, light=WHITE, accent=_INK, on_accent=WHITE)
    unit = a / strength, b / strength
    accent = _readable(unit, max(strength, _ACCENT_CHROMA))
    return Look(
        dark=_coloured(15, unit, 9.0),
        light=_coloured(98.5, unit, 2.0),
        accent=accent,
        on_accent=WHITE,
    )


def _readable(unit: tuple[float, float], chroma: float) -> Colour:
    """A hue at the lightness at which white can just be read on it with some reserve."""
    for lightness in range(52, 10, -2):
        colour = _coloured(lightness, unit, chroma)
        if ratio(colour, WHITE) >= TEXT_RATIO * 1.1:
            return colour
    return _INK


def _coloured(lightness: float, unit: tuple[float, float], chroma: float) -> Colour:
    lab = np.array([[[lightness, unit[0] * chroma, unit[1] * chroma]]], np.float32)
    rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[0, 0], 0, 1) * 255 + 0.5
    red, green, blue = (int(value) for value in rgb)
    return red, green, blue
