"""OpenEXR files: sizes from the header first, then colour, alpha and the passes that we use.

Colours are linear light, premultiplied by alpha, as the format says. What a renderer leaves out of
range (no number, infinite, negative) is made harmless here and told.
"""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import ExtraMissing, ImageTooLarge, ImageUnreadable
from pipelines.imaging.cryptomatte import Layer, layers_in
from pipelines.imaging.exr_layers import Layout, laid_out
from pipelines.imaging.exr_objects import choose
from pipelines.imaging.exr_window import Window

MAGIC = b"\x76\x2f\x31\x01"
_MOST_CHANNELS = 256
_MOST_BYTES = 3 << 30
"""Of all channels as they lie in memory; 64 megapixels with twelve float channels."""
_MOST_LIGHT = 65504.0
"""The largest half: brighter is a fault of the renderer, or the sun itself."""
_NOISE = 1.3
"""Above 1, yet no more than a path tracer's and a denoiser's own noise in alpha and shadow."""
_DEEP = {"deepscanline", "deeptile"}

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What an EXR file holds for us, in the frame of its display window.

    Attributes
    ----------
    rgb_linear
        float32 (H, W, 3), at least 0, straight where there is alpha; scene-linear.
    alpha
        float32 (H, W) in [0, 1], or None.
    shadow
        float32 (H, W) in [0, 1], share of light that the product's shadow leaves, or None.
    chromaticities
        x and y of red, green, blue and white; None for those of Rec. 709.
    notes
        What a user should know.
    mixed
        bool (H, W): partly covered pixels whose colour holds things other than the chosen ones;
        None where none were chosen.
    """

    rgb_linear: Plane
    alpha: Plane | None
    shadow: Plane | None
    chromaticities: tuple[float, ...] | None
    notes: tuple[str, ...]
    mixed: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What a file's headers say."""

    window: Window
    layout: Layout
    header: Mapping[str, Any]
    matte: tuple[Layer, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every pass, for people; the ranks of one layer of ids count as one."""
        ranks = {rank: one.name for one in self.matte for rank in one.ranks}
        return tuple(dict.fromkeys(ranks.get(name, name) for name in self.layout.names))


def read_exr(
    data: bytes,
    *,
    name: str,
    most_pixels: int,
    most_side_px: int,
    objects: Sequence[str] = (),
) -> Rendered:
    """Read an EXR file; nothing is decoded before its header was held against the limits.

    Parameters
    ----------
    objects
        Names or ids of the things that are the product; none takes the file's own alpha.

    Raises
    ------
    ExtraMissing, ImageUnreadable, ImageTooLarge, ObjectNotFound
    """
    file = _looked_at(data, name=name, most_pixels=most_pixels, most_side_px=most_side_px)
    layout = file.layout
    ids = tuple(key for one in file.matte for key in one.channels) if objects else ()
    planes = _pixels(data, (*layout.wanted, *ids), name=name)
    framed = {key: file.window.framed(plane) for key, plane in planes.items()}
    notes: list[str] = [f"layers: {', '.join(file.names)}"] if len(file.names) > 1 else []
    rgb = np.dstack([_sane(framed[one], notes, what="colour") for one in layout.colour])
    index = None if layout.ids is None else framed[layout.ids]
    alpha, mixed = None, None
    if layout.alpha is not None:
        alpha = _share(framed[layout.alpha], notes, what="alpha")
        rgb = _straight(rgb, alpha)
    if objects:
        chosen = choose(
            objects, name=name, layers=file.matte, planes=framed, index=index, film=alpha
        )
        alpha, mixed = chosen.alpha, chosen.mixed
        notes.append(chosen.note)
    elif alpha is not None and index is not None:
        alpha = _of_objects(alpha, index, notes)
    shadow: Plane | None = None
    if layout.shadow:
        passes = [_share(framed[one], notes, what="shadow") for one in layout.shadow]
        shadow = np.asarray(np.mean(passes, axis=0), dtype=np.float32)
    return Rendered(
        rgb_linear=rgb,
        alpha=alpha,
        shadow=shadow,
        chromaticities=_chromaticities(file.header),
        notes=tuple(dict.fromkeys(notes)),
        mixed=mixed,
    )


def _looked_at(data: bytes, *, name: str, most_pixels: int, most_side_px: int) -> _File:
    parts = _open(data, name=name, header_only=True)
    header = parts[0].header
    if any(_kind(part.header) in _DEEP for part in parts):
        raise _unreadable(name, "deep EXR (several samples a pixel)", "export it flat")
    window = _window(header, name=name)
    height, width = window.size
    count = sum(len(part.header["channels"]) for part in parts)
    size = f"{width:,} x {height:,} px, {count} channels"
    too_wide = max(height, width) > most_side_px or window.pixels > most_pixels
    if too_wide or count > _MOST_CHANNELS or window.pixels * count * 4 > _MOST_BYTES:
        raise ImageTooLarge(
            name=name,
            fact=f"{size} is more than the limit of {most_pixels // 1_000_000} megapixels, "
            f"{most_side_px:,} px a side and {_MOST_BYTES >> 30} GiB unpacked",
            fix="render it smaller, or export fewer passes",
        )
    named = [(_part_name(part, parts), _channel_names(part, name)) for part in parts]
    layout = laid_out(named)
    if layout is None:
        shown = ", ".join(one for _, names in named for one in names[:8])
        fix = "export a layer with channels R, G, B and A"
        raise _unreadable(name, f"no colour layer among its channels ({shown})", fix)
    matte = layers_in([part.header for part in parts], [names for _, names in named])
    return _File(window=window, layout=layout, header=header, matte=matte)


def _pixels(data: bytes, wanted: Sequence[str], *, name: str) -> dict[str, Plane]:
    parts = _open(data, name=name, header_only=False)
    found: dict[str, Plane] = {}
    for key in dict.fromkeys(wanted):
        part, _, channel = key.partition(":")
        # Of a damaged part the library leaves the pixels out, or the part itself.
        channels = parts[int(part)].channels if int(part) < len(parts) else {}
        pixels = channels[channel].pixels if channel in channels else None
        if pixels is None:
            raise _unreadable(name, "the EXR data is cut off or damaged", "copy or render it again")
        found[key] = np.asarray(pixels, dtype=np.float32)
    return found


def _open(data: bytes, *, name: str, header_only: bool) -> list[Any]:
    try:
        import OpenEXR
    except ImportError as fault:
        raise ExtraMissing(what="EXR files", extra="exr") from fault
    try:
        # The library prints its warnings, and stdout is for what programs read.
        with contextlib.redirect_stdout(io.StringIO()):
            file = OpenEXR.File(io.BytesIO(data), separate_channels=True, header_only=header_only)
    except (RuntimeError, ValueError, TypeError, MemoryError) as fault:
        raise _unreadable(name, f"its EXR data is damaged ({fault})", "render it again") from fault
    return list(file.parts)


def _window(header: Mapping[str, Any], *, name: str) -> Window:
    data, display = (
        tuple(int(value) for corner in header[key] for value in corner)
        for key in ("dataWindow", "displayWindow")
    )
    window = Window(data=data, display=display)  # type: ignore[arg-type]  # two corners of two
    if not window.whole():
        raise _unreadable(name, "its header describes an empty picture", "render it again")
    return window


def _kind(header: Mapping[str, Any]) -> str:
    kind = header.get("type")
    return str(getattr(kind, "name", kind))


def _part_name(part: Any, parts: list[Any]) -> str:
    return str(part.header.get("name", "")) if len(parts) > 1 else ""


def _channel_names(part: Any, name: str) -> list[str]:
    for channel in part.header["channels"]:
        if (channel.xSampling, channel.ySampling) != (1, 1):
            raise _unreadable(
                name, f"channel {channel.name} has fewer pixels than others", "export RGBA"
            )
    return [str(channel.name) for channel in part.header["channels"]]


def _unreadable(name: str, fact: str, fix: str) -> ImageUnreadable:
    return ImageUnreadable(name=name, fact=fact, fix=fix)


def _sane(plane: Plane, notes: list[str], *, what: str) -> Plane:
    """At least 0, at most the largest half; no number becomes 0."""
    odd = int(np.count_nonzero(~np.isfinite(plane)))
    if odd:
        notes.append(f"{what}: {odd:,} values were no number or infinite, and were replaced")
    return np.clip(np.nan_to_num(plane, nan=0.0, posinf=_MOST_LIGHT, neginf=0.0), 0, _MOST_LIGHT)


def _share(plane: Plane, notes: list[str], *, what: str) -> Plane:
    sane = _sane(plane, notes, what=what)
    if sane.size and float(sane.max()) > _NOISE:
        notes.append(f"{what}: values above 1 were taken as 1")
    return np.minimum(sane, np.float32(1))


def _of_objects(alpha: Plane, ids: Plane, notes: list[str]) -> Plane:
    """Alpha without what belongs to no object, such as the shadow that a catcher leaves in it."""
    inside = (np.nan_to_num(ids) > 0.5).astype(np.uint8)
    # Ids have hard edges; the soft edge of the object lies within a pixel of them.
    near = cv2.dilate(inside, np.ones((3, 3), np.uint8)) > 0
    if not near.any():
        return alpha
    outside = float(alpha[~near].sum())
    if outside > 0:
        notes.append("alpha that belongs to no object by its id was left out")
    return np.where(near, alpha, np.float32(0)).astype(np.float32)


def _straight(rgb: Plane, alpha: Plane) -> Plane:
    """Divide by alpha; where there is next to none, the colour means nothing."""
    weight = np.maximum(alpha, np.float32(1 / 1024))[..., None]
    return np.where(alpha[..., None] > 1 / 1024, rgb / weight, rgb).astype(np.float32)


def _chromaticities(header: Mapping[str, Any]) -> tuple[float, ...] | None:
    values = header.get("chromaticities")
    return None if values is None else tuple(float(one) for one in values)
