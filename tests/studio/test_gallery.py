"""The folder of results: what failed is kept apart, and the page shows what lies there."""

import json
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from assets import AssetStore
from studio.services.export import export, read_report
from studio.services.gallery import draw_result, draw_source, entries
from tests.pipelines.making import as_bytes, product_photo
from tests.studio.results import made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of results."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_entries_come_failures_first_and_forget_what_was_deleted(
    store: AssetStore, out: Path
) -> None:
    for stem, passed in (("a", True), ("b", False), ("c", True)):
        result = made(store, passed=passed)
        export(store, result, folder=out, stem=stem)
        draw_result(store, out, stem=stem, asset=result["asset"])
        draw_source(store, out, result["report"]["source"])
    (out / "c.jpg").unlink()
    (out / "d.report.json").write_text("{}")
    (out / "e.report.json").write_text("no JSON")
    found = list(entries(out))
    assert [(one.stem, one.href) for one in found] == [
        ("b", "failed/b.jpg"),
        ("a", "a.jpg"),
        ("c", ""),
    ]
    assert found[0].after is not None
    assert found[0].after.src == ".gallery/after-b.jpg"
    assert found[0].before == found[1].before is not None
    assert found[2].after is None


def test_pictures_of_the_page_are_small_upright_and_keep_their_transparency(
    store: AssetStore, out: Path
) -> None:
    rotated = Image.Exif()
    rotated[0x0112] = 6
    photo = store.put(as_bytes(product_photo(size=(2400, 1600)), "JPEG", exif=rotated))
    draw_source(store, out, photo.digest)
    clear = np.dstack([product_photo(), np.full((260, 300), 90, np.uint8)])
    draw_result(store, out, stem="cut", asset=store.put(as_bytes(clear)).digest)
    printed = Image.new("CMYK", (1500, 900), (0, 255, 255, 0))
    printed.save(out / "press.jpg")
    draw_result(store, out, stem="press", asset=store.put((out / "press.jpg").read_bytes()).digest)
    sizes = {}
    for path in (out / ".gallery").iterdir():
        with Image.open(path) as image:
            sizes[path.name.split("-")[0] + path.suffix, path.stem.rpartition("-")[2][:5]] = (
                image.size,
                image.mode,
            )
    assert sizes.pop(("before.jpg", photo.digest[:5])) == ((667, 1000), "RGB")
    assert sizes == {
        ("after.webp", "cut"): ((300, 260), "RGBA"),
        ("after.jpg", "press"): ((1000, 600), "RGB"),
    }


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_that_is_still_there_is_drawn_as_its_file_would_be(
    store: AssetStore, out: Path, channels: int
) -> None:
    raster = product_photo(size=(1400, 1100))
    if channels == 4:
        alpha = np.zeros(raster.shape[:2], np.uint8)
        alpha[300:900, 200:1001] = 255
        raster = np.dstack([raster, alpha]) * (alpha[..., None] > 0)
    asset = store.put(as_bytes(raster)).digest
    draw_result(store, out, stem="decoded", asset=asset)
    draw_result(store, out, stem="handed", asset="0" * 64, raster=raster)
    drawn = {path.stem: path for path in (out / ".gallery").iterdir()}
    pictures = [Image.open(drawn[f"after-{stem}"]) for stem in ("decoded", "handed")]
    assert pictures[0].size == pictures[1].size
    assert pictures[0].mode == pictures[1].mode == ("RGBA" if channels == 4 else "RGB")
    assert "icc_profile" in pictures[1].info
    decoded, handed = (np.asarray(one).astype(int) for one in pictures)
    assert np.abs(decoded - handed).mean() < 1
    assert decoded.std() > 20


def test_a_report_of_another_schema_is_not_misread(out: Path) -> None:
    (out / "x.report.json").write_text(json.dumps({"schema": 99, "checks": []}))
    assert read_report(out / "x.report.json") is None
    assert list(entries(out)) == []


def test_odd_names_still_link_to_their_files(store: AssetStore, out: Path) -> None:
    result = made(store, passed=True)
    export(store, result, folder=out, stem="茶杯 50%#1")
    draw_result(store, out, stem="茶杯 50%#1", asset=result["asset"])
    (only,) = entries(out)
    assert only.href == only.full == "%E8%8C%B6%E6%9D%AF%2050%25%231.jpg"
    assert only.after is not None
    assert unquote(only.after.src) == ".gallery/after-茶杯 50%#1.jpg"


def test_what_browsers_do_not_show_is_shown_by_its_picture(store: AssetStore, out: Path) -> None:
    result = made(store, passed=True) | {"suffix": ".tif"}
    export(store, result, folder=out, stem="a")
    draw_result(store, out, stem="a", asset=result["asset"])
    (only,) = entries(out)
    assert (only.href, only.full) == ("a.tif", ".gallery/after-a.jpg")
