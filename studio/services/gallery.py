"""The folder of results as a gallery: its reports, and pictures small enough for a page."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

import assets
import gpu
import pipelines
from pipelines.imaging.encode import srgb_profile
from pipelines.imaging.shrinking import shrunk
from studio.services.export import DIFFERENCE, FAILED, REPORT, make_folder, read_report, write_whole
from studio.services.image_links import Addresses

Raster = npt.NDArray[np.uint8]

PREVIEWS = ".gallery"
"""Folder of the page's pictures, beside it: a page of 40 full images would load for a minute."""
_SIDE_PX = 1000
_QUALITY = 84
_SHOWN_AS_THEY_ARE = frozenset({"RGB", "RGBA", "L"})
_SUFFIXES = (".jpg", ".webp")
_BROWSERS_SHOW = frozenset({".jpg", ".png", ".webp", ".avif"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A picture of the page: its address, seen from the page, and its size."""

    src: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One result of the folder.

    Attributes
    ----------
    href
        Address of the full image, seen from the page; "" where none could be made.
    full
        Address of what a browser can show large: the image itself, or its picture on the page.
    after, before
        The result and the photo that it was made of, where they could be drawn.
    difference
        What an edit changed in it.
    """

    stem: str
    report: Mapping[str, Any]
    href: str
    full: str
    after: Preview | None
    before: Preview | None
    difference: Preview | None = None


def entries(folder: Path) -> Iterator[Entry]:
    """Every result whose report lies in the folder: failures first, then by name."""
    for place in (folder / FAILED, folder):
        if not place.is_dir():
            continue
        for path in sorted(place.glob(f"*{REPORT}")):
            report = read_report(path)
            if report is not None:
                yield _entry(folder, path, report)


def _entry(folder: Path, path: Path, report: Mapping[str, Any]) -> Entry:
    stem = path.name.removesuffix(REPORT)
    image = path.parent / Path(str(report.get("file", ""))).name
    shown = bool(report.get("file")) and image.is_file()
    href = quote(image.relative_to(folder).as_posix()) if shown else ""
    after = _known(folder, _after(stem)) if shown else None
    in_browsers = image.suffix.lower() in _BROWSERS_SHOW
    return Entry(
        stem=stem,
        report=report,
        href=href,
        full=href if in_browsers or after is None else after.src,
        after=after,
        before=_known(folder, _before(str(report.get("source", "")))),
        difference=_shown(folder, path.parent / f"{stem}{DIFFERENCE}") if shown else None,
    )


def all_rows(queue: gpu.JobQueue, batch_id: str) -> Iterator[gpu.BatchRow]:
    """Every row of a batch, a page at a time."""
    after = -1
    while rows := queue.rows(batch_id, after=after):
        yield from rows
        after = rows[-1].number


def batch_entries(
    store: assets.AssetStore, rows: Iterable[gpu.BatchRow], *, addresses: Addresses
) -> list[Entry]:
    """The finished rows of a batch as a server shows them: failures first, then by number."""
    told = [_row_entry(store, row, addresses) for row in rows if row.result or row.failure]
    return sorted(told, key=lambda one: bool(one.report.get("passed")))


def _row_entry(store: assets.AssetStore, row: gpu.BatchRow, addresses: Addresses) -> Entry:
    if row.result is None:
        why = row.failure.message if row.failure is not None else ""
        error = {"name": row.label, "passed": False, "error": why, "checks": []}
        return Entry(stem=str(row.number), report=error, href="", full="", after=None, before=None)
    report = {**row.result["report"], "name": row.label}
    made = str(row.result["asset"])
    return Entry(
        stem=str(row.number),
        report=report,
        href=addresses.url(made),
        full=addresses.url(made, format_name="webp"),
        after=_served(store, made, addresses),
        before=_served(store, str(report.get("source", "")), addresses),
    )


def _served(store: assets.AssetStore, digest: str, addresses: Addresses) -> Preview | None:
    try:
        asset = store.record(digest).asset
    except assets.AssetError:
        return None
    width = min(_SIDE_PX, asset.width_px)
    return Preview(
        src=addresses.url(digest, width_px=width, format_name="webp"),
        width_px=width,
        height_px=max(1, round(asset.height_px * width / asset.width_px)),
    )


def draw_result(
    store: assets.AssetStore, folder: Path, *, stem: str, asset: str, raster: Raster | None = None
) -> None:
    """Draw the page's picture of a result.

    Parameters
    ----------
    raster : uint8 (H, W, 3) or (H, W, 4), what the asset shows; None where it is to be decoded

    Raises
    ------
    OutputUnwritable, assets.AssetError
    """
    small = _small(store, asset) if raster is None else _drawn(raster, srgb_profile())
    _keep(folder, _after(stem), *small)


def draw_source(store: assets.AssetStore, folder: Path, source: str) -> None:
    """Draw the page's picture of a photo, once for all that is made of it.

    Raises
    ------
    OutputUnwritable, assets.AssetError
    """
    if source and _known(folder, _before(source)) is None:
        _keep(folder, _before(source), *_small(store, source))


def _after(stem: str) -> str:
    return f"after-{stem}"


def _before(source: str) -> str:
    return f"before-{source[:16]}"


def _known(folder: Path, name: str) -> Preview | None:
    shown = (_shown(folder, folder / PREVIEWS / f"{name}{suffix}") for suffix in _SUFFIXES)
    return next((one for one in shown if one is not None), None)


def _shown(folder: Path, path: Path) -> Preview | None:
    try:
        with Image.open(path) as image:
            size = image.size
    except (OSError, ValueError):
        return None
    src = quote(path.relative_to(folder).as_posix())
    return Preview(src=src, width_px=size[0], height_px=size[1])


def _keep(folder: Path, name: str, data: bytes, suffix: str) -> None:
    make_folder(folder / PREVIEWS)
    for each in _SUFFIXES:
        if each != suffix:
            (folder / PREVIEWS / f"{name}{each}").unlink(missing_ok=True)
    write_whole(folder / PREVIEWS / f"{name}{suffix}", data)


def _small(store: assets.AssetStore, digest: str) -> tuple[bytes, str]:
    data = store.read(digest)
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.mode in _SHOWN_AS_THEY_ARE:
                return _shrunk(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        pass  # renders, and camera formats that Pillow alone does not know
    if store.record(digest).asset.media_type == assets.EXR_MEDIA_TYPE:
        return _shrunk(_rendered(data))
    # Print colours and 16 bits too: the store knows how to show them.
    rendition = store.rendition(digest, width_px=_SIDE_PX, media_type="image/jpeg")
    return store.read(rendition.asset.digest), ".jpg"


def _rendered(data: bytes) -> Image.Image:
    """A 3D render in linear light as a display shows it."""
    source = pipelines.decode(data, name="render")
    colours = Image.fromarray(source.rgb)
    if source.alpha is not None:
        colours.putalpha(Image.fromarray((source.alpha * 255 + 0.5).astype("uint8")))
    return colours


def _shrunk(image: Image.Image) -> tuple[bytes, str]:
    """Shrink as fast as looks good: 10 ms for 2,000 px; with alpha 70, of which 40 to decode."""
    share = _SIDE_PX / max(image.size)
    smaller = max(1, int(image.width * share)), max(1, int(image.height * share))
    image.draft("RGB", smaller)  # JPEG is decoded at a fraction of its size
    profile = image.info.get("icc_profile")
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "RGBA":
        # Pillow's shrinking takes twice as long as decoding, since it weighs every pixel by alpha.
        return _drawn(np.asarray(image), profile)
    image.thumbnail((_SIDE_PX, _SIDE_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _written(image.convert("RGB"), profile)


def _drawn(raster: Raster, profile: bytes | None) -> tuple[bytes, str]:
    return _written(Image.fromarray(shrunk(raster, _SIDE_PX)), profile)


def _written(small: Image.Image, profile: bytes | None) -> tuple[bytes, str]:
    out = io.BytesIO()
    if small.mode == "RGBA":
        small.save(
            out, "WEBP", quality=_QUALITY, alpha_quality=_QUALITY, method=0, icc_profile=profile
        )
        return out.getvalue(), ".webp"
    small.save(out, "JPEG", quality=_QUALITY, icc_profile=profile)
    return out.getvalue(), ".jpg"
