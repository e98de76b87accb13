"""Text in a colour that can be read where it stands, over a frosted pane where none can."""

from dataclasses import dataclass

import numpy as np

from pipelines.imaging.cutout import Box
from pipelines.lettering.blocks import Block
from pipelines.lettering.contrast import (
    LARGE_TEXT_RATIO,
    TEXT_RATIO,
    Colour,
    luminance,
    ratio,
    worst_ratio,
)
from pipelines.lettering.draw import Raster, beneath, block_ink, paint, panel, rounded
from pipelines.lettering.look import Look
from pipelines.lettering.typeset import Typesetter

PANE_PAD_EM = 0.7
OPACITIES = (0.35, 0.5, 0.65, 0.8, 0.92)
_REACH_EM = 0.1
"""How far around a stroke the eye takes the background from."""
_LIGHT_GROUND = 0.22
"""Relative luminance above which dark text on a light pane looks at home."""
_RESERVE = 1.15
"""Without a pane, this much more than the least ratio: pictures are shown small and compressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One element as it was drawn.

    Attributes
    ----------
    part
        ``headline``, ``points``, ``badge``, ``label`` or ``logo``.
    box
        In the frame, in px.
    text_px
        Em of its smallest text, 0 for a logo.
    ink_px
        Rows from the highest to the lowest inked pixel, 0 for a logo.
    contrast, limit
        WCAG ratio of its text with what lies beneath at its worst, and the least allowed.
    pane
        Opacity of the frosted pane beneath, 0 for none.
    """

    part: str
    box: Box
    text_px: float
    contrast: float
    limit: float
    ink_px: int = 0
    pane: float = 0.0


def least_ratio(role: str) -> float:
    """WCAG's least contrast for a role: headlines are large and bold."""
    return LARGE_TEXT_RATIO if role == "headline" else TEXT_RATIO


def bare_contrast(
    raster: Raster, block: Block, setter: Typesetter, colour: Colour, *, left: float, top: float
) -> dict[str, float]:
    """Contrast of each role of a block with the picture as it is."""
    found: dict[str, float] = {}
    for role in dict.fromkeys(line.role for line in block.lines):
        ink, margin = block_ink(block, setter, role=role)
        under = beneath(
            raster, ink, left=left - margin, top=top - margin, reach_px=_REACH_EM * block.size_px
        )
        found[role] = worst_ratio(colour, under) if under.size else 0.0
    return found


def readable(contrasts: dict[str, float]) -> bool:
    """Whether every role has its least ratio and some reserve."""
    return all(value >= least_ratio(role) * _RESERVE for role, value in contrasts.items())


def draw_block(
    raster: Raster, block: Block, setter: Typesetter, look: Look, *, left: float, top: float
) -> tuple[Drawn, ...]:
    """Draw a block into a picture in place: each role is one drawn element."""
    colour, pane = _colour(raster, block, setter, look, left=left, top=top)
    contrasts = bare_contrast(raster, block, setter, colour, left=left, top=top)
    box = Box(
        left=round(left), top=round(top),
        right=round(left + block.width_px), bottom=round(top + block.height_px),
    )  # fmt: skip
    drawn = []
    accent = look.accent if _accent_shows(raster, box, look) else colour
    for mark in block.marks:
        dot = rounded(mark.width_px, mark.height_px, mark.round_px)
        paint(raster, dot, accent, left=left + mark.x_px, top=top + mark.y_px)
    ink, margin = block_ink(block, setter)
    paint(raster, ink, colour, left=left - margin, top=top - margin)
    for role, contrast in contrasts.items():
        smallest = min(line.size_px for line in block.lines if line.role == role)
        part = "points" if role == "point" else role
        inked = np.flatnonzero(block_ink(block, setter, role=role)[0].any(axis=1))
        drawn.append(
            Drawn(
                part=part,
                box=box,
                text_px=smallest,
                ink_px=int(inked[-1] - inked[0]) + 1 if inked.size else 0,
                contrast=contrast,
                limit=least_ratio(role),
                pane=pane,
            )
        )
    return tuple(drawn)


def _colour(
    raster: Raster, block: Block, setter: Typesetter, look: Look, *, left: float, top: float
) -> tuple[Colour, float]:
    """The text's colour, and the opacity of the pane that was laid beneath it."""
    tried = {
        colour: bare_contrast(raster, block, setter, colour, left=left, top=top)
        for colour in (look.dark, look.light)
    }
    best = max(tried, key=lambda one: min(tried[one].values()))
    if readable(tried[best]):
        return best, 0.0
    pad = PANE_PAD_EM * _text_size(block)
    box = Box(
        left=max(0, round(left - pad)),
        top=max(0, round(top - pad)),
        right=min(raster.shape[1], round(left + block.width_px + pad)),
        bottom=min(raster.shape[0], round(top + block.height_px + pad)),
    )
    ground = luminance(raster[box.top : box.bottom, box.left : box.right]).mean()
    text, pane = (look.dark, look.light) if ground > _LIGHT_GROUND else (look.light, look.dark)
    return text, _lay_pane(raster, block, setter, (text, pane), box, (left, top), pad)


def _lay_pane(
    raster: Raster, block: Block, setter: Typesetter, colours: tuple[Colour, Colour], box: Box,
    at: tuple[float, float], pad: float,
) -> float:  # fmt: skip
    """Lay the most transparent pane on which the text can be read; return its opacity."""
    before = raster[box.top : box.bottom, box.left : box.right].copy()
    for opacity in OPACITIES:
        raster[box.top : box.bottom, box.left : box.right] = before
        panel(raster, box, colours[1], opacity=opacity, radius_px=pad * 0.8)
        if readable(bare_contrast(raster, block, setter, colours[0], left=at[0], top=at[1])):
            break
    return opacity


def _text_size(block: Block) -> float:
    return min(line.size_px for line in block.lines)


def _accent_shows(raster: Raster, box: Box, look: Look) -> bool:
    """Whether the accent stands out from the ground as a mark must (3 to 1)."""
    part = raster[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
    red, green, blue = (int(value) for value in np.median(part.reshape(-1, 3), axis=0))
    return ratio(look.accent, (red, green, blue)) >= LARGE_TEXT_RATIO
