"""Decode the source and free the product from its background."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipelines.checks.source_quality import source_checks
from pipelines.errors import ProductNotFound
from pipelines.imaging.cutout import Box, Cutout
from pipelines.imaging.decode import SourceImage, decode
from pipelines.matting.certainty import unsure_outline
from pipelines.matting.consensus import Consensus
from pipelines.matting.edge import free_edges
from pipelines.matting.foreground import free_colours
from pipelines.matting.glass import see_through
from pipelines.matting.guidance import Guidance, drawn
from pipelines.matting.mirrored import confirmed
from pipelines.matting.quick import find_product
from pipelines.report import Check, judged, noted
from pipelines.spec import CutoutParams, Recipe, parameters
from pipelines.spec.area import area_of
from pipelines.stages.shot import Found, Shot, Studio, present

_LEAST_AGREEMENT = 0.8
"""Looks that overlap less than this disagree about what the product is, not about its edge."""
_MOST_UNSURE = 0.15
"""Share of the outline on which looks may disagree before somebody should look at it."""
_COARSE_PX = 3.0
"""Of the photo for one of the model's: from there on a hidden edge that lies off is seen."""
_ONE_LOOK = ", of one look and one at the mirror image: the product fills the picture"


@dataclass(frozen=True, slots=True)
class Decode:
    """Bytes to an upright sRGB picture."""

    name: str = "decode"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Decode under limits; what was converted is noted in the report."""
        params = shot.recipe.params
        source = decode(shot.data, name=shot.name, view=params.view, objects=params.objects)
        notes = tuple(noted("source", note) for note in source.notes)
        if params.is_render(only_renderers_write_it=source.rendered):
            notes += (noted("source kind", "3D render"),)
        return replace(shot, source=source, checks=shot.checks + notes)


@dataclass(frozen=True, slots=True)
class Matte:
    """Find the product; an alpha channel that the source brings is used as it is."""

    name: str = "matte"

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Ask the recipe's models, or take the given alpha."""
        source = present(shot.source)
        if source.alpha is not None:
            found = _given(source)
        else:
            found = studio.cutout(_key(shot.recipe), lambda: _found(shot, source, studio))
        checks = found.checks
        touching = found.cutout.touching()
        if touching:
            sides = ", ".join(touching)
            checks += (noted("cropped", f"the product is cut off at the photo's {sides}"),)
        return replace(shot, cutout=found.cutout, checks=shot.checks + checks)


@dataclass(frozen=True, slots=True)
class KeepSize:
    """A cutout is the source's own frame with the background taken away."""

    name: str = "keep size"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Make straight RGBA of the upright source's size."""
        cutout = present(shot.cutout)
        alpha = cutout.alpha8
        raster = cv2.cvtColor(cutout.rgb, cv2.COLOR_RGB2RGBA)
        raster[..., 3] = alpha
        # Nothing hides under transparent pixels.
        raster = cv2.bitwise_and(raster, raster, mask=alpha)
        return replace(shot, raster=np.asarray(raster, dtype=np.uint8))


def _given(source: SourceImage) -> Found:
    # Straight colour: even partly covered pixels carry the product's own, nothing to estimate,
    # but where other things share them.
    alpha = present(source.alpha)
    rgb = source.rgb
    if source.mixed is not None:
        rgb = np.where(source.mixed[..., None], free_colours(rgb, alpha), rgb)
    cutout = Cutout(rgb=rgb, alpha=alpha)
    return Found(cutout=cutout, checks=(noted("cutout", "alpha as given by the source"),))


def _key(recipe: Recipe) -> str:
    """Name what the cutout depends on: recipes that differ in nothing of it share one."""
    matting = [f"{one.name}={getattr(recipe.params, one.name)}" for one in parameters(CutoutParams)]
    return " ".join([recipe.source, *recipe.models, *matting])


def _guidance(shot: Shot, source: SourceImage, studio: Studio) -> Guidance:
    """Read what the user drew.

    Raises
    ------
    RecipeInvalid, ImageRefused
    """
    params, size = shot.recipe.params, (source.width_px, source.height_px)
    mask, keep, remove = (
        drawn(studio.asset(digest), field=field, width_px=size[0], height_px=size[1])
        if digest
        else None
        for field, digest in (
            ("mask", params.mask),
            ("keep", params.keep),
            ("remove", params.remove),
        )
    )
    box = None
    if params.box:
        left, top, right, bottom = area_of(params.box).within(*size)
        box = Box(left=left, top=top, right=right, bottom=bottom)
    return Guidance(mask=mask, keep=keep, remove=remove, box=box)


def _found(shot: Shot, source: SourceImage, studio: Studio) -> Found:
    guidance = _guidance(shot, source, studio)
    with studio.matters(shot.recipe.models) as matters:
        consensus = find_product(source.rgb, matters, guidance)
        if consensus is None:
            raise ProductNotFound(
                name=shot.name,
                fact="no product was found in the picture",
                fix="use a photo in which one product stands out, draw it with --mask, or give a "
                "PNG with its own alpha",
            )
        certainty = _certainty(source, consensus, guidance)
    cutout = free_edges(source.rgb, consensus)
    if not np.any(cutout.alpha > 0.5):
        raise ProductNotFound(
            name=shot.name,
            fact="only a faint trace of a product was found",
            fix="use a clearer photo, or draw the product with --mask",
        )
    ran = (f"{one.card.name}@{one.card.revision} on {one.device}" for one in consensus.matters)
    notes = [noted("cutout by", ", ".join(ran))]
    if guidance.words:
        notes.append(noted("cutout guided by", guidance.words))
    notes += [*_fineness(consensus), *source_checks(source.rgb)]
    if shot.recipe.params.glass:
        solid = None if guidance.keep is None else guidance.keep > 0.5
        cutout, whole = see_through(source.rgb, cutout, solid), cutout
        share = 1 - float(cutout.alpha.sum() / whole.alpha.sum())
        notes.append(
            noted("clear glass", f"{share:.0%} of the product lets the background through")
        )
    return Found(cutout=cutout, checks=(*notes, *certainty))


def _fineness(consensus: Consensus) -> list[Check]:
    """How far off the outline may be where looks agree and the picture hides its edge.

    Of ten photos of 2,000 px, cut out by the smallest model, 7 to 23% of the outline lay off by
    more than half of one of its pixels.
    """
    crop = consensus.crop
    finest = max(one.card.input_px for one in consensus.matters)
    pixel = max(crop.width_px, crop.height_px) / finest
    if pixel < _COARSE_PX:
        return []
    value = (
        f"one of the model's pixels is {pixel:.1f} of the photo's: where a dark shadow hides the "
        "product's edge the outline may lie off by as much, and look ragged"
    )
    if len(consensus.matters) == 1:
        value += "; --quality best sees finer"
    return [noted("outline fineness", value)]


def _certainty(source: SourceImage, consensus: Consensus, guidance: Guidance) -> tuple[Check, ...]:
    """How sure the cutout is: overall, and where it is not."""
    once = consensus.agreement is None
    consensus, agreement = confirmed(source.rgb, consensus, guidance)
    finer = "try --quality best, or " if len(consensus.matters) == 1 else ""
    overall = judged(
        "cutout certainty",
        passed=agreement >= _LEAST_AGREEMENT,
        value=f"{agreement:.3f}" + (_ONE_LOOK if once else ""),
        limit=f"at least {_LEAST_AGREEMENT:g}",
        fix=f"look at the edges; {finer}help with --mask, --keep or --remove",
    )
    unsure = unsure_outline(consensus)
    where = f"{unsure.share:.1%} of it" + (f", mostly {unsure.where}" if unsure.where else "")
    outline = judged(
        "outline unsure",
        passed=unsure.share <= _MOST_UNSURE,
        value=where,
        limit=f"at most {_MOST_UNSURE:.0%} of the outline",
        fix=f"look at the {unsure.where or 'outline'}; {finer}help with --keep or --remove",
    )
    return overall, outline
