"""A second opinion on what was looked at but once: the same model, shown the mirror image.

A product in a mirror is the same product, but other numbers to a network: where it only guessed,
it guesses differently.
"""

from dataclasses import replace

import numpy as np

from pipelines.matting.consensus import Consensus, Floats, Matter, Rgb, agreement_of
from pipelines.matting.guidance import Guidance, guided
from pipelines.matting.product_area import inside, seen_in

_NO_GUIDANCE = Guidance()


def confirmed(
    rgb: Rgb, found: Consensus, guidance: Guidance = _NO_GUIDANCE
) -> tuple[Consensus, float]:
    """Tell how sure a consensus is, and where not, even one that was made of a single look.

    What several looks agreed on comes back as it is. Of 19 photos of garments that fill their
    picture 18 agree with their mirror image by 0.94 to 1.00; the one whose cutout is useless does
    by 0.03.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB, the picture that it is of

    Returns
    -------
    The consensus with its doubt known and all else unchanged, and its agreement.
    """
    if found.agreement is not None:
        return found, found.agreement
    crop, size = found.crop, found.picture.shape[1::-1]
    seen = seen_in_mirror(inside(rgb, crop), found.matters[0])
    again = guided(seen_in(seen, crop, crop, (size[0], size[1])), crop, guidance)
    looks = np.stack([found.probability, again])
    agreement = agreement_of(looks)
    doubt = np.asarray(np.ptp(looks, axis=0), dtype=np.float32)
    return replace(found, agreement=agreement, doubt=doubt), agreement


def seen_in_mirror(rgb: Rgb, matter: Matter) -> Floats:
    """What a model says of a picture's mirror image, turned back, float32 of its own size.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    """
    mirror = np.ascontiguousarray(rgb[:, ::-1])
    return np.ascontiguousarray(matter.probability(mirror)[:, ::-1])
