"""Templates that look like a picture: by their colours, their composition and their texture.

No model is asked, so that the answer is the same on every computer. What stands in the middle of
the picture is likely somebody's product and counts little.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import TemplateInvalid
from pipelines.imaging.colour import to_lab
from pipelines.library.plate import read_rgb
from pipelines.library.template import Template

Rgb = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]

_WORK_PX = 144
_DIRECTIONS, _QUANTILES = 24, 33
_CELLS = 6
_MIDDLE = 0.15
"""Weight of what stands in the middle, over that of the rest."""
_BANDS = (0.8, 2.0, 5.0, 12.0)
"""Widths of blurs in working pixels; what lies between two of them is one band of texture."""
_LOOKED_AT = 60
"""Plates that are decoded for one picture, at 40 ms each: those whose palettes are closest."""
_REMEMBERED = 512
_TEXTURE_WEIGHT = 6.0
"""ΔE that a texture of e times the contrast counts as."""
_CLOSE, _LIKE = 14.0, 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a picture looks like, in numbers of about one size: ΔE (CIE76).

    Attributes
    ----------
    colours
        float32 (24, 33): quantiles of its colours along directions through CIELAB.
    layout
        float32 (6, 6, 3): mean CIELAB of each cell.
    texture
        float32 (3,): logarithm of the contrast of lightness in each band.
    """

    colours: Array
    layout: Array
    texture: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """A template and how far its plate is from a picture.

    Attributes
    ----------
    colours
        Mean ΔE by which colours must move to become the picture's (sliced Wasserstein distance).
    composition
        Mean ΔE between cells at one place, each picture's mean colour aside: where it is light,
        and where the surface ends.
    texture
        Mean difference of the logarithms of contrast.
    """

    template: Template
    colours: float
    composition: float
    texture: float

    @property
    def apart(self) -> float:
        """All three as one number, 0 for the plate itself."""
        return self.colours + 0.5 * self.composition + _TEXTURE_WEIGHT * self.texture

    @property
    def reason(self) -> str:
        """One line for people."""
        close = "close" if self.apart < _CLOSE else "alike" if self.apart < _LIKE else "far"
        return (
            f"{self.template.name} ({close}: colours ΔE {self.colours:.0f} away, light and layout "
            f"{self.composition:.0f}, texture {np.expm1(self.texture):.0%})"
        )


def closest(
    rgb: Rgb,
    templates: Iterable[Template],
    *,
    count: int,
    broken: Callable[[TemplateInvalid], None],
) -> list[Likeness]:
    """Rank templates by how much their plates look like a picture, at most `count`.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    broken
        Told of each template whose plate cannot be read: one such must not hide the others.
    """
    wanted, found = look_of(rgb), []
    for one in sorted(templates, key=lambda one: _palette_apart(wanted, one))[:_LOOKED_AT]:
        try:
            found.append(_likeness(wanted, one))
        except TemplateInvalid as fault:
            broken(fault)
    return sorted(found, key=lambda one: (one.apart, one.template.name))[:count]


def look_of(rgb: Rgb) -> Look:
    """Describe a picture, uint8 (H, W, 3)."""
    small = cv2.resize(rgb, (_WORK_PX, _WORK_PX), interpolation=cv2.INTER_AREA)
    lab, weight = to_lab(np.asarray(small, np.uint8)), _weights()
    return Look(
        colours=_quantiles(lab.reshape(-1, 3), weight.ravel()),
        layout=np.asarray(
            cv2.resize(lab * weight[..., None], (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
            / _cells(weight)[..., None],
            np.float32,
        ),
        texture=_texture(lab[..., 0], weight),
    )


def _likeness(wanted: Look, template: Template) -> Likeness:
    look = _look_of_file(template.folder / template.plate_file)
    share = _cells(_weights())
    share = share / share.sum()
    centred = [
        one.layout - (one.layout * share[..., None]).sum(axis=(0, 1)) for one in (wanted, look)
    ]
    moved = np.linalg.norm(centred[0] - centred[1], axis=-1)
    return Likeness(
        template=template,
        colours=_apart(wanted.colours, look.colours),
        composition=float((moved * share).sum()),
        texture=float(np.abs(wanted.texture - look.texture).mean()),
    )


def _palette_apart(wanted: Look, template: Template) -> float:
    """By the record's palette, which needs no plate: a few colours, most of the picture first."""
    if not template.palette:
        return float("inf")
    levels = np.array([list(bytes.fromhex(one[1:])) for one in template.palette], np.uint8)
    colours = to_lab(levels)
    weights = np.linspace(2.0, 1.0, len(colours), dtype=np.float32)
    return _apart(wanted.colours, _quantiles(colours, weights))


def _apart(first: Array, second: Array) -> float:
    # A direction sees a third of a shift's square on average: the root makes it a ΔE again.
    return float(np.abs(first - second).mean() * np.sqrt(3))


def _look_of_file(file: Path) -> Look:
    changed = file.stat().st_mtime_ns if file.is_file() else 0
    return _look_of_plate(file, changed)


@lru_cache(maxsize=_REMEMBERED)
def _look_of_plate(file: Path, _changed: int) -> Look:
    return look_of(read_rgb(file))


@lru_cache(maxsize=1)
def _weights() -> Array:
    """How much each working pixel counts, float32 (H, W): little where products stand."""
    y, x = (np.mgrid[:_WORK_PX, :_WORK_PX].astype(np.float32) + 0.5) / _WORK_PX
    away = np.hypot((x - 0.5) / 0.3, (y - 0.55) / 0.38)
    return np.asarray(_MIDDLE + (1 - _MIDDLE) * np.clip((away - 0.8) / 0.4, 0, 1), np.float32)


def _cells(weight: Array) -> Array:
    return np.asarray(cv2.resize(weight, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA))


@lru_cache(maxsize=1)
def _directions() -> Array:
    """Unit vectors spread evenly over a half sphere (Fibonacci's lattice), float32 (24, 3)."""
    number = np.arange(_DIRECTIONS) + 0.5
    up = 1 - number / _DIRECTIONS
    turn = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - up * up)
    return np.stack([up, flat * np.cos(turn), flat * np.sin(turn)], axis=1).astype(np.float32)


def _quantiles(lab: Array, weight: Array) -> Array:
    """Weighted quantiles along each direction, float32 (24, 33)."""
    wanted = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    rows = []
    for line in (lab @ _directions().T).T:
        order = np.argsort(line, kind="stable")
        below = np.cumsum(weight[order])
        rows.append(np.interp(wanted, (below - weight[order] / 2) / below[-1], line[order]))
    return np.asarray(rows, np.float32)


def _texture(lightness: Array, weight: Array) -> Array:
    blurred = [cv2.GaussianBlur(lightness, (0, 0), width) for width in _BANDS]
    bands = [fine - coarse for fine, coarse in pairwise(blurred)]
    energy = [float((weight * band * band).sum() / weight.sum()) ** 0.5 for band in bands]
    # Below half a level there is grain and compression, not texture.
    return np.log(np.maximum(energy, 0.5)).astype(np.float32)
