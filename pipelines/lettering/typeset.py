"""Lines of text at a size: measured in ems, drawn as coverage."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from pipelines.lettering.breaking import broken
from pipelines.lettering.fonts import FontStack

Coverage = npt.NDArray[np.float32]

_MEASURED_AT_PX = 200.0
"""Advances are unhinted at this size, so that they scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a text is set, all in ems of its own size.

    Attributes
    ----------
    leading
        From baseline to baseline.
    tracking
        Added after each character.
    heading
        Whether the heading's fonts set it.
    """

    weight: int = 400
    heading: bool = False
    leading: float = 1.3
    tracking: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Typesetter:
    """Sets text in stacks of fonts.

    Attributes
    ----------
    heading
        For headlines and badges; None for the same as everything else.
    """

    stack: FontStack
    heading: FontStack | None = None

    @property
    def digest(self) -> str:
        """Digest of all fonts."""
        return f"{self.stack.digest}-{self._stack(Style(heading=True)).digest}"

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of the fonts, the preferred first."""
        every = (*self._stack(Style(heading=True)).faces, *self.stack.faces)
        return tuple(dict.fromkeys(one.title for one in every))

    def refuse_missing(self, text: str, *, heading: bool) -> None:
        """Refuse a text of which a character is in no font.

        Raises
        ------
        GlyphsMissing
        """
        self._stack(Style(heading=heading)).runs(text)

    def width_em(self, text: str, style: Style) -> float:
        """Width of one line in ems.

        Raises
        ------
        GlyphsMissing
        """
        advance = _advance(self._stack(style).weighing(style.weight), text)
        return advance + style.tracking * max(len(text) - 1, 0)

    def lines(self, text: str, style: Style, *, width_em: float) -> tuple[str, ...] | None:
        """Break a text, line feeds kept, to a width; None if a word does not fit."""
        found: list[str] = []
        for given in text.splitlines():
            some = broken(given, width=width_em, measure=lambda one: self.width_em(one, style))
            if some is None:
                return None
            found.extend(some)
        return tuple(found)

    def ink(self, text: str, style: Style, size_px: float) -> tuple[Coverage, int, int]:
        """Draw one line; return its ink and where it lies from the pen's start on the baseline.

        Returns
        -------
        coverage
            float32 (h, w) in [0, 1], cropped to the ink.
        left_px, top_px
            Of the coverage's corner; top is negative for what rises above the baseline.
        """
        margin = int(size_px) + 2
        width = int(self.width_em(text, style) * size_px) + 2 * margin
        canvas = Image.new("L", (width, 3 * margin), 0)
        pen = ImageDraw.Draw(canvas)
        x = float(margin)
        for run in self._stack(style).weighing(style.weight).runs(text):
            font = run.face.sized(size_px)
            for part in (run.text,) if not style.tracking else run.text:
                pen.text((x, 2 * margin), part, fill=255, font=font, anchor="ls")
                x += font.getlength(part) + style.tracking * size_px
        coverage = np.asarray(canvas, np.float32) / np.float32(255)
        rows = np.flatnonzero(coverage.any(axis=1))
        if rows.size == 0:
            return np.zeros((0, 0), np.float32), 0, 0
        columns = np.flatnonzero(coverage.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        ink = coverage[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
        return ink, left - margin, top - 2 * margin

    def _stack(self, style: Style) -> FontStack:
        return self.heading if style.heading and self.heading is not None else self.stack


@lru_cache(maxsize=4096)
def _advance(stack: FontStack, text: str) -> float:
    return (
        sum(run.face.sized(_MEASURED_AT_PX).getlength(run.text) for run in stack.runs(text))
        / _MEASURED_AT_PX
    )
