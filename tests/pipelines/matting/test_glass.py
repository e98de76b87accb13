"""Clear glass: what is behind it is taken out, what is its own stays."""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.cutout import Cutout
from pipelines.matting.glass import see_through

TINT = np.array([0.85, 0.75, 0.8])
BODY, CAP, LABEL = np.s_[80:220, 100:200], np.s_[40:80, 125:175], np.s_[130:180, 120:180]


def _bottle() -> tuple[npt.NDArray[np.uint8], Cutout]:
    """A tinted body with a label under a black cap, before a wall that darkens downwards."""
    wall = np.linspace(220, 150, 260)[:, None, None] * np.array([1.0, 0.97, 0.92])
    picture = np.broadcast_to(wall, (260, 300, 3)).copy()
    picture[BODY] *= TINT
    picture[LABEL] = 252
    picture[CAP] = 20
    alpha = np.zeros((260, 300), np.float32)
    alpha[BODY] = alpha[CAP] = 1
    rgb = (picture + 0.5).astype(np.uint8)
    return rgb, Cutout(rgb=rgb, alpha=alpha)


def test_the_body_is_clear_and_cap_and_label_are_solid() -> None:
    rgb, cutout = _bottle()
    freed = see_through(rgb, cutout)
    assert freed.alpha[90:120, 110:190].max() < 0.4
    assert freed.alpha[45:75, 130:170].min() > 0.98
    assert freed.alpha[135:175, 125:175].mean() > 0.9
    assert freed.alpha[:, :95].max() == 0


def test_over_what_was_behind_it_the_glass_looks_as_it_was_photographed() -> None:
    rgb, cutout = _bottle()
    freed = see_through(rgb, cutout)
    inside = np.s_[90:120, 110:190]
    behind = rgb[90:120, 20:21].astype(np.float32)
    share = freed.alpha[inside][..., None]
    shown = freed.rgb[inside] * share + behind * (1 - share)
    assert np.abs(shown - rgb[inside]).max() < 8


def test_solid_parts_keep_their_bytes() -> None:
    rgb, cutout = _bottle()
    solid = np.zeros(rgb.shape[:2], bool)
    solid[BODY] = True
    freed = see_through(rgb, cutout, solid)
    assert freed.alpha[82:218, 102:198].min() == 1
    assert np.array_equal(freed.rgb[BODY], rgb[BODY])
