"""Finding the product in a fifth of the time, wherever that finds the same."""

from collections.abc import Sequence

from pipelines.matting.consensus import (
    Consensus,
    Floats,
    Look,
    Matter,
    QuickMatter,
    Rgb,
    look,
    look_in_full,
)
from pipelines.matting.guidance import Guidance
from pipelines.matting.soft import soft_outline

_CERTAIN = 0.97
"""Two quick looks that overlap this much are as good as two exact ones. Of 56 pictures with known
alpha 30 pass by a glance and one look, five more by two looks; the worst loses 0.001 of IoU, the
five gain, and so does the mean. Between 0.94 and 0.97 some would lose 0.02, and below 0.9 parts of
products vanish. Of 66 that their product fills 26 pass by a glance and one look, four more by a
look in the size of exact ones: three of those lose 0.0005 to 0.0007, the fourth gains 0.002."""
_NO_GUIDANCE = Guidance()


def find_product(
    rgb: Rgb, matters: Sequence[Matter], guidance: Guidance = _NO_GUIDANCE
) -> Consensus | None:
    """Look quickly where every model can, and exactly where that leaves a doubt.

    A glance at the whole and a look at the product come first; where they differ, the glance is
    too coarse or one of them is wrong, and a look at the whole in its place tells. A product that
    fills the picture was looked at so: it is looked at in the size of exact looks, which is
    another picture to a network. Fur is always looked at exactly: its outline is as soft as the
    model says it is.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    """
    quick = [matter.quick for matter in matters if matter.quick is not None]
    if len(quick) < len(matters):
        return look(rgb, matters, guidance)
    glances = [_once(matter) for matter in quick]
    found = look(rgb, quick, guidance, glances=glances)
    if found is not None and not _is_certain(found):
        again = look_in_full(rgb, found, guidance)
        filled = again is found
        resized = [matter.resized for matter in quick]
        found = look(rgb, resized, guidance, glances=glances) if filled else again
    if found is not None and _is_certain(found):
        return found
    return look(rgb, matters, guidance)


def _once(matter: QuickMatter) -> Look:
    """A matter's glance at a picture, remembered for whoever asks again."""
    seen: list[Floats] = []

    def glance(rgb: Rgb) -> Floats:
        if not seen:
            seen.append(matter.glance(rgb))
        return seen[0]

    return glance


def _is_certain(found: Consensus) -> bool:
    agreed = found.agreement is not None and found.agreement >= _CERTAIN
    return agreed and soft_outline(found) is None
