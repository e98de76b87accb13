"""Put a merchant's words on a picture: logo and label in corners, a badge, and the copy."""

from dataclasses import dataclass, field

import numpy as np

from pipelines.errors import TextUnplaceable
from pipelines.imaging.cutout import Box
from pipelines.lettering.badge import BadgeArt, badge_at
from pipelines.lettering.blocks import Copywriting, one_line
from pipelines.lettering.contrast import TEXT_RATIO, ratio
from pipelines.lettering.copyspace import best_place
from pipelines.lettering.draw import Raster, block_ink, paint
from pipelines.lettering.ink import Drawn, draw_block
from pipelines.lettering.logo import Logo, draw_logo
from pipelines.lettering.look import Look
from pipelines.lettering.space import Corner, Mask, Space, grown
from pipelines.lettering.styles import badge_style, copy_style, label_style
from pipelines.lettering.typeset import Typesetter
from pipelines.spec.overlay import BadgeShape, TextSide

_BADGE_CORNERS: tuple[Corner, ...] = ("top-right", "top-left", "bottom-right", "bottom-left")
_LABEL_CORNERS: tuple[Corner, ...] = ("bottom-right", "bottom-left", "top-right", "top-left")
_BADGE_SIZES = 9
_GAP = 0.02
"""Free space between two elements over the frame's shorter side."""
_FAR = 0.3
"""A badge this far from its corner, over the shorter side, is better a little smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """All that shall stand on the picture; empty texts are left out."""

    copy: Copywriting = field(default_factory=Copywriting)
    side: TextSide = "auto"
    badge: str = ""
    badge_shape: BadgeShape = "round"
    label: str = ""
    logo: Logo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What must stay free of lettering.

    Attributes
    ----------
    product, core
        bool (H, W): the product's visible pixels, and the dark core of its shadow.
    margin, gap
        Over the frame's shorter side: along the frame, and around the product.
    """

    product: Mask
    core: Mask
    margin: float = 0.045
    gap: float = 0.025

    def space(self, *, boxed: bool) -> Space:
        """What is free; `boxed` keeps the whole box around the product free too."""
        shorter = min(self.product.shape)
        near = grown(self.product, self.gap * shorter)
        if boxed and near.any():
            rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
            near[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
        return Space.around(near | self.core, margin_px=round(self.margin * shorter))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettered:
    """A picture with its words, what was drawn, and the pixels that changed."""

    raster: Raster
    drawn: tuple[Drawn, ...]
    touched: Mask


def letter(
    raster: Raster, wording: Wording, *, keeping: Keeping, look: Look, setter: Typesetter
) -> Lettered:
    """Put the words on a picture, around the product.

    The box around the product stays free where that leaves enough room, else its outline does.

    Raises
    ------
    TextUnplaceable, GlyphsMissing, FontUnusable
    """
    try:
        return _lettered(raster, wording, keeping.space(boxed=True), look, setter)
    except TextUnplaceable:
        return _lettered(raster, wording, keeping.space(boxed=False), look, setter)


def _lettered(
    raster: Raster, wording: Wording, space: Space, look: Look, setter: Typesetter
) -> Lettered:
    result = raster.copy()
    drawn: list[Drawn] = []
    gap = _GAP * min(raster.shape[:2])
    if wording.logo is not None:
        drawn.append(draw_logo(result, wording.logo, space, look))
        space = space.less(drawn[-1].box, gap_px=max(gap, _clear_px(wording.logo, drawn[-1].box)))
    if wording.label:
        drawn.append(_label(result, wording.label, space, look, setter))
        space = space.less(drawn[-1].box, gap_px=gap)
    if wording.badge:
        drawn.append(_badge(result, wording, space, look, setter))
        space = space.less(drawn[-1].box, gap_px=2 * gap)
    if wording.copy.headline or wording.copy.points:
        style = copy_style()
        place = best_place(
            result, space, wording.copy, style=style, setter=setter, side=wording.side
        )
        drawn += draw_block(result, place.block, setter, look, left=place.left_px, top=place.top_px)
    touched = np.asarray((result != raster).any(axis=-1))
    return Lettered(raster=result, drawn=tuple(drawn), touched=touched)


def _clear_px(logo: Logo, box: Box) -> float:
    return logo.clear * box.height_px


def _label(raster: Raster, text: str, space: Space, look: Look, setter: Typesetter) -> Drawn:
    """Draw the label so that its lowest character still has the height that the standard asks."""
    style, share = label_style()
    least = share * min(raster.shape[:2])
    probe, _, _ = setter.ink(text, style, least)
    size = least * least / max(probe.shape[0], 1) * 1.01
    block = one_line(text, "label", style, setter, size_px=size)
    for corner in _LABEL_CORNERS:
        box = space.nearest((block.width_px, block.height_px), corner)
        if box is not None:
            return draw_block(raster, block, setter, look, left=box.left, top=box.top)[0]
    raise TextUnplaceable(part="label", text=text, fix="make the product smaller")


def _badge(raster: Raster, wording: Wording, space: Space, look: Look, setter: Typesetter) -> Drawn:
    art, box = _best_badge(raster, wording, space, setter)
    left = box.left
    if art.flush:  # a ribbon hangs on the frame
        left = 0 if box.left < raster.shape[1] - box.right else raster.shape[1] - art.size_px[0]
    paint(raster, art.fill, look.accent, left=left, top=box.top)
    if art.ring is not None:
        paint(raster, art.ring, look.on_accent, left=left, top=box.top)
    ink, margin = block_ink(art.block, setter)
    at = left + art.text_left_px - margin, box.top + art.text_top_px - margin
    paint(raster, ink, look.on_accent, left=at[0], top=at[1])
    width, height = art.size_px
    return Drawn(
        part="badge",
        box=Box(left=left, top=box.top, right=left + width, bottom=box.top + height),
        text_px=min(line.size_px for line in art.block.lines),
        contrast=ratio(look.accent, look.on_accent),
        limit=TEXT_RATIO,
    )


def _best_badge(
    raster: Raster, wording: Wording, space: Space, setter: Typesetter
) -> tuple[BadgeArt, Box]:
    """The largest badge that lies near a corner; a little smaller beats far from any corner."""
    style = badge_style(wording.badge_shape)
    height, width = raster.shape[:2]
    shorter = min(height, width)
    found: list[tuple[float, int, BadgeArt, Box]] = []
    for size in style.size.steps(shorter, _BADGE_SIZES):
        for rank, corner in enumerate(_BADGE_CORNERS):
            art = badge_at(
                wording.badge, style, setter, size_px=size, shorter_px=shorter, corner=corner
            )
            box = None if art is None else space.nearest(art.size_px, corner)
            if art is None or box is None:
                continue
            x = box.left if corner.endswith("left") else width - box.right
            y = box.top if corner.startswith("top") else height - box.bottom
            far = (x + y) / shorter / _FAR
            cost = far - size / (style.size.most * shorter) + 0.08 * rank
            found.append((cost, len(found), art, box))
    if not found:
        raise TextUnplaceable(
            part="badge", text=wording.badge.replace("\n", " "), fix="shorten it, or make the "
            "product smaller (--scale)",
        )  # fmt: skip
    _, _, art, box = min(found)
    return art, box
