"""How the camera looks at the surface: focal length, pitch, scale."""

import math

from pipelines.adopt.estimate import Estimate, Sureness

_USUAL_FOCAL_MM = 55.0
_USUAL_REACH, _REACH_SPREAD = 1.68, 0.16
"""How much farther along the surface its back edge is than the product, and the spread of the
logarithm; measured on the built-in plates: 1.5 to 2.1."""
_USUAL_PITCH_DEG, _PITCH_SPREAD_DEG = 12.0, 6.0
_USUAL_WIDTH_CM = 54.0
"""What product backdrops show across at the product: 54 cm on the built-in plates."""
_STEEPEST_DEG = 60


def focal_estimate(exif_35mm: float | None) -> Estimate:
    """Focal length for a frame 36 mm wide."""
    if exif_35mm is not None and 12 <= exif_35mm <= 200:
        return Estimate(
            name="focal length", value=float(exif_35mm), unit="mm", sureness="sure",
            why="the camera wrote it into the file", option="--focal-mm",
        )  # fmt: skip
    return Estimate(
        name="focal length", value=_USUAL_FOCAL_MM, unit="mm", sureness="guess",
        why="the file does not say; usual for product photos", option="--focal-mm",
    )  # fmt: skip


def pitch_estimate(
    back_y: float, stands_y: float, *, focal_ratio: float, aspect: float, edge: Sureness
) -> Estimate:
    """How steeply the camera looks down, from where the surface ends.

    A point of the surface that is seen d degrees below the horizon lies at height / tan(d). The
    pitch is the likeliest, given how far behind the product surfaces usually end and how product
    scenes are usually shot.

    Parameters
    ----------
    focal_ratio
        Focal length over the picture's width.
    aspect
        The picture's height over its width.
    """
    if edge == "guess":
        why = "there is no edge to tell by; a scene seen from above needs --pitch 90"
        return Estimate(name="camera pitch", value=11.0, unit="degrees", sureness="guess",
                        why=why, option="--pitch")  # fmt: skip
    back, stands = (math.atan((y - 0.5) * aspect / focal_ratio) for y in (back_y, stands_y))
    best = max(
        (step / 4 for step in range(4, 4 * _STEEPEST_DEG)),
        key=lambda deg: _likelihood(deg, back, stands),
    )
    why = "by where the surface ends, as product scenes usually are; often 3 degrees off"
    return Estimate(name="camera pitch", value=best, unit="degrees", sureness="likely",
                    why=why, option="--pitch")  # fmt: skip


def _likelihood(pitch_deg: float, back: float, stands: float) -> float:
    """Logarithm of how likely a pitch is; `back` and `stands` in radians below the axis."""
    pitch = math.radians(pitch_deg)
    reach = math.tan(min(pitch + stands, 1.55)) / max(math.tan(max(pitch + back, 0.0)), 1e-3)
    from_reach = (math.log(max(reach, 1e-3) / _USUAL_REACH) / _REACH_SPREAD) ** 2
    return -from_reach - ((pitch_deg - _USUAL_PITCH_DEG) / _PITCH_SPREAD_DEG) ** 2


def width_estimate() -> Estimate:
    """What the picture shows across where the product stands."""
    return Estimate(
        name="width shown at the product", value=_USUAL_WIDTH_CM, unit="cm", sureness="guess",
        why="a picture does not tell its scale; usual for product backdrops", option="--width-cm",
    )  # fmt: skip
