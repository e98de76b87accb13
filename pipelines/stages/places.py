"""Where on a template's surface a product goes: the ways of naming a place."""

import math
from collections.abc import Callable, Iterator
from itertools import product as pairs

import numpy as np

from pipelines.errors import RecipeInvalid
from pipelines.library import Anchor, Template
from pipelines.spec import SceneParams
from pipelines.spec.placing import AUTOMATIC_PLACES

_ON_SURFACE = 0.95
"""Share of the ground under a product that must be the surface that carries it."""
_SAME_PLACE = 0.09
"""Shares of the plate: places nearer than this to each other look the same."""
_ACROSS = {"left": -0.19, "right": 0.19}
_NEARER = {"front": 0.055, "back": -0.045}
"""Shares of the plate by which a position in words lies off the best place."""
_FOOT_SHARE = 0.6
"""Width of the ground that is looked at, over the box that a product may fill."""


Stands = Callable[[Anchor], bool]


def _anywhere(spot: Anchor) -> bool:  # noqa: ARG001 - what is asked of every `Stands`
    return True


def find_place(template: Template, params: SceneParams, *, stands: Stands = _anywhere) -> Anchor:
    """Find the place that a recipe names.

    Parameters
    ----------
    stands
        Whether the surface carries the product at a place: one that is not named by its
        coordinates is looked for where it does.

    Raises
    ------
    RecipeInvalid : there is no such place
    """
    match params.mode:
        case "custom":
            return template.spot(params.x, params.y, name=f"{params.x:g}, {params.y:g}")
        case "position":
            return in_words(template, params.position, stands=stands)
        case "automatic":
            return _picked(template, params.pick, stands)
        case _:
            return template.anchor(params.anchor)


def in_words(template: Template, words: str, *, stands: Stands = _anywhere) -> Anchor:
    """Return the place nearest to what words say, where the surface really is."""
    best = template.anchor()
    parts = words.split("-")
    x = best.x + sum(_ACROSS.get(part, 0.0) for part in parts)
    y = best.y + sum(_NEARER.get(part, 0.0) for part in parts)
    for anchor in template.anchors:
        if math.hypot(anchor.x - x, anchor.y - y) < _SAME_PLACE / 2:
            return anchor
    spots = [template.spot(x, y, name=words), *_grid(template, name=words)]
    on_surface = [spot for spot in spots if carried(template, spot) >= _ON_SURFACE]
    on_surface.sort(key=lambda one: math.hypot(one.x - x, 2 * (one.y - y)))
    return next((spot for spot in on_surface if stands(spot)), [*on_surface, best][0])


def automatic(template: Template, *, stands: Stands = _anywhere) -> tuple[Anchor, ...]:
    """Return good places, the best first, none like another: the template's own, then others.

    Those at which the product does not stand come last, so that a number names a place all the
    same; the report says what is wrong with it.
    """
    spots = [*template.anchors, *sorted(_grid(template), key=_plainness(template))]
    chosen: list[Anchor] = []
    for wanted in (stands, _anywhere):
        for spot in spots:
            if len(chosen) == AUTOMATIC_PLACES:
                return tuple(chosen)
            apart = all(math.hypot(spot.x - one.x, spot.y - one.y) >= _SAME_PLACE for one in chosen)
            good = spot in template.anchors or carried(template, spot) >= _ON_SURFACE
            if apart and good and wanted(spot):
                chosen.append(spot)
    return tuple(chosen)


def carried(
    template: Template, spot: Anchor, *, half_width: float = 0.0, front: float = 0.0
) -> float:
    """Share of the ground under a product that is the surface, [0, 1].

    Parameters
    ----------
    half_width
        Of the product's foot, as a share of the plate's width; 0 takes it from the place's box.
    front
        How far below its place the product reaches, as a share of the plate's height, where that
        is more than the foot of a round one of that width is deep.
    """
    receiving = template.receiving()
    height, width = receiving.shape
    half = max((half_width or spot.max_width * _FOOT_SHARE / 2) * width, 2.0)
    flat = max(template.surface_at(spot).foreshortening, 0.15)
    depth = max(half * flat * 0.8, front * height, 2.0)
    rows = slice(max(0, int(spot.y * height - depth)), int(spot.y * height + depth) + 1)
    columns = slice(max(0, int(spot.x * width - half)), int(spot.x * width + half) + 1)
    ground = receiving[rows, columns]
    if ground.size == 0:
        return 0.0
    y, x = np.ogrid[-1 : 1 : ground.shape[0] * 1j, -1 : 1 : ground.shape[1] * 1j]
    return float(ground[x * x + y * y <= 1].mean())


def _picked(template: Template, pick: int, stands: Stands) -> Anchor:
    # As many as there are for any product: whoever asks for all of them knows no product.
    places = list(dict.fromkeys([*automatic(template, stands=stands), *automatic(template)]))
    if pick > len(places):
        limit = f"'{template.name}' has {len(places)} automatic places"
        raise RecipeInvalid(field="pick", value=pick, limit=limit)
    return places[pick - 1]


def _grid(template: Template, *, name: str = "") -> Iterator[Anchor]:
    for column, row in pairs(range(20, 81, 5), range(50, 93, 2)):
        x, y = column / 100, row / 100
        try:
            spot = template.spot(x, y, name=name or f"{x:g}, {y:g}")
        except RecipeInvalid:
            continue
        if min(spot.max_width, spot.max_height) > 0.12:
            yield spot


def _plainness(template: Template) -> Callable[[Anchor], float]:
    """Order places by how near they are to the best one's row and to the thirds of the picture."""
    best = template.anchor()
    return lambda spot: 1.4 * abs(spot.y - best.y) + abs(abs(spot.x - 0.5) - 0.17)
