"""Between the picture of a scene and the light in it.

Film, cameras and view transforms compress highlights, so that a bright surface loses less of its
look in a shadow than of its light. With a shoulder of the form d = s / (1 + s), where d is what a
picture shows in linear values and s the light, s is the odds d / (1 - d). Shadows and mirror
images are reckoned in s.
"""

import numpy as np
import numpy.typing as npt

from pipelines.imaging.colour import to_linear, to_srgb

Array = npt.NDArray[np.float32]

_BRIGHTEST = 0.97
"""A picture's white hides how bright it was; odds of 32 are five stops above middle grey."""
_SHOWN = np.minimum(to_linear(np.arange(256, dtype=np.uint8)), np.float32(_BRIGHTEST))
_LIGHT = (_SHOWN / (1 - _SHOWN)).astype(np.float32)


def to_light(rgb_srgb: npt.NDArray[np.uint8]) -> Array:
    """Light that a picture shows, float32, 1 where the picture's linear value is one half."""
    return np.asarray(_LIGHT[rgb_srgb], dtype=np.float32)


def to_picture(light: Array) -> npt.NDArray[np.uint8]:
    """Return the picture of light, uint8 sRGB; the inverse of `to_light` below the brightest.

    >>> import numpy as np
    >>> values = np.arange(250, dtype=np.uint8)
    >>> bool((to_picture(to_light(values)) == values).all())
    True
    """
    return to_srgb(np.asarray(light / (1 + light), dtype=np.float32))


def contrast_kept(before: Array, after: Array, passed: Array) -> Array:
    """How much of a picture's fine contrast, grain for one, is left where its light was changed.

    Less light does not always mean less contrast: a highlight that falls off the shoulder into a
    shadow gains some.

    Parameters
    ----------
    before, after : float32, one channel of light each, of one shape
    passed
        float32: share of the light before that is in the light after; the rest was added.

    Returns float32, 1 where nothing changed: ``passed`` times the ratio of slopes of the encoded
    picture over light, the sRGB curve taken for the power 0.417 of s / (1 + s).
    """
    first, last = (np.maximum(one, 1e-4) for one in (before, after))
    slopes = [np.power(s / (1 + s), 0.417) / (s * (1 + s)) for s in (first, last)]
    return np.asarray(passed * slopes[1] / slopes[0], dtype=np.float32)
