"""From untrusted bytes to an upright sRGB picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from pipelines.errors import ObjectNotFound
from pipelines.imaging import exr
from pipelines.imaging.deep_png import is_deep_png, read_deep_png
from pipelines.imaging.file_colour import srgb_of
from pipelines.imaging.gamma import exponent_of, table_of, words_for
from pipelines.imaging.jpeg import jpeg_pixels
from pipelines.imaging.opening import DecodeLimits, load, open_within, too_small, transparent
from pipelines.imaging.view import View, shown

_ORIENTATION = 0x0112
"""The EXIF tag; 1 is upright."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceImage:
    """An upright sRGB picture and what was done to make it one.

    Attributes
    ----------
    rgb
        uint8 (H, W, 3), sRGB.
    alpha
        float32 (H, W) in [0, 1] where the file carried a real alpha channel, else None.
    format
        Pillow's name of the file's format by content, such as ``JPEG``; ``EXR`` for OpenEXR.
    shadow
        float32 (H, W) in [0, 1]: share of light that the product's own shadow leaves, where the
        file has such a pass.
    mixed
        bool (H, W): partly covered pixels whose colour holds more than the product; None where
        alpha came with straight colour.
    notes
        What a user should know: "colours converted from Adobe RGB", "turned upright by EXIF".
    """

    rgb: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.float32] | None
    format: str
    notes: tuple[str, ...]
    shadow: npt.NDArray[np.float32] | None = None
    mixed: npt.NDArray[np.bool_] | None = None

    @property
    def rendered(self) -> bool:
        """Whether the file can only come from a renderer."""
        return self.format == "EXR"

    @property
    def height_px(self) -> int:
        """Height after EXIF rotation."""
        return int(self.rgb.shape[0])

    @property
    def width_px(self) -> int:
        """Width after EXIF rotation."""
        return int(self.rgb.shape[1])


_WORTH_TELLING = 0.0005
"""Share of a picture that is clipped before a report says so."""
_DEFAULT_LIMITS = DecodeLimits()
_DEFAULT_VIEW = View()


def decode(
    data: bytes,
    *,
    name: str,
    limits: DecodeLimits = _DEFAULT_LIMITS,
    view: View = _DEFAULT_VIEW,
    objects: Sequence[str] = (),
) -> SourceImage:
    """Decode one picture; every refusal names the file, the limit and the fix.

    Parameters
    ----------
    view
        How the linear light of an OpenEXR file is shown; other formats are display light already.
    objects
        Names or ids of the things in an OpenEXR file that are the product.

    Raises
    ------
    ImageUnreadable, ImageTooLarge, ImageTooSmall, ImageAnimated, ImageTransparent, ObjectNotFound,
    ExtraMissing
    """
    if data.startswith(exr.MAGIC):
        return _decode_exr(data, name=name, limits=limits, view=view, objects=objects)
    if objects:
        raise ObjectNotFound(
            name=name,
            fact=f"no object '{objects[0]}': only OpenEXR files say what is what",
            fix="leave --object out, or draw the product with --mask",
        )
    image = open_within(data, limits, name=name)
    notes: list[str] = []
    pixels = jpeg_pixels(image, data, notes)
    if pixels is None:
        load(image, name=name)
    elif _as_it_lies(image):
        return SourceImage(rgb=pixels, alpha=None, format="JPEG", notes=())
    upright = image if pixels is None else _with_info(pixels, image)
    if _is_turned(upright):
        upright = ImageOps.exif_transpose(upright)
        notes.append("turned upright by its EXIF orientation")
    deep = _deep(image, data, name=name, notes=notes)
    upright, alpha = deep or (upright, _alpha_of(upright, name=name))
    rgb = srgb_of(upright, notes)
    return SourceImage(rgb=rgb, alpha=alpha, format=image.format or "unknown", notes=tuple(notes))


def _decode_exr(
    data: bytes, *, name: str, limits: DecodeLimits, view: View, objects: Sequence[str]
) -> SourceImage:
    found = exr.read_exr(
        data,
        name=name,
        most_pixels=limits.max_pixels,
        most_side_px=limits.max_side_px,
        objects=objects,
    )
    height, width = found.rgb_linear.shape[:2]
    if min(height, width) < limits.min_side_px:
        raise too_small(name, f"{width:,} x {height:,} px", limits)
    alpha = found.alpha
    if alpha is not None and not alpha.any():
        raise transparent(name)
    if alpha is not None and float(alpha.min()) == 1.0:
        alpha = None
    clipped = (found.rgb_linear.max(axis=-1) * 2.0**view.exposure_ev > 1.001) & (
        True if alpha is None else alpha > 0
    )
    notes = [*found.notes, f"linear light shown by the {view.words()}"]
    if clipped.mean() >= _WORTH_TELLING:
        notes.append(f"{clipped.mean():.1%} of the picture is brighter than white")
    return SourceImage(
        rgb=shown(found.rgb_linear, view, chromaticities=found.chromaticities),
        alpha=alpha,
        format="EXR",
        notes=tuple(notes),
        shadow=found.shadow,
        mixed=found.mixed,
    )


def _deep(
    image: Image.Image, data: bytes, *, name: str, notes: list[str]
) -> tuple[Image.Image, npt.NDArray[np.float32] | None] | None:
    """A PNG of 16 bits with its own colour profile still to be applied; None for any other."""
    if not is_deep_png(data) or notes:
        return None
    exponent = exponent_of(image)
    table = None if exponent is None else table_of(exponent, bits=16)
    found = read_deep_png(data, table=table)
    if found is None:
        return None
    rgb, alpha = found
    if alpha is not None and not alpha.any():
        raise transparent(name)
    colours = _with_info(rgb, image)
    colours.info.pop("gamma", None)
    if exponent is not None:
        notes.append(words_for(exponent))
    notes.append("16 bits a channel, rounded to 8")
    return colours, None if alpha is not None and float(alpha.min()) == 1 else alpha


def _as_it_lies(image: Image.Image) -> bool:
    """Whether a picture is upright and in sRGB, so that its pixels are not to be touched."""
    return not _is_turned(image) and not image.info.get("icc_profile")


def _is_turned(image: Image.Image) -> bool:
    return bool(image.getexif().get(_ORIENTATION, 1) != 1)


def _with_info(pixels: npt.NDArray[np.uint8], image: Image.Image) -> Image.Image:
    """Pixels with what their file says of them, such as profile and orientation."""
    known = Image.fromarray(pixels)
    known.info.update(image.info)
    return known


def _alpha_of(image: Image.Image, *, name: str) -> npt.NDArray[np.float32] | None:
    if not image.has_transparency_data:
        return None
    alpha8 = np.asarray(image.convert("RGBA").getchannel("A"))
    if not alpha8.any():
        raise transparent(name)
    if alpha8.min() == 255:
        return None
    return alpha8.astype(np.float32) / np.float32(255)
