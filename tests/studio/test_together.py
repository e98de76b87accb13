"""Several products in one picture: by the command line, a manifest and HTTP, one and the same."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines import WeightStore
from tests.pipelines.making import MODELS, as_bytes
from tests.studio.commanding import Commands
from tests.studio.serving import serving, upload

PARAMS: dict[str, Any] = {"size_px": 200, "format": "png", "sizes_cm": "20,10"}


def product(colour: tuple[int, int, int], *, height: int) -> bytes:
    picture = np.zeros((160, 160, 4), np.uint8)
    picture[140 - height : 140, 50:110] = (*colour, 255)
    return as_bytes(picture)


RED, BLUE = product((190, 40, 40), height=110), product((40, 40, 190), height=90)


@pytest.fixture
def packshot(packshot: Commands, tmp_path: Path) -> Iterator[Commands]:
    """The command line with two products beside it."""
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    packshot.set("PACKSHOT_MODELS_DIR", str(MODELS))
    (tmp_path / "red.png").write_bytes(RED)
    (tmp_path / "blue.png").write_bytes(BLUE)
    yield packshot
    packshot.forget()


def test_command_and_manifest_make_the_same_picture(packshot: Commands, tmp_path: Path) -> None:
    made = packshot("white", "red.png", "blue.png", "--together", "--sizes-cm", "20,10", "--size",
                    200, "--format", "png", "--out", "a", "--no-gallery")  # fmt: skip
    assert (made.code, made.err) == (0, "")
    (tmp_path / "list.csv").write_text(
        "source,with_sources,sizes_cm,size_px,format,name\n"
        'red.png,blue.png,"20,10",200,png,pair\n'
        'red.png,gone.png,"20,10",200,png,bad\n'
    )
    batch = packshot("batch", "run", "list.csv", "--out", "b", "--no-gallery")
    assert batch.code == 1
    assert "gone.png: cannot be read" in batch.err
    assert Path("a/red-together.png").read_bytes() == Path("b/pair.png").read_bytes()
    report = json.loads(Path("b/pair.report.json").read_text())
    assert len(report["settings"]["with_sources"]) == 64
    shown = np.asarray(Image.open("b/pair.png").convert("RGB")).astype(int)
    red, blue = (shown[..., 0] - shown[..., 2] > 90), (shown[..., 2] - shown[..., 0] > 90)
    tall, short = (np.flatnonzero(one.any(axis=1)).size for one in (red, blue))
    assert tall / short == pytest.approx(2, rel=0.1)


def test_what_is_typed_wrongly_is_told(packshot: Commands) -> None:
    assert packshot("white", "red.png", "--together", "--out", "a").code == 2
    assert packshot("white", "red.png", "blue.png", "--together", "--set", "--out", "a").code == 2
    ran = packshot("white", "red.png", "blue.png", "--together", "--sizes-cm", "9", "--out", "a")
    assert "needs one height for each of 2 products" in ran.error


def test_over_http_the_other_products_are_digests(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        red, blue = upload(served.client, RED), upload(served.client, BLUE)
        params = {**PARAMS, "with_sources": [blue]}
        wanted = {"recipes": [{"source": red, "params": params},
                              {"source": red, "params": {"with_sources": "blue.png"}}]}  # fmt: skip
        batch = served.client.post("/v1/batches", json=wanted).json()
        served.client.get(f"/v1/batches/{batch['id']}/stream")  # ends when all is made
        rows = served.client.get(f"/v1/batches/{batch['id']}").json()["rows"]
        assert [row["state"] for row in rows] == ["done", "failed"]
        said = {check["name"]: check["outcome"] for check in rows[0]["report"]["checks"]}
        assert said["product lock"] == said["product lock, product 2"] == "pass"
        assert "must be a SHA-256" in rows[1]["error"]["message"]
