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


def is_mapped(rgb: Rgb, result: Rgb) -> bool:
    """Whether only levels changed: pixels that were moved or mixed have no level of their own."""
    pairs = [np.stack([rgb[..., each], result[..., each]], axis=-1) for each in range(3)]
    return all(
        len(np.unique(one.reshape(-1, 2), axis=0)) == len(np.unique(one[..., 0])) for one in pairs
    )


def test_a_drift_that_nobody_sees_is_not_resampled() -> None:
    given = painting(1.2)
    after, checks = answered(given, FREE, stays=given.kept, strength=1.0)
    assert is_mapped(given.after, after)
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


@pytest.mark.parametrize(("tint", "outcome"), [(6, "pass"), (40, "fail")])
def test_a_cast_is_taken_out_up_to_a_bound_and_refused_beyond(tint: int, outcome: str) -> None:
    given = painting(0.0)
    cast = np.clip(given.after.astype(int) + np.array([tint, 0, -tint]), 0, 255).astype(np.uint8)
    tinted = replace(given, after=cast)
    after, checks = answered(tinted, PROFILE, stays=given.kept, strength=1.0)
    assert next(one.outcome for one in checks if one.name == "colour cast") == outcome
    new = ~given.kept
    left = np.abs(after[new].astype(int) - given.after[new]).mean()
    assert (left < 0.4 * np.abs(cast[new].astype(int) - given.after[new]).mean()) == (tint == 6)
