"""Decode the source and free the product from its background."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.errors import ProductNotFound
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.decode import SourceImage, decode
from pipelines.matting.consensus import look
from pipelines.matting.edge import free_edges
from pipelines.report import judged, noted
from pipelines.stages.shot import Found, Shot, Studio, present

_LEAST_AGREEMENT = 0.8
"""Looks that overlap less than this disagree about what the product is, not about its edge."""


@dataclass(frozen=True, slots=True)
class Decode:
    """Bytes to an upright sRGB picture."""

    name: str = "decode"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Decode under limits; what was converted is noted in the report."""
        source = decode(shot.data, name=shot.name)
        notes = tuple(noted("source", note) for note in source.notes)
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
            key = f"{shot.recipe.source} {' '.join(shot.recipe.models)}"
            found = studio.cutout(key, lambda: _found(shot, source, studio))
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
        raster = np.dstack([cutout.rgb, cutout.alpha8])
        raster[raster[..., 3] == 0] = 0  # nothing hides under transparent pixels
        return replace(shot, raster=raster)


def _given(source: SourceImage) -> Found:
    # Straight colour: even partly covered pixels carry the product's own, nothing to estimate.
    cutout = Cutout(rgb=source.rgb, alpha=present(source.alpha))
    return Found(cutout=cutout, checks=(noted("cutout", "alpha as given by the source"),))


def _found(shot: Shot, source: SourceImage, studio: Studio) -> Found:
    with studio.matters(shot.recipe.models) as matters:
        consensus = look(source.rgb, matters)
        ran = ", ".join(f"{one.card.name}@{one.card.revision} on {one.device}" for one in matters)
    if consensus is None:
        raise ProductNotFound(
            name=shot.name,
            fact="no product was found in the picture",
            fix="use a photo in which one product stands out, or a PNG with its own alpha",
        )
    cutout = free_edges(source.rgb, consensus)
    if not np.any(cutout.alpha > 0.5):
        raise ProductNotFound(
            name=shot.name,
            fact="only a faint trace of a product was found",
            fix="use a clearer photo",
        )
    sure = judged(
        "cutout certainty",
        passed=consensus.agreement >= _LEAST_AGREEMENT,
        value=f"{consensus.agreement:.3f}",
        limit=f"at least {_LEAST_AGREEMENT:g}",
        fix="look at the edges; try --quality best, or a photo with a plainer background",
    )
    return Found(cutout=cutout, checks=(noted("cutout by", ran), sure))
