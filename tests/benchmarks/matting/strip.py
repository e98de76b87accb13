"""A cutout beside its truth, to see what the numbers mean."""

import numpy as np
from PIL import Image

from tests.benchmarks.matting.metrics import MAGENTA, Alpha, Colour

_PANEL_PX = 480


def draw_strip(
    photo: Image.Image, found: tuple[Colour, Alpha], wanted: tuple[Colour | None, Alpha]
) -> Image.Image:
    """Photo, truth on magenta, cutout on magenta, error: red what was lost, blue what is too much.

    Where the true colours are not known, the truth is shown in the photo's.
    """
    plain = photo.convert("RGB")
    colour, alpha = wanted
    true_colour = np.asarray(plain, np.float32) if colour is None else colour
    panels = [
        plain,
        _picture(_on_magenta(true_colour, alpha)),
        _picture(_on_magenta(*found)),
        _picture(error_colours(found[1], alpha)),
    ]
    scale = _PANEL_PX / max(plain.size)
    size = (round(plain.width * scale), round(plain.height * scale))
    strip = Image.new("RGB", (size[0] * len(panels), size[1]))
    for k, panel in enumerate(panels):
        strip.paste(panel.resize(size, Image.Resampling.LANCZOS), (k * size[0], 0))
    return strip


def error_colours(found: Alpha, wanted: Alpha) -> Colour:
    """White where alpha is right, red where product was lost, blue where background was kept."""
    off = (found - wanted)[..., None]
    lost = np.clip(-off, 0, 1) * np.array([0, 255, 255], np.float32)
    kept = np.clip(off, 0, 1) * np.array([255, 255, 0], np.float32)
    return np.asarray(255 - lost - kept, np.float32)


def _on_magenta(colour: Colour, alpha: Alpha) -> Colour:
    share = alpha[..., None]
    return np.asarray(colour * share + np.asarray(MAGENTA, np.float32) * (1 - share), np.float32)


def _picture(rgb: Colour) -> Image.Image:
    return Image.fromarray(np.round(rgb).clip(0, 255).astype(np.uint8))
