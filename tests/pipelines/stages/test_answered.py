"""A painter's answer, put in place only where somebody would see that it moved."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines.checks.painted import Painting
from pipelines.generate import Profile
from pipelines.stages.answered import answered
from tests.pipelines.painting.painters import PROFILE

Rgb = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 160, 200
FREE = replace(PROFILE, abilities=PROFILE.abilities - {"inpaint"})


def painting(shift_px: float) -> Painting:
    """Textured all over; the right third was to be painted anew, and was."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3), dtype=np.uint8)
    before = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    kept = np.zeros((HEIGHT, WIDTH), bool)
    kept[:, : 2 * WIDTH // 3] = True
    after = before.copy()
    after[~kept] = 255 - after[~kept]
    moved = np.array([[1, 0, shift_px], [0, 1, 0]], np.float32)
    after = cv2.warpAffine(after, moved, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return Painting(before=before, after=np.asarray(after, np.uint8), kept=kept, product=kept)


def test_a_drift_that_nobody_sees_is_not_resampled() -> None:
    given = painting(1.2)
    after, checks = answered(given, FREE, stays=given.kept, strength=1.0)
    assert np.array_equal(after, given.after)
    assert next(one.value for one in checks if one.name == "drift") == "none"


def test_what_moved_farther_is_put_back() -> None:
    given = painting(3.0)
    after, checks = answered(given, FREE, stays=given.kept, strength=1.0)
    inner = np.s_[10:-10, 10:100]
    apart = np.abs(after[inner].astype(int) - given.before[inner]).mean()
    assert apart < 0.3 * np.abs(given.after[inner].astype(int) - given.before[inner]).mean()
    assert "put back" in next(one.value for one in checks if one.name == "drift")


@pytest.mark.parametrize(("profile", "outcome"), [(PROFILE, "fail"), (FREE, "pass")])
def test_a_model_that_paints_in_place_has_no_reason_to_move(profile: Profile, outcome: str) -> None:
    given = painting(3.0)
    _, checks = answered(given, profile, stays=given.kept, strength=1.0)
    assert next(one.outcome for one in checks if one.name == "drift") == outcome
