"""From scene-linear light to what a display shows: primaries, exposure, and a stated tone curve."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_srgb

Tone = Literal["standard", "soft"]
Plane = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

_KNEE = 0.8
"""Of display light: below it the soft curve is the standard one, above it lights roll off."""
_REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How linear light is shown.

    Attributes
    ----------
    tone
        ``standard``: sRGB's own curve, 1.0 is white and brighter is clipped. ``soft``: the same up
        to 0.8, then 0.8 + 0.2 (1 - exp(-(x - 0.8) / 0.2)), which never clips.
    exposure_ev
        Stops added before the curve.
    """

    tone: Tone = "standard"
    exposure_ev: float = 0.0

    def words(self) -> str:
        """The curve as a report states it."""
        curve = {
            "standard": "sRGB curve (IEC 61966-2-1), 1.0 is white",
            "soft": f"sRGB curve, lights above {_KNEE:g} rolled off",
        }[self.tone]
        return f"{curve}, {self.exposure_ev:+g} EV" if self.exposure_ev else curve


def shown(
    rgb_linear: Plane, view: View, *, chromaticities: tuple[float, ...] | None = None
) -> npt.NDArray[np.uint8]:
    """Show linear light on an sRGB display, uint8 (H, W, 3).

    Parameters
    ----------
    rgb_linear : float32 (H, W, 3), at least 0, straight
    chromaticities
        x and y of red, green, blue and white of the light's primaries; None for Rec. 709.
    """
    light = rgb_linear
    if chromaticities is not None and not np.allclose(chromaticities, _REC709, atol=2e-3):
        matrix = to_rec709(chromaticities).astype(np.float32)
        light = np.maximum(light @ matrix.T, 0)
    light = light * np.float32(2.0**view.exposure_ev)
    if view.tone == "soft":
        over = np.maximum(light - np.float32(_KNEE), 0)
        rolled = _KNEE + (1 - _KNEE) * (1 - np.exp(-over / np.float32(1 - _KNEE)))
        light = np.where(light > _KNEE, rolled, light).astype(np.float32)
    return to_srgb(light)


def to_rec709(chromaticities: tuple[float, ...]) -> Matrix:
    """Matrix from a space of given primaries and white to Rec. 709, whites matched by Bradford.

    References
    ----------
    SMPTE RP 177 (primaries to XYZ); Lam 1985 (Bradford)

    >>> import numpy as np
    >>> bool(np.allclose(to_rec709(_REC709), np.eye(3)))
    True
    """
    source, target = _to_xyz(chromaticities), _to_xyz(_REC709)
    cones_from = _BRADFORD @ _xyz(*chromaticities[6:])
    cones_to = _BRADFORD @ _xyz(*_REC709[6:])
    adapt = np.linalg.inv(_BRADFORD) @ np.diag(cones_to / cones_from) @ _BRADFORD
    return np.asarray(np.linalg.inv(target) @ adapt @ source)


def _to_xyz(chromaticities: tuple[float, ...]) -> Matrix:
    primaries = np.stack([_xyz(*chromaticities[at : at + 2]) for at in (0, 2, 4)], axis=1)
    scale = np.linalg.solve(primaries, _xyz(*chromaticities[6:]))
    return np.asarray(primaries * scale)


def _xyz(x: float, y: float) -> Matrix:
    return np.array([x / y, 1.0, (1 - x - y) / y])
