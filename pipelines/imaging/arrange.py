"""Where several products stand in relation to each other, before anyone knows where in a frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipelines.imaging.angles import Extent
from pipelines.imaging.light import Surface

_COVERED = 0.12
"""Share of the narrower one's width by which a nearer product hides a farther one: labels mostly
stay free."""
_DEPTH = 0.55
"""How much nearer the front row of a group stands, over the mean width of its products."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A product as arranging sees it, scaled as it would stand at the place itself.

    Attributes
    ----------
    width_px, height_px
        Of its box.
    base_px
        Rows between the middle of its base and its lower edge; half its height where it lies.
    """

    width_px: float
    height_px: float
    base_px: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """Where a product stands, in px at the place.

    Attributes
    ----------
    box
        In the picture; x grows to the right, y downwards, and (0, 0) is the place.
    size
        How large it looks there, 1 at the place itself.
    nearer_px
        How much nearer to the camera than the place, along the surface.
    """

    box: Extent
    size: float
    nearer_px: float


def arranged(
    bodies: Sequence[Body],
    surface: Surface,
    *,
    how: Literal["row", "group"],
    spacing: float,
    place_x: float = 0.0,
) -> tuple[Stood, ...]:
    """Stand products on a surface, in the order from left to right in which they are given.

    Parameters
    ----------
    spacing
        Room between neighbours of a row, over their mean width.
    place_x
        Column of the place in the picture, for what runs towards the camera's axis.
    """
    lying = surface.lies_flat
    rows = [list(range(len(bodies)))]
    if how == "group" and len(bodies) > 1 and not lying:
        rows = _two_rows(bodies)
    middles = _middles(bodies, rows, spacing=spacing)
    mean_px = sum(one.width_px for one in bodies) / len(bodies)
    depth = _DEPTH * mean_px if len(rows) > 1 else 0.0
    front = set(rows[-1]) if len(rows) > 1 else set()
    return tuple(
        _stood(one, x, depth / 2 * (1 if number in front else -1 if depth else 0), surface, place_x)
        for number, (one, x) in enumerate(zip(bodies, middles, strict=True))
    )


def extent_of_all(stood: Sequence[Stood]) -> Extent:
    """Return the smallest box that holds all."""
    return Extent(
        left=min(one.box.left for one in stood),
        top=min(one.box.top for one in stood),
        right=max(one.box.right for one in stood),
        bottom=max(one.box.bottom for one in stood),
    )


def far_to_near(stood: Sequence[Stood]) -> list[int]:
    """Order in which products are painted: nearer ones cover farther ones."""
    return sorted(range(len(stood)), key=lambda one: stood[one].nearer_px)


def _two_rows(bodies: Sequence[Body]) -> list[list[int]]:
    """The tallest behind, at least half of them; both rows keep the order that was given."""
    tallest = sorted(range(len(bodies)), key=lambda one: (-bodies[one].height_px, one))
    behind = tallest[: max(1, len(bodies) // 2)]
    return [sorted(behind), sorted(set(range(len(bodies))) - set(behind))]


def _middles(bodies: Sequence[Body], rows: list[list[int]], *, spacing: float) -> list[float]:
    """Columns of the products' middles around 0, in the order of the bodies."""
    if len(rows) == 1:
        mean = sum(one.width_px for one in bodies) / len(bodies)
        found = _side_by_side(bodies, rows[0], gaps=[spacing * mean] * len(bodies))
    else:
        found = _in_two_rows(bodies, rows[0], rows[1])
    left = min(x - bodies[one].width_px / 2 for one, x in found.items())
    right = max(x + bodies[one].width_px / 2 for one, x in found.items())
    return [found[one] - (left + right) / 2 for one in range(len(bodies))]


def _in_two_rows(bodies: Sequence[Body], behind: list[int], before: list[int]) -> dict[int, float]:
    """The narrowest of those before stand in the gaps behind, the others outside in turn."""
    by_width = sorted(before, key=lambda one: bodies[one].width_px)
    within, outside = by_width[: len(behind) - 1], by_width[len(behind) - 1 :]
    gaps = [
        bodies[one].width_px - _hidden(bodies, one, behind[k]) - _hidden(bodies, one, behind[k + 1])
        for k, one in enumerate(within)
    ]
    found = _side_by_side(bodies, behind, gaps=gaps)
    for k, one in enumerate(within):
        left = found[behind[k]] + bodies[behind[k]].width_px / 2 - _hidden(bodies, one, behind[k])
        found[one] = left + bodies[one].width_px / 2
    right_most, left_most = behind[-1], behind[0]
    for number, one in enumerate(outside):
        half = bodies[one].width_px / 2
        if number % 2 == 0:
            edge = found[right_most] + bodies[right_most].width_px / 2
            found[one] = edge + half - _hidden(bodies, one, right_most)
            right_most = one
        else:
            edge = found[left_most] - bodies[left_most].width_px / 2
            found[one] = edge - half + _hidden(bodies, one, left_most)
            left_most = one
    return found


def _hidden(bodies: Sequence[Body], one: int, other: int) -> float:
    """Columns by which two products that stand at different depths overlap."""
    return _COVERED * min(bodies[one].width_px, bodies[other].width_px)


def _side_by_side(
    bodies: Sequence[Body], row: Sequence[int], *, gaps: Sequence[float]
) -> dict[int, float]:
    """Columns of the middles; `gaps` has one for each but the last."""
    found, at = {}, 0.0
    for number, one in enumerate(row):
        found[one] = at + bodies[one].width_px / 2
        at += bodies[one].width_px + (gaps[number] if number < len(gaps) else 0.0)
    return found


def _stood(body: Body, middle: float, nearer: float, surface: Surface, place_x: float) -> Stood:
    size = surface.size_at(-nearer)
    x = surface.across(place_x + middle, size) - place_x
    ground = nearer * surface.foreshortening * size + body.base_px * size
    return Stood(
        box=Extent(
            left=x - body.width_px * size / 2,
            top=ground - body.height_px * size,
            right=x + body.width_px * size / 2,
            bottom=ground,
        ),
        size=size,
        nearer_px=nearer,
    )
