"""Where the outline runs: as the models that see the most pixels draw it.

Models of unequal sight do not vote on an outline. One of 320 px knows the edge of a product of
1,000 px to three pixels, and fills the holes and gaps that it cannot see: two of its looks against
two of a model of 1,024 px make a median that is neither's. It is heard where looks disagree about
a region, if the picture's colours are on its side. Beside the vote of all, on the benchmark's ten
opaque pictures: IoU .9920 to .9929, mean error less 7%; on 25 of its hard set: IoU .925 to .942,
mean error less 35%.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines.matting.disputes import settled

Floats = npt.NDArray[np.float32]


def outlined(
    rgb: npt.NDArray[np.uint8],
    looks: Floats,
    looks_px: Sequence[int],
    probability: Floats,
    *,
    model_px: float,
) -> Floats:
    """Probability of product by the finest looks, settled by colours where others disagree.

    Parameters
    ----------
    rgb : uint8 (h, w, 3), sRGB, at the working resolution
    looks : float32 (looks, h, w), range [0, 1]
    looks_px : input size of the model that each look is of
    probability : float32 (h, w), what all looks say together; given back if all see as finely
    model_px : size of one pixel of the coarsest model in working pixels
    """
    finest = np.asarray(looks_px) == max(looks_px)
    if finest.all():
        return probability
    # The whole and the product alone count the same: close up, parts are taken for the background.
    vote = np.asarray(looks[finest].mean(axis=0), dtype=np.float32)
    return settled(rgb, looks, vote, model_px=model_px)
