"""The folder of results: what failed is kept apart, and the page shows what lies there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assets import AssetStore, Derivation, LocalBlobs
from assets.index.sql import SqlIndex, create_schema
from studio.db.engine import open_engine
from studio.services.export import FAILED, export, export_refusal, read_report
from studio.services.gallery import draw_result, draw_source, entries
from tests.pipelines.making import as_bytes, product_photo


@pytest.fixture
def store(tmp_path: Path, sqlite_url: str) -> Iterator[AssetStore]:
    """An empty store."""
    engine = open_engine(sqlite_url)
    create_schema(engine)
    yield AssetStore(
        blobs=LocalBlobs(tmp_path / "blobs"), index=SqlIndex(engine), clock=lambda: 0.0
    )
    engine.dispose()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder of results."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def made(
    store: AssetStore, *, passed: bool, suffix: str = ".jpg", side: int = 300
) -> dict[str, Any]:
    """A job's result in the store."""
    photo = as_bytes(product_photo())
    source = store.put(photo)
    picture = product_photo(size=(side, side))
    data = as_bytes(picture, "JPEG" if suffix == ".jpg" else "PNG")
    outcome = "pass" if passed else "fail"
    report = {"schema": 1, "passed": passed, "kind": "white", "source": source.digest,
              "settings": {"spec": "ebay"},
              "checks": [{"name": "size", "value": "1", "limit": "2", "outcome": outcome, "fix": "x"}]}  # fmt: skip
    derivation = Derivation(
        source_digest=source.digest, recipe_hash=f"{side}{passed}", recipe={}, report=report
    )
    asset = store.put(data, derivation=derivation)
    return {"asset": asset.digest, "suffix": suffix, "report": report}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_failed_is_kept_apart_with_its_report(store: AssetStore, out: Path) -> None:
    good = export(store, made(store, passed=True), folder=out, stem="a", name="a b.jpg")
    bad = export(store, made(store, passed=False), folder=out, stem="b")
    assert good == out / "a.jpg"
    assert bad == out / FAILED / "b.jpg"
    assert names(out) == {"a.jpg", "a.report.json", FAILED}
    report = read_report(out / "a.report.json")
    assert report is not None
    assert (report["schema"], report["name"], report["file"]) == (1, "a b.jpg", "a.jpg")


def test_an_image_made_anew_lies_in_one_place_only(store: AssetStore, out: Path) -> None:
    export(store, made(store, passed=False), folder=out, stem="mug")
    (out / "mug.png").write_bytes(b"the user's own")
    export(store, made(store, passed=True), folder=out, stem="mug")
    assert names(out / FAILED) == set()
    export(store, made(store, passed=True, suffix=".png", side=301), folder=out, stem="mug2")
    export(store, made(store, passed=True), folder=out, stem="mug2")
    assert names(out) == {
        FAILED,
        "mug.jpg",
        "mug.png",
        "mug.report.json",
        "mug2.jpg",
        "mug2.report.json",
    }
    export_refusal(folder=out, stem="mug2", name="m.jpg", kind="white", source="", error="cut off")
    assert names(out) == {FAILED, "mug.jpg", "mug.png", "mug.report.json"}
    assert names(out / FAILED) == {"mug2.report.json"}


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


def test_a_report_of_another_schema_is_not_misread(out: Path) -> None:
    (out / "x.report.json").write_text(json.dumps({"schema": 99, "checks": []}))
    assert read_report(out / "x.report.json") is None
    assert list(entries(out)) == []
