"""More pixels for a product whose photo is too small, where the recipe allows a network."""

from dataclasses import dataclass

from pipelines.imaging.cutout import Cutout
from pipelines.report import Check, judged, noted
from pipelines.spec.enlarge import EnlargeParams
from pipelines.stages.sharpness import SHARP_ENLARGEMENT
from pipelines.stages.shot import Studio
from pipelines.upscale import Fidelity, enlarge
from pipelines.upscale.enlarge import LARGEST_PX

_FACTOR = 4.0
_NOTHING_GAINED = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Finer:
    """A product with more pixels, or none where its own are enough.

    Attributes
    ----------
    by
        The network; "" where none was used.
    most
        How far the photo may be enlarged so.
    """

    cutout: Cutout | None = None
    by: str = ""
    most: float = SHARP_ENLARGEMENT
    checks: tuple[Check, ...] = ()


def most_enlargement(params: EnlargeParams) -> float:
    """How far a photo may be enlarged where nobody asked for a size."""
    return SHARP_ENLARGEMENT if params.upscale == "never" else _FACTOR


def finer_cutout(cutout: Cutout, params: EnlargeParams, studio: Studio, *, scale: float) -> Finer:
    """Enlarge by the recipe's network where that is asked for and of use.

    Parameters
    ----------
    scale
        Result pixels per source pixel.
    """
    least = SHARP_ENLARGEMENT * 1.001 if params.upscale == "auto" else _NOTHING_GAINED
    if params.upscale == "never" or scale <= least:
        return Finer()
    longer = max(cutout.box.width_px, cutout.box.height_px)
    if longer > LARGEST_PX:
        why = f"not by a network: the product has {longer} px, more than {LARGEST_PX}"
        return Finer(checks=(noted("upscaling", why),))
    with studio.upscaler(params.upscaler) as upscaler:
        done = enlarge(cutout, upscaler)
        by = f"{upscaler.key} on {upscaler.device}"
        factor = float(upscaler.factor)
    return Finer(cutout=done.cutout, by=by, most=factor, checks=(_true(done.fidelity, by),))


def _true(fidelity: Fidelity, by: str) -> Check:
    return judged(
        "upscaling",
        passed=fidelity.holds,
        value=f"by {by}; shrunk again it differs from the photo by {fidelity.worst_detail:.1f} "
        f"of 255, and in a tile's mean colour by {fidelity.worst_tile:.2f}",
        limit=f"at most {fidelity.MOST_DETAIL:g} and {fidelity.MOST_TILE:g}",
        fix="use a larger photo, or --upscale never",
    )
