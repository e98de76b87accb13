"""Several products in one picture: found one by one, then arranged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.imaging.angles import Extent
from pipelines.imaging.arrange import Body, Stood, arranged, extent_of_all, far_to_near
from pipelines.imaging.company import merged, seen_of
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.light import Surface
from pipelines.imaging.placement import Placed, place_at
from pipelines.report import Check, noted
from pipelines.spec import FrameParams, Params, Recipe
from pipelines.spec.placing import PlacingParams
from pipelines.stages.cut import Decode, Matte
from pipelines.stages.shot import Companion, Shot, Stage, Studio, present, run_stages
from pipelines.stages.sizing import Subject, subject_of

_OF_THE_FIRST = ("mask", "keep", "remove", "box", "object", "with_sources", "sizes_cm")
"""Parameters that say something of the first product's photo alone."""


@dataclass(frozen=True, slots=True)
class Gather:
    """Decode the other products of the picture and free them from their backgrounds."""

    name: str = "gather"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Fill in the company, where the recipe names any."""
        others = companions_of(shot.recipe.params)
        if not others:
            return shot
        first = Companion(
            name="product 1", source=present(shot.source), cutout=present(shot.cutout)
        )
        company, checks = [first], list(shot.checks)
        for number, digest in enumerate(others, start=2):
            found = _found(shot, digest, f"product {number}", studio)
            one = Companion(
                name=found.name, source=present(found.source), cutout=present(found.cutout)
            )
            company.append(one)
            checks += named(found.checks, one)
        return replace(shot, company=tuple(company), checks=tuple(checks))


@dataclass(frozen=True, slots=True)
class ByNumber:
    """One step for a picture of one product, another for a picture of several."""

    alone: Stage
    together: Stage

    @property
    def name(self) -> str:
        """As a picture of one product has it."""
        return self.alone.name

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Take the step that the picture needs."""
        return (self.together if shot.company else self.alone).run(shot, studio)


def companions_of(params: Params) -> tuple[str, ...]:
    """Digests of the other products; empty where there are none."""
    return params.companions if isinstance(params, FrameParams | PlacingParams) else ()


def named(checks: Sequence[Check], one: Companion) -> list[Check]:
    """Say of which product each check speaks."""
    return [replace(check, name=f"{check.name}, {one.name}") for check in checks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Products as they stand to each other, in px of the first one's photo.

    Attributes
    ----------
    relative
        Of each product, px of the first one's photo per px of its own.
    """

    subjects: tuple[Subject, ...]
    relative: tuple[float, ...]
    stood: tuple[Stood, ...]

    @property
    def extent(self) -> Extent:
        """What all of them fit into; (0, 0) is their place."""
        return extent_of_all(self.stood)

    @property
    def whole(self) -> Subject:
        """All of them as one subject: its height in cm is still the first one's."""
        extent = self.extent
        return replace(
            self.subjects[0], box=extent, pivot=-extent.top, foot_px=extent.width_px,
            foot_x=(extent.left + extent.right) / 2,
        )  # fmt: skip

    @property
    def enlargement(self) -> float:
        """How much more than the first one's photo another is enlarged, 1 or more."""
        finest = zip(self.relative, self.stood, strict=True)
        return max(1.0, *(factor * one.size for factor, one in finest))

    def scales(self, scale: float) -> tuple[float, ...]:
        """Frame px per px of each product's own photo.

        Parameters
        ----------
        scale
            Frame px per px of the first one's photo, at the place itself.
        """
        pairs = zip(self.relative, self.stood, strict=True)
        return tuple(scale * factor * one.size for factor, one in pairs)

    def placed(
        self,
        frame_px: tuple[int, int],
        scale: float,
        corner_px: tuple[float, float],
        *,
        finer: Sequence[Cutout | None] = (),
    ) -> list[Placed]:
        """Put each into a frame.

        Parameters
        ----------
        scale
            As `scales` takes it.
        corner_px
            Left upper corner of the box of all.
        finer
            Of each product, its box with more pixels, or None.
        """
        extent, found = self.extent, []
        for number, (subject, own) in enumerate(
            zip(self.subjects, self.scales(scale), strict=True)
        ):
            box = self.stood[number].box
            height = max(1, round(subject.cutout.box.height_px * own))
            left = corner_px[0] + (box.left - extent.left) * scale
            ground = corner_px[1] + (box.bottom - extent.top) * scale
            found.append(
                place_at(
                    subject.cutout,
                    frame_px=frame_px,
                    scale=own,
                    corner_px=(round(left), round(ground) - height),
                    finer=finer[number] if finer else None,
                )
            )
        return found


def party_of(
    company: Sequence[Companion], params: FrameParams | PlacingParams, surface: Surface
) -> Party:
    """Arrange products on a surface, given in px of the first one's photo."""
    subjects = tuple(subject_of(one.cutout, surface) for one in company)
    wanted = params.heights_cm or (1.0,) * len(subjects)
    per_px = [height / one.upright_px for height, one in zip(wanted, subjects, strict=True)]
    relative = tuple(one / per_px[0] for one in per_px)
    bodies = [
        Body(
            width_px=one.box.width_px * factor,
            height_px=one.box.height_px * factor,
            base_px=(one.box.height_px - one.pivot) * factor,
        )
        for one, factor in zip(subjects, relative, strict=True)
    ]
    stood = arranged(bodies, surface, how=params.arrangement, spacing=params.spacing)
    return Party(subjects=subjects, relative=relative, stood=stood)


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Products in their frame.

    Attributes
    ----------
    company
        In the order of the recipe.
    order
        Their numbers in the order in which they are painted, far to near.
    """

    company: tuple[Companion, ...]
    order: tuple[int, ...]
    whole: Placed
    checks: tuple[Check, ...]

    def painted(self) -> list[Placed]:
        """The products far to near."""
        return [present(self.company[one].placed) for one in self.order]


def put_together(company: Sequence[Companion], party: Party, placed: Sequence[Placed]) -> Together:
    """Say of each product where it is, and how much of it is seen."""
    order = tuple(far_to_near(party.stood))
    painted = [placed[one] for one in order]
    seen = dict(zip(order, seen_of(painted), strict=True))
    standing = tuple(
        replace(one, placed=placed[number], seen=seen[number]) for number, one in enumerate(company)
    )
    return Together(
        company=standing,
        order=order,
        whole=merged(painted),
        checks=tuple(noted(one.name, _where(one)) for one in standing),
    )


def _where(one: Companion) -> str:
    height, width = present(one.placed).alpha.shape
    covered = f", {1 - one.share_seen:.0%} of it covered" if one.share_seen < 0.995 else ""
    return f"{width} x {height} px{covered}"


def _found(shot: Shot, digest: str, name: str, studio: Studio) -> Shot:
    """Another product's shot, found by the same rules, without what was said of the first one."""
    params = shot.recipe.params
    cleared: dict[str, Any] = {key: "" for key in _OF_THE_FIRST if hasattr(params, key)}
    recipe: Recipe = replace(shot.recipe, source=digest, params=replace(params, **cleared))
    other = Shot(recipe=recipe, name=name, data=studio.asset(digest), control=shot.control)
    return run_stages((Decode(), Matte()), other, studio=studio)
