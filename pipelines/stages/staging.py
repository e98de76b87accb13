"""A product at its place in the result: how large, and what part of the plate is shown with it."""

from dataclasses import dataclass, replace
from functools import cache

from pipelines.imaging.crop import Size, View, around, like_source, of_ratio, whole
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed, place
from pipelines.library import Anchor, Template
from pipelines.report import Check, judged, noted
from pipelines.spec import SceneParams
from pipelines.spec.frame import exact_size, shape_of
from pipelines.stages.layout import told_of_set
from pipelines.stages.places import carried, find_place
from pipelines.stages.sizing import Subject, in_its_set, room_at, scale_at, subject_of

_FLAT_THICKNESS = 0.04
"""Of a product's longer side: a folded garment, which is what mostly lies flat."""
_ON_SURFACE = 0.85
"""Share of the ground under a product; depth maps are uncertain at a surface's edge."""
_ROOM, _WELL_CARRIED = 1.3, 0.95
"""Times the foot that a surface shall hold at a place that is chosen for the product, and share of
it: what bulges out above its foot would be seen to hang over a podium's edge."""
_MOST_ENLARGED = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A product at its place in the result.

    Attributes
    ----------
    surface
        In the result's pixels.
    thickness_px
        Height above the surface of a product that lies flat; None for one that stands.
    scale
        Result pixels per source pixel.
    corner_px, whole_px
        Left upper corner, width and height of the box by which it was staged.
    """

    placed: Placed
    template: Template
    spot: Anchor
    view: View
    size_px: Size
    surface: Surface
    thickness_px: float | None
    scale: float
    corner_px: tuple[float, float]
    whole_px: tuple[float, float]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pose:
    """A place, plate pixels per source pixel, and the part of the plate that is shown."""

    spot: Anchor
    scale: float
    view: View
    checks: tuple[Check, ...]


def stage(cutout: Cutout, template: Template, params: SceneParams) -> Staged:
    """Place a product by a recipe's parameters.

    Raises
    ------
    RecipeInvalid : the template has no such place
    """

    @cache
    def subject_at(spot: Anchor) -> Subject:
        surface = template.surface_at(spot)
        return in_its_set(subject_of(cutout, surface), params.shared_extent, surface)

    def stands(spot: Anchor) -> bool:
        usual = subject_at(template.anchor())
        pose = _at_its_place(usual, template, spot, params)
        spot, half, front = _foot(usual, pose, template)
        return carried(template, spot, half_width=_ROOM * half, front=front) >= _WELL_CARRIED

    spot = find_place(template, params, stands=stands)
    return staged_at(spot, subject_at(spot), template, params)


def staged_at(spot: Anchor, subject: Subject, template: Template, params: SceneParams) -> Staged:
    """Place what a subject stands for at a place of the template."""
    posed = _as_in_the_photo if params.mode == "original" else _at_its_place
    pose = _padded(posed(subject, template, spot, params), subject, template, params)
    size_px = exact_size(params.ratio) or pose.view.sized(params.size_px)
    zoom = size_px[0] / pose.view.width_px
    surface = template.surface_at(pose.spot)
    left, top, right, bottom = _box_on_plate(subject, pose, template)
    return Staged(
        placed=_put(subject, pose, template, size_px),
        template=template,
        spot=pose.spot,
        view=pose.view,
        size_px=size_px,
        surface=replace(
            surface,
            distance_px=surface.distance_px * zoom,
            axis_px=(surface.axis_px - pose.view.left) * zoom,
        ),
        thickness_px=_thickness(subject, pose, params, zoom),
        scale=pose.scale * zoom,
        corner_px=((left - pose.view.left) * zoom, (top - pose.view.top) * zoom),
        whole_px=((right - left) * zoom, (bottom - top) * zoom),
        checks=(
            *pose.checks,
            *told_of_set(params, pose.scale * zoom),
            _on_surface(subject, pose, template),
            *_plate_enlarged(zoom),
        ),
    )


def _at_its_place(subject: Subject, template: Template, spot: Anchor, params: SceneParams) -> _Pose:
    plate_px, ratio = _plate_px(template), _ratio(params)
    view = whole(plate_px)
    if ratio is not None and params.margins is None:
        view = of_ratio(plate_px, ratio, (spot.x, spot.y))
    room = room_at(spot, view, plate_px, subject)
    scale, checks = scale_at(subject, spot, params, room, template.surface_at(spot))
    return _Pose(spot=spot, scale=scale, view=view, checks=checks)


def _as_in_the_photo(
    subject: Subject, template: Template, spot: Anchor, params: SceneParams
) -> _Pose:
    """Keep the product's place and size in its photo; the scene is cropped to make that true."""
    box = subject.box
    tall, wide = subject.cutout.alpha.shape
    plate_px = _plate_px(template)
    wanted = ((box.left + box.right) / 2 / wide, (box.top + subject.pivot) / tall)
    view = like_source(plate_px, _ratio(params) or wide / tall, (spot.x, spot.y), wanted)
    x = (view.left + wanted[0] * view.width_px) / plate_px[0]
    y = (view.top + wanted[1] * view.height_px) / plate_px[1]
    share = f"{box.width_px / wide:.2f} x {box.height_px / tall:.2f}"
    return _Pose(
        spot=replace(spot, name=f"{x:.2f}, {y:.2f} as in the photo", x=x, y=y),
        scale=min(view.width_px / wide, view.height_px / tall),
        view=view,
        checks=(noted("scale", f"{share} of the frame, as in the photo"),),
    )


def _padded(pose: _Pose, subject: Subject, template: Template, params: SceneParams) -> _Pose:
    """Show only so much around the product, where padding is asked for."""
    if params.margins is None:
        return pose
    size = params.size_px or max(exact_size(params.ratio) or (0, 0))
    view, inside = around(
        _plate_px(template), _box_on_plate(subject, pose, template), params.margins,
        ratio=_ratio(params), longer_px=size,
    )  # fmt: skip
    note = () if inside else (noted("padding", "less than asked for: the scene ends before it"),)
    return replace(pose, view=view, checks=(*pose.checks, *note))


def _box_on_plate(
    subject: Subject, pose: _Pose, template: Template
) -> tuple[float, float, float, float]:
    width, height = (side * pose.scale for side in subject.box_px)
    left = pose.spot.x * template.width_px - width / 2
    top = pose.spot.y * template.height_px - subject.pivot * pose.scale
    return left, top, left + width, top + height


def _put(subject: Subject, pose: _Pose, template: Template, size_px: Size) -> Placed:
    zoom = size_px[0] / pose.view.width_px
    left, top, _, _ = _box_on_plate(subject, pose, template)
    own, box = subject.cutout.box, subject.box
    middle = left + ((own.left + own.right) / 2 - box.left) * pose.scale
    return place(
        subject.cutout,
        frame_px=size_px,
        scale=pose.scale * zoom,
        centre_x_px=(middle - pose.view.left) * zoom,
        ground_px=round((top + (own.bottom - box.top) * pose.scale - pose.view.top) * zoom),
    )


def _thickness(subject: Subject, pose: _Pose, params: SceneParams, zoom: float) -> float | None:
    if not subject.flat:
        return None
    if params.thickness_cm:
        return params.thickness_cm * pose.spot.px_per_cm * zoom
    return _FLAT_THICKNESS * max(subject.box_px) * pose.scale * zoom


def _plate_px(template: Template) -> Size:
    return template.width_px, template.height_px


def _ratio(params: SceneParams) -> float | None:
    if not params.ratio:
        return None
    width, height = shape_of(params.ratio)
    return width / height


def _on_surface(subject: Subject, pose: _Pose, template: Template) -> Check:
    return surface_check(template, *_foot(subject, pose, template))


def _foot(subject: Subject, pose: _Pose, template: Template) -> tuple[Anchor, float, float]:
    """Where the foot is on the plate, and how far it reaches to the side and front, as shares."""
    left = _box_on_plate(subject, pose, template)[0]
    x = (left + (subject.foot_x - subject.box.left) * pose.scale) / template.width_px
    half = subject.foot_px * pose.scale / template.width_px / 2
    below = 0.0 if subject.flat else subject.box_px[1] - subject.pivot
    return replace(pose.spot, x=x), half, below * pose.scale / template.height_px


def surface_check(template: Template, spot: Anchor, half_width: float, front: float = 0.0) -> Check:
    """Judge whether the template's surface carries a foot, given as to `carried`."""
    share = carried(template, spot, half_width=half_width, front=front)
    best = template.anchor()
    return judged(
        "on the surface",
        passed=share >= _ON_SURFACE,
        value=f"{share:.0%} of the ground under the product",
        limit=f"at least {_ON_SURFACE:.0%} carries it",
        fix=f"make it smaller, choose a place near {best.x:.2f}, {best.y:.2f}, or another scene",
    )


def _plate_enlarged(zoom: float) -> tuple[Check, ...]:
    if zoom <= _MOST_ENLARGED:
        return ()
    return (noted("scene", f"its picture was enlarged {zoom:.1f} times and looks soft"),)
