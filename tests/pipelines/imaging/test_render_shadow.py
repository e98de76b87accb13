"""A render's shadow pass on white: its depth as given, its noise nowhere."""

import numpy as np
import pytest

from pipelines.imaging.render_shadow import FLOOR, render_shadow


def test_deep_shadow_is_used_as_given_and_noise_is_none() -> None:
    noise = np.random.default_rng(3).normal(0, 0.006, (300, 300))
    kept = np.clip(0.985 + noise, 0, 1).astype(np.float32)
    kept[120:220, 60:240] = 0.4
    loss = render_shadow(kept).loss
    assert loss[170, 150] == pytest.approx((0.6 - FLOOR) / (1 - FLOOR), abs=1e-3)
    assert (loss[:90] == 0).all()
    assert (loss[250:] == 0).all()


def test_no_shadow_is_none() -> None:
    assert not render_shadow(np.ones((80, 80), np.float32)).loss.any()


def test_a_faint_patch_by_itself_is_left_out_one_in_a_shadow_stays() -> None:
    kept = np.ones((300, 300), np.float32)
    kept[20:60, 20:60] = 0.95  # takes 3% beyond the floor, nowhere more
    kept[150:250, 100:250] = 0.95
    kept[180:220, 150:200] = 0.5
    loss = render_shadow(kept).loss
    assert loss[40, 40] == 0
    assert loss[160, 120] > 0.02
