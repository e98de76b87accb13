"""The frame's size and the product's place in it: what was asked for, within a channel's rules."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from pipelines.errors import RecipeInvalid
from pipelines.imaging.angles import Extent
from pipelines.imaging.cutout import Box, Cutout
from pipelines.imaging.framing import Margins, Spot, find_spot, largest_side
from pipelines.presets import Preset
from pipelines.report import Check, noted
from pipelines.spec import FrameParams
from pipelines.spec.angles import SetParams
from pipelines.spec.frame import LARGEST_PX, SMALLEST_PX, exact_size, margins_of, shape_of

_DEFAULT_SIDE_PX = 2000
_DEFAULT_LEAST_PX = 500
_DEFAULT_FILL = 0.85
_LEAST_ROOM = 0.05
"""Share of a side that margins in px must leave to the product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A frame and a product's place in it.

    Attributes
    ----------
    frame_px
        Width and height.
    whole
        The place of the box by which it was laid out: the product's own, or that of its set.
    cut_sides
        Sides on which the photo cuts the product off; there it lies on the frame's edge.
    notes
        What was asked for and could not be had, and why.
    """

    frame_px: tuple[int, int]
    spot: Spot
    whole: Spot
    cut_sides: tuple[str, ...] = ()
    notes: tuple[Check, ...] = ()


def lay_out(
    cutout: Cutout,
    params: FrameParams,
    rules: Preset | None,
    *,
    most_enlargement: float,
    among: Extent | None = None,
) -> Layout:
    """Choose frame and place.

    Parameters
    ----------
    most_enlargement
        How far the source may be enlarged where nobody asked for a size.
    among
        In px of the source, what all products of the picture fit into; None where it is one.

    Raises
    ------
    RecipeInvalid : the margins leave no room in a frame of this size
    """
    shared = among or params.shared_extent
    box = shared or cutout.box
    cut = cutout.touching() if params.snap and shared is None else ()
    shape = _shape(params, rules)
    margins, fill_notes = _margins(params, rules)
    sharp = largest_side(
        box,
        ratio=shape,
        margins=margins.without(cut),
        enlargement=most_enlargement / params.set_finer,
    )
    frame, frame_notes = _frame(params, rules, shape, int(sharp))
    _refuse_no_room(params, margins, frame)
    weight_at = (0.5, 0.5) if shared else _weight_at(cutout, cutout.box)

    def spot_with(kept: Margins) -> Spot:
        return find_spot(box, frame_px=frame, margins=kept, align=params.align, cut_sides=cut,
                         weight_at=weight_at)  # fmt: skip

    spot = spot_with(margins)
    fill = max(box.width_px * spot.scale / frame[0], box.height_px * spot.scale / frame[1])
    allowed = _allowed_fill(rules, fill)
    if params.margin and not cut and rules is not None and allowed != fill:
        spot = spot_with(Margins.around(allowed))
        fill_notes = (_overruled(rules, "margin", f"fill {allowed:g}", f"{params.margin}"),)
    notes = (*frame_notes, *fill_notes, *_snapped(spot, cut), *told_of_set(params, spot.scale))
    own = _own_place(cutout, shared, spot)
    return Layout(frame_px=frame, spot=own, whole=spot, cut_sides=cut, notes=notes)


def told_of_set(params: SetParams, scale: float) -> tuple[Check, ...]:
    """What a picture's report says of its set; nothing where it has none."""
    shared = params.shared_extent
    if shared is None:
        return ()
    width, height = shared.width_px * scale, shared.height_px * scale
    said = (
        f"one of {params.set_size}: one scale, {scale * params.set_finer:.3f} px per px of the "
        f"coarsest photo, and one baseline; the widest and the tallest of them fill {width:.0f} x "
        f"{height:.0f} px"
    )
    return (noted("set", said),)


def _own_place(cutout: Cutout, shared: Extent | None, spot: Spot) -> Spot:
    """Where a picture's own product goes in the place that its set was given."""
    if shared is None:
        return spot
    # The row below the product is rounded, not its top: the baseline must not waver by a pixel.
    ground = round(spot.top_px + (cutout.box.bottom - shared.top) * spot.scale)
    height = max(1, round(cutout.box.height_px * spot.scale))
    left = round(spot.left_px + (cutout.box.left - shared.left) * spot.scale)
    return replace(spot, left_px=left, top_px=ground - height)


def _shape(params: FrameParams, rules: Preset | None) -> tuple[float, float]:
    if rules is not None and rules.exact_size is not None:
        return float(rules.exact_size[0]), float(rules.exact_size[1])
    return shape_of(params.ratio)


def _margins(params: FrameParams, rules: Preset | None) -> tuple[Margins, tuple[Check, ...]]:
    if params.margin:
        return margins_of(params.margin), ()
    target = rules.fill_target if rules is not None else _DEFAULT_FILL
    fill = _allowed_fill(rules, params.fill or target)
    if rules is None or not params.fill or fill == params.fill:
        return Margins.around(fill), ()
    return Margins.around(fill), (_overruled(rules, "fill", f"{fill:g}", f"{params.fill:g}"),)


def _allowed_fill(rules: Preset | None, fill: float) -> float:
    """The nearest fill that a channel allows; a rounded edge of a pixel breaks no rule."""
    bound = rules.fill if rules is not None else None
    if bound is None or bound.holds(round(fill, 3)):
        return fill
    low, high = bound.min or 0.0, bound.max or 1.0
    return min(max(fill, low), high)


def _frame(
    params: FrameParams, rules: Preset | None, shape: tuple[float, float], sharp_px: int
) -> tuple[tuple[int, int], tuple[Check, ...]]:
    asked = exact_size(params.ratio)
    longer = max(asked) if asked else params.size_px
    if rules is not None and rules.exact_size is not None:
        return rules.exact_size, _fixed(rules, rules.exact_size, params, longer)
    least, recommended, most = _sides(rules, shape)
    chosen = longer or max(least, min(recommended, sharp_px))
    side = min(max(chosen, least if rules is not None else SMALLEST_PX), most)
    frame = asked if asked and side == longer else _of_side(side, shape)
    if rules is not None and longer and side != longer:
        return frame, (_overruled(rules, "size", _px(frame), _asked(params)),)
    return frame, ()


def _fixed(
    rules: Preset, size: tuple[int, int], params: FrameParams, longer_px: int
) -> tuple[Check, ...]:
    """Say so where another shape or size was asked for than the only one that a channel takes."""
    across, along = shape_of(params.ratio)
    same_shape = not params.ratio or across * size[1] == along * size[0]
    if same_shape and longer_px in (0, max(size)):
        return ()
    return (_overruled(rules, "size", _px(size), _asked(params)),)


def _asked(params: FrameParams) -> str:
    size = f"{params.size_px} px" if params.size_px else ""
    return ", ".join(part for part in (size, params.ratio) if part)


def _sides(rules: Preset | None, shape: tuple[float, float]) -> tuple[int, int, int]:
    """Least, recommended and largest longer side, in px, of a frame of this shape."""
    if rules is None:
        return _DEFAULT_LEAST_PX, _DEFAULT_SIDE_PX, LARGEST_PX
    unequal = max(shape) / min(shape)
    least, most = float(rules.least_side_px), float(LARGEST_PX)
    recommended = float(rules.side_px)
    if rules.longest_side is None and rules.shortest_side is not None:
        least, recommended = least * unequal, recommended * unequal
    for bound, stretch in ((rules.longest_side, 1.0), (rules.shortest_side, unequal)):
        if bound is not None and bound.max is not None:
            most = min(most, bound.max * stretch)
    if rules.max_pixels is not None:
        most = min(most, float(np.sqrt(rules.max_pixels * unequal)))
    return int(np.ceil(least)), int(min(max(recommended, least), most)), int(most)


def _of_side(side: int, shape: tuple[float, float]) -> tuple[int, int]:
    longer = max(shape)
    return max(1, round(side * shape[0] / longer)), max(1, round(side * shape[1] / longer))


def _refuse_no_room(params: FrameParams, margins: Margins, frame: tuple[int, int]) -> None:
    taken = (
        (margins.left.of(frame[0]) + margins.right.of(frame[0])) / frame[0],
        (margins.top.of(frame[1]) + margins.bottom.of(frame[1])) / frame[1],
    )
    if max(taken) > 1 - _LEAST_ROOM:
        limit = f"leaves no room for the product in {_px(frame)}"
        raise RecipeInvalid(field="margin", value=params.margin, limit=limit)


def _weight_at(cutout: Cutout, box: Box) -> tuple[float, float]:
    """Middle of the product's area, as shares of its box."""
    alpha = cutout.alpha[box.top : box.bottom, box.left : box.right]
    total = max(float(alpha.sum()), 1e-6)
    across = float(alpha.sum(axis=0) @ np.arange(0.5, box.width_px)) / total / box.width_px
    along = float(alpha.sum(axis=1) @ np.arange(0.5, box.height_px)) / total / box.height_px
    return across, along


def _snapped(spot: Spot, cut: Collection[str]) -> tuple[Check, ...]:
    if not cut:
        return ()
    sides = ", ".join(cut)
    if spot.reached:
        return (noted("snapped", f"put to the frame's {sides}, where the photo cuts it off"),)
    return (noted("snapped", f"cut off at {sides}: it cannot reach both edges and fit the frame"),)


def _overruled(rules: Preset, what: str, made: str, asked: str) -> Check:
    return noted(what, f"{made}, not {asked}: a rule of {rules.name}")


def _px(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} px"
