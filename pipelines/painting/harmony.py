"""What is done to a painting around the product: the contact that a painter forgot."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipelines.checks.painted_footing import SEEN_CONTACT, contact_of
from pipelines.imaging.compose import Finish, in_scene, with_rim
from pipelines.imaging.contact import gap_density
from pipelines.imaging.exposure import to_light, to_picture
from pipelines.imaging.grain import Grain, measured_grain, regrained
from pipelines.imaging.light import KeyLight, Surface
from pipelines.imaging.placement import Placed
from pipelines.painting.guard import BLEED_PX

Rgb = npt.NDArray[np.uint8]
_SOFT = KeyLight(azimuth_deg=0.0, elevation_deg=72.0, angular_diameter_deg=70.0, key_ratio=0.6)
"""Where nobody knows the light: a wide lamp above the camera, whose shadow points nowhere."""
_FROM_THE_TOP = replace(_SOFT, azimuth_deg=180.0)
"""The same for what lies flat: pictures seen from above are lit from their upper side."""
_LINE = 0.5
"""Share of light that the gap under a foot loses; the painter's own shadow takes more around it."""


def put_back(
    placed: Placed,
    background: Rgb,
    *,
    surface: Surface,
    receiving: npt.NDArray[np.float32],
    thickness_px: float | None,
    zoom: float,
    light: KeyLight | None = None,
) -> tuple[Rgb, bool]:
    """Put the product over a painting, exactly; give it a contact shadow where it has none.

    Parameters
    ----------
    background : uint8 (H, W, 3): the painting at full size, continued behind the product
    receiving : float32 (H, W) in [0, 1]: where the scene had its surface before it was painted
    zoom
        Pixels of the result per pixel that was painted.
    light
        The scene's, where it is known; else a soft one from above.

    Returns
    -------
    The picture, and whether a shadow was added.
    """
    grain = measured_grain(background)
    contact = contact_of(background, placed, surface, guard_px=round(BLEED_PX * zoom))
    if contact is not None and contact >= SEEN_CONTACT:
        return with_rim(placed, _touched(placed, background, surface, grain), grain), False
    matte = replace(surface, reflectance=0.0)
    soft = _FROM_THE_TOP if surface.lies_flat else _SOFT
    finish = Finish(grain=grain, thickness_px=thickness_px)
    shaded = in_scene(
        placed, background, light=light or soft, surface=matte, receiving=receiving, finish=finish
    )
    return shaded, True


def _touched(placed: Placed, background: Rgb, surface: Surface, grain: Grain) -> Rgb:
    """Draw the narrow dark line under the foot, which lies where the painting is not to be seen."""
    if surface.lies_flat:
        return background.copy()
    kept = np.asarray(1 - np.float32(_LINE) * gap_density(placed, surface), np.float32)
    darker = to_picture(to_light(background) * kept[..., None])
    return regrained(darker, kept, grain)
