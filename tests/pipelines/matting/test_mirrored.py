"""A single look is judged by what the same model says of the mirror image."""

import numpy as np
import pytest

from pipelines.matting.consensus import look
from pipelines.matting.mirrored import confirmed
from tests.pipelines.making import ColourMatter, product_photo

FILLED = product_photo(size=(900, 780))[180:-180, 280:-280]


def test_a_look_that_holds_in_the_mirror_is_sure_and_stays_as_it_is() -> None:
    found = look(FILLED, [ColourMatter()])
    assert found is not None
    assert found.agreement is None
    sure, agreement = confirmed(FILLED, found)
    assert agreement == pytest.approx(1, abs=0.03)
    assert np.array_equal(sure.probability, found.probability)
    assert sure.doubt.shape == found.doubt.shape


def test_what_several_looks_agreed_on_is_not_looked_at_again() -> None:
    picture = product_photo(size=(900, 780))
    found = look(picture, [ColourMatter()])
    assert found is not None
    assert confirmed(picture, found) == (found, found.agreement)
