"""Finding the product in a third of the time, wherever that finds the same."""

from collections.abc import Sequence

from pipelines.matting.consensus import Consensus, Matter, Rgb, look
from pipelines.matting.guidance import Guidance
from pipelines.matting.soft import soft_outline

_CERTAIN = 0.97
"""A glance and a quick look that overlap this much are as good as two exact looks. Of 45 pictures
with known alpha it accepts 23, of which the worst loses 0.0036 of IoU and their mean loses nothing;
between 0.94 and 0.97 some would lose 0.02, and below 0.9 parts of products vanish."""
_NO_GUIDANCE = Guidance()


def find_product(
    rgb: Rgb, matters: Sequence[Matter], guidance: Guidance = _NO_GUIDANCE
) -> Consensus | None:
    """Look quickly where every model can, and exactly where that leaves a doubt.

    Fur is always looked at exactly: its outline is as soft as the model says it is.

    Parameters
    ----------
    rgb : uint8 (H, W, 3), sRGB
    """
    quick = [matter.quick for matter in matters if matter.quick is not None]
    if len(quick) == len(matters):
        found = look(rgb, quick, guidance, glances=[matter.glance for matter in quick])
        if found is not None and found.agreement >= _CERTAIN and soft_outline(found) is None:
            return found
    return look(rgb, matters, guidance)
