"""An outline is unsure where looks say different things, not where their blur differs."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Box
from pipelines.matting.certainty import unsure_outline
from pipelines.matting.consensus import Consensus

FULL = Box(left=0, top=0, right=120, bottom=120)


def _consensus(doubt: npt.NDArray[np.float32]) -> Consensus:
    probability = np.zeros((120, 120), np.float32)
    probability[20:100, 20:100] = 1
    return Consensus(
        crop=FULL,
        picture=np.zeros((120, 120, 3), np.uint8),
        probability=probability,
        outline=probability,
        agreement=1.0,
        doubt=doubt,
        model_px=2.0,
    )


def test_looks_that_agree_leave_nothing_unsure() -> None:
    unsure = unsure_outline(_consensus(np.zeros((120, 120), np.float32)))
    assert (unsure.share, unsure.where) == (0.0, "")


def test_a_part_in_dispute_is_measured_and_named() -> None:
    doubt = np.zeros((120, 120), np.float32)
    doubt[75:110, 75:110] = 1
    unsure = unsure_outline(_consensus(doubt))
    assert 0.1 < unsure.share < 0.2
    assert unsure.where == "bottom right"


def test_the_same_edge_slightly_shifted_is_no_dispute() -> None:
    doubt = np.zeros((120, 120), np.float32)
    doubt[18:22, 18:102] = 1
    assert unsure_outline(_consensus(doubt)).share == 0.0


def test_no_product_has_no_outline() -> None:
    nothing = np.zeros((120, 120), np.float32)
    empty = replace(_consensus(nothing + 1), probability=nothing, outline=nothing)
    assert unsure_outline(empty).share == 0.0
