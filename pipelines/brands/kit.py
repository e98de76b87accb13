"""A brand kit: colours, fonts, logo, margins and rules that hold for every image of a brand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipelines.errors import BrandForbids
from pipelines.imaging.decode import decode
from pipelines.imaging.opening import DecodeLimits
from pipelines.lettering import Corner, FontFace, Logo, Look, from_palette
from pipelines.lettering.contrast import Colour
from pipelines.lettering.look import WHITE, on
from pipelines.spec.overlay import BadgeShape, Label

LABEL_TEXT: dict[Label, str] = {"none": "", "zh": "AI生成", "en": "AI generated"}


LOGO_LIMITS = DecodeLimits(max_pixels=16_000_000, max_side_px=8_000, min_side_px=16)
"""Logos are small; a huge one is a mistake, and would be decoded for every image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoFile:
    """A logo, and where it goes.

    Attributes
    ----------
    width
        Over the frame's shorter side, 0.04 to 0.4.
    clear
        Free space around it over its own height, 0 to 3.
    """

    path: Path
    corner: Corner = "top-left"
    width: float = 0.16
    clear: float = 0.5

    def read(self) -> Logo:
        """Decode the logo.

        Raises
        ------
        ImageRefused
        """
        source = decode(self.path.read_bytes(), name=self.path.name, limits=LOGO_LIMITS)
        alpha = source.alpha
        if alpha is None:
            alpha = np.ones(source.rgb.shape[:2], np.float32)
        return Logo(
            rgb=source.rgb, alpha=alpha, corner=self.corner, width=self.width, clear=self.clear
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """A brand's colours; None leaves the choice to the scene."""

    ink: Colour | None = None
    paper: Colour | None = None
    accent: Colour | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """One brand's rules. The nameless brand has none: every default is the scene's or ours.

    Attributes
    ----------
    revision
        Digest of the kit's text and of every file that it names.
    heading, text
        The brand's own faces, in the order in which they are asked for a character.
    margin, gap
        Over the frame's shorter side: free along the frame, and around the product.
    templates
        Names of the templates that may be used; empty allows all.
    """

    name: str = ""
    title: str = ""
    revision: str = ""
    palette: Palette = Palette()
    heading: tuple[FontFace, ...] = ()
    text: tuple[FontFace, ...] = ()
    logo: LogoFile | None = None
    margin: float = 0.045
    gap: float = 0.025
    templates: tuple[str, ...] = ()
    label: Label = "none"
    badge_shape: BadgeShape = "round"

    def allow(self, template: str) -> None:
        """Refuse a template that the brand does not allow.

        Raises
        ------
        BrandForbids
        """
        if self.templates and template not in self.templates:
            raise BrandForbids(name=self.name, template=template, allowed=self.templates)

    def look(self, scene: Sequence[Colour]) -> Look:
        """The brand's colours, filled up from the scene's palette."""
        own = from_palette(scene)
        if self.palette.ink is not None:
            own = replace(own, dark=self.palette.ink)
        if self.palette.paper is not None:
            own = replace(own, light=self.palette.paper)
        accent = self.palette.accent
        if accent is None:
            return own
        return replace(own, accent=accent, on_accent=on(accent, (own.light, WHITE, own.dark)))
