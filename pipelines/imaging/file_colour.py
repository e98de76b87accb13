"""A file's colours, whatever it says they are, as sRGB of eight bits."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from pipelines.imaging.gamma import corrected, exponent_of, words_for

_SRGB = ImageCms.createProfile("sRGB")


def srgb_of(image: Image.Image, notes: list[str]) -> npt.NDArray[np.uint8]:
    """The pixels of a decoded picture without their alpha: uint8 (H, W, 3), sRGB.

    Parameters
    ----------
    notes : take what was converted, and what could not be
    """
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        notes.append("16-bit grey scaled to 8 bits")
        image = Image.fromarray(_eight_bit(np.asarray(image, dtype=np.float64)))
    if image.mode == "1":
        notes.append("1 bit a pixel, black and white alone: cutouts of such pictures are poor")
    exponent = exponent_of(image)
    if exponent is not None:
        notes.append(words_for(exponent))
        image = corrected(image, exponent)
    converted = _through_profile(image, notes)
    if converted.mode == "CMYK":
        notes.append("CMYK without a colour profile: colours are approximate")
    if converted.mode == "P":
        converted = converted.convert("RGBA")  # a palette's transparent entry has no RGB way out
    return np.asarray(converted if converted.mode == "RGB" else converted.convert("RGB"))


def _eight_bit(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    peak = 65535.0 if values.max() > 255 else 255.0 if values.max() > 1 else 1.0
    return np.clip(values / peak * 255.0 + 0.5, 0, 255).astype(np.uint8)


def _through_profile(image: Image.Image, notes: list[str]) -> Image.Image:
    icc = image.info.get("icc_profile")
    if not icc:
        return image
    if image.mode in {"P", "PA", "LA", "1"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        described = ImageCms.getProfileDescription(profile).strip() or "its colour profile"
        if "srgb" in described.lower():
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        result = ImageCms.profileToProfile(image, profile, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        notes.append("its colour profile is damaged and was ignored")
        return image
    notes.append(f"colours converted from {described} to sRGB")
    return image if result is None else result
