"""`packshot white`: sets of variants, file names by pattern, frames as they were asked for."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.studio.cli.test_designer_commands import (  # noqa: F401 - fixtures
    files_in,
    home,
    manifest,
    mug,
    packshot,
)
from tests.studio.commanding import Commands


@pytest.fixture
def cut_out(tmp_path: Path) -> Path:
    """A product that needs no model: a PNG with its own alpha."""
    path = tmp_path / "cups" / "blue cup.png"
    path.parent.mkdir()
    picture = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    picture.paste((40, 80, 160, 255), (120, 60, 280, 340))
    picture.save(path)
    return path


def test_a_set_of_variants_is_made_and_named(packshot: Commands, cut_out: Path) -> None:  # noqa: F811
    ran = packshot(
        "white", cut_out, "--out", "set", "--size", 300, "--variants", "ratios",
        "--variants", "margin=5%,40px", "--name", "{n:02}-{stem}-{variant}", "--no-gallery", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    images = {Path(one["file"]).name: one for one in json.loads(ran.out)["images"]}
    assert list(images) == [
        "01-blue_cup-ratio-1x1.jpg", "02-blue_cup-ratio-4x5.jpg", "03-blue_cup-ratio-3x4.jpg",
        "04-blue_cup-ratio-16x9.jpg", "05-blue_cup-margin-5.jpg", "06-blue_cup-margin-40px.jpg",
    ]  # fmt: skip
    assert len({one["asset"] for one in images.values()}) == 6
    sizes = {}
    for name in images:
        with Image.open(Path("set") / name) as image:
            sizes[name[:2]] = image.size
    assert (sizes["02"], sizes["04"]) == ((240, 300), (300, 169))


def test_names_that_collide_are_numbered(packshot: Commands, cut_out: Path) -> None:  # noqa: F811
    twin = cut_out.with_name("second.png")
    twin.write_bytes(cut_out.read_bytes())
    ran = packshot("white", cut_out, twin, "--out", "made", "--size", 200, "--name", "hero", "--no-gallery")  # fmt: skip
    assert ran.code == 0, ran.err
    assert {"hero.jpg", "hero-2.jpg"} <= files_in(Path("made"))


def test_a_manifest_may_name_by_pattern_too(packshot: Commands, cut_out: Path) -> None:  # noqa: F811
    rows = [
        {"source": cut_out.name, "kind": "white", "size_px": "200", "name": "{spec}-{stem}", "spec": "ebay"},
        {"source": cut_out.name, "kind": "white", "size_px": "200", "ratio": "4:5", "margin": "10%", "name": "{stem}"},
        {"source": cut_out.name, "kind": "white", "name": "{sku}"},
    ]  # fmt: skip
    ran = packshot("batch", "run", manifest(cut_out.parent / "list.csv", rows), "--out", "made", "--no-gallery")  # fmt: skip
    assert ran.code == 1
    assert "{sku} is no field of a name" in ran.err
    assert {"ebay-blue_cup.jpg", "blue_cup.jpg"} <= files_in(Path("made")) | files_in(
        Path("made/failed")
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", "{sku}"), "is no field of a name"),
        (("--variants", "shade"), "did you mean 'shadows'"),
        (("--variants", "ratios", "--spec", "taobao-main"), "takes only 800 x 800 px"),
        (("--margin", "5%", "--fill", "0.8"), "not both"),
        (("--ratio", "wide"), "such as 4:5"),
    ],
)
def test_wrong_wishes_are_one_line(
    packshot: Commands,  # noqa: F811
    cut_out: Path,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    ran = packshot("white", cut_out, "--out", "o", *arguments)
    assert ran.code == 1
    assert words in ran.error
