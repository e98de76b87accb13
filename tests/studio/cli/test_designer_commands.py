"""`packshot cutout`, `white`, `scene`, `check` and `batch` on good and on bad input."""

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from assets import AssetStore
from pipelines import WeightStore
from studio.services import gallery
from studio.services.errors import OutputUnwritable
from studio.services.export import write_whole
from tests.studio.commanding import Commands

PHOTO = Path(__file__).parents[3] / "studio" / "samples" / "ceramic-mug" / "photo.webp"
MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of its own."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def packshot(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    """The command line with the pulled weights, in an empty working folder."""
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    commands = Commands(home, monkeypatch, capsys)
    commands.set("PACKSHOT_MODELS_DIR", str(MODELS))
    monkeypatch.chdir(tmp_path)
    yield commands
    commands.forget()


@pytest.fixture
def mug(tmp_path: Path) -> Path:
    """A small JPEG of a sample product."""
    path = tmp_path / "photos" / "mug.jpg"
    path.parent.mkdir()
    with Image.open(PHOTO) as image:
        image.convert("RGB").resize((480, 480)).save(path, quality=92)
    return path


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_white_with_a_preset_is_checked_and_passes(packshot: Commands, mug: Path) -> None:
    ran = packshot("white", mug, "--out", "shots", "--spec", "ebay", "--shadow", "contact")
    assert (ran.code, ran.err) == (0, "")
    assert files_in(Path("shots")) == {"mug.jpg", "mug.report.json", "index.html", ".gallery"}
    report = json.loads(Path("shots/mug.report.json").read_text())
    assert report["passed"]
    assert {"product lock", "pure white", "cutout certainty", "longest side"} <= {
        check["name"] for check in report["checks"]
    }
    assert packshot("check", "shots/mug.jpg", "--spec", "ebay").code == 0
    failing = packshot("check", "shots/mug.jpg", "--spec", "walmart-main")
    assert failing.code == 1
    assert "2200 x 2200 px" in failing.out


def test_signed_files_are_verified_by_check_and_broken_ones_fail(
    packshot: Commands, mug: Path
) -> None:
    ran = packshot("white", mug, "--out", "shots", "--spec", "ebay", "--size", 600, "--credentials",
                   "--aigc", "001191", "--no-gallery", "--json")  # fmt: skip
    assert (ran.code, ran.data["gallery"]) == (0, "")
    assert files_in(Path("shots")) == {"mug.jpg", "mug.report.json"}
    told = packshot("check", "shots/mug.jpg", "--spec", "ebay", "--json").data["shots/mug.jpg"]
    said = {check["name"]: check for check in told["checks"]}
    assert said["content credentials"]["outcome"] == "pass"
    assert said["provenance"]["value"] == "AIGC label 1 of 001191"
    signed = Path("shots/mug.jpg").read_bytes()
    Path("shots/mug.jpg").write_bytes(signed[:-40] + b"1234" + signed[-36:])
    broken = packshot("check", "shots/mug.jpg", "--spec", "ebay", "--json")
    assert broken.code == 1
    said = {check["name"]: check for check in broken.data["shots/mug.jpg"]["checks"]}
    assert said["content credentials"]["outcome"] == "fail"


def test_a_failed_image_lies_apart_and_the_page_tells_why(packshot: Commands, mug: Path) -> None:
    ran = packshot("white", mug, "--out", "shots", "--spec", "ebay", "--size", 2600)
    assert ran.code == 1
    assert files_in(Path("shots")) == {"failed", "index.html", ".gallery"}
    assert files_in(Path("shots/failed")) == {"mug.jpg", "mug.report.json"}
    page = Path("shots/index.html").read_text()
    assert "failed/mug.jpg" in page
    assert "source enlarged" in page
    assert packshot("white", mug, "--out", "shots", "--spec", "ebay", "--size", 600).code == 0
    assert files_in(Path("shots")) == {"mug.jpg", "mug.report.json", "index.html", ".gallery"}
    assert "The image is ready." in Path("shots/index.html").read_text()


def test_a_cutout_has_the_upright_photos_size(packshot: Commands, mug: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(mug) as image:
        image.crop((0, 0, 480, 400)).rotate(90, expand=True).save(mug, exif=exif)
    assert packshot("cutout", mug, "--out", "cut").code == 0
    with Image.open("cut/mug-cutout.png") as cut:
        assert (cut.size, cut.mode) == ((480, 400), "RGBA")
        alpha = np.asarray(cut)[..., 3]
    assert 0.1 < (alpha > 127).mean() < 0.6


def test_what_was_just_made_is_not_decoded_again_for_the_page(
    packshot: Commands, mug: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[str] = []
    small = gallery._small

    def told(store: AssetStore, digest: str) -> tuple[bytes, str]:
        decoded.append(digest)
        return small(store, digest)

    monkeypatch.setattr(gallery, "_small", told)
    made = packshot("cutout", mug, "--quality", "fast", "--out", "cut", "--json").data["images"][0]
    assert decoded == [hashlib.sha256(mug.read_bytes()).hexdigest()]
    Path("cut/.gallery/after-mug-cutout.webp").unlink()
    packshot("cutout", mug, "--quality", "fast", "--out", "cut")  # from the store: a file alone
    assert decoded[1:] == [made["asset"]]
    assert Path("cut/.gallery/after-mug-cutout.webp").exists()


def test_a_scene_per_template(packshot: Commands, mug: Path) -> None:
    ran = packshot("scene", mug, "--template", "raw-wood", "--template", "podium", "--size", 512,
                   "--out", "scenes")  # fmt: skip
    assert ran.code == 0, ran.err
    assert {"mug-raw-wood.jpg", "mug-podium.jpg"} <= files_in(Path("scenes"))
    with Image.open("scenes/mug-podium.jpg") as scene:
        assert scene.size == (512, 512)


def test_several_automatic_places_in_one_scene(packshot: Commands, mug: Path) -> None:
    ran = packshot("scene", mug, "--template", "raw-wood", "--places", 2, "--ratio", "4:5",
                   "--size", 400, "--out", "places")  # fmt: skip
    assert ran.code == 0, ran.err
    assert {"mug-raw-wood-1.jpg", "mug-raw-wood-2.jpg"} <= files_in(Path("places"))
    with Image.open("places/mug-raw-wood-2.jpg") as scene:
        assert scene.size == (320, 400)


def test_the_same_command_again_makes_nothing_and_gives_the_same_bytes(
    packshot: Commands, mug: Path, home: Path
) -> None:
    packshot("white", mug, "--out", "first")
    before = sorted((home / "assets").rglob("*"))
    ran = packshot("white", mug, "--out", "second")
    assert ran.code == 0
    assert sorted((home / "assets").rglob("*")) == before
    assert Path("first/mug.jpg").read_bytes() == Path("second/mug.jpg").read_bytes()


def bad_inputs(folder: Path, good: Path) -> dict[str, str]:
    """One file of each kind of trouble, and the words that its line must hold."""
    whole = good.read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 3])
    (folder / "zero.png").write_bytes(b"")
    (folder / "notes.jpg").write_text("not an image at all, just some words\n" * 9)
    Image.new("RGB", (1, 1)).save(folder / "dot.png")
    Image.new("L", (20_000, 64), 255).save(folder / "wide.png")
    Image.new("RGBA", (300, 300), (10, 20, 30, 0)).save(folder / "clear.png")
    Image.new("RGB", (300, 300), (200, 200, 200)).save(folder / "blank.png")
    frames = [Image.new("RGB", (64, 64), (70 * n, 0, 0)) for n in range(3)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    return {
        "cut.jpg": "damaged", "zero.png": "0 bytes", "notes.jpg": "convert it", "dot.png": "32 px",
        "wide.png": "16,384", "clear.png": "transparent", "blank.png": "no product",
        "moving.gif": "3 frames",
    }  # fmt: skip


def test_each_bad_file_gets_one_line_and_the_rest_goes_on(packshot: Commands, mug: Path) -> None:
    troubles = bad_inputs(mug.parent, mug)
    ran = packshot("white", mug.parent, "--out", "shots")
    assert ran.code == 1
    lines = [line for line in ran.err.splitlines() if line.startswith("error:")]
    assert len(lines) == len(troubles)
    for name, words in troubles.items():
        (line,) = [one for one in lines if f" {name}: " in one]
        assert words in line, line
        assert ";" in line, f"no fix in: {line}"
    assert {"mug.jpg", "mug.report.json", "failed"} <= files_in(Path("shots"))
    assert files_in(Path("shots/failed")) == {f"{Path(name).stem}.report.json" for name in troubles}


def test_odd_but_good_files_are_made(packshot: Commands, mug: Path) -> None:
    with Image.open(mug) as image:
        picture = image.convert("RGB")
    picture.convert("CMYK").save(mug.parent / "press.jpg")
    picture.quantize(64).save(mug.parent / "few.png")
    grey = np.asarray(picture.convert("L")).astype(np.uint16) * 257
    Image.fromarray(grey).save(mug.parent / "deep.png")
    picture.save(mug.parent / "wrong-name.png", format="JPEG")
    ran = packshot("white", mug.parent, "--out", "shots", "--size", 400)
    assert ran.code == 0, ran.err
    assert {"press.jpg", "few.jpg", "deep.jpg", "wrong-name.jpg"} <= files_in(Path("shots"))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("white", "{mug}", "--out", "o", "--spec", "amazon"), 1, "did you mean 'amazon-main'"),
        (("scene", "{mug}", "--out", "o", "--template", "rawwood"), 1, "did you mean 'raw-wood'"),
        (("white", "gone.jpg", "--out", "o"), 1, "gone.jpg"),
        (("white", "{folder}", "--out", "o"), 1, "holds no images"),
        (("white", "{mug}", "--out", "{mug}/inside"), 1, "cannot be written"),
        (("white", "{mug}", "--out", "o", "--fill", "3"), 1, "must be 0.1 to 1"),
        (("batch", "run", "gone.csv", "--out", "o"), 1, "cannot be read"),
        (("batch", "resume", "nonesuch"), 1, "nonesuch"),
        (("models", "pull", "u2nep"), 1, "did you mean"),
        (("white", "{mug}"), 2, "--out"),
        (("white", "{mug}", "--out", "o", "--shadow", "long"), 2, "shadow"),
    ],
)
def test_wrong_requests_say_what_to_do(
    packshot: Commands, mug: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "empty").mkdir()
    filled = [one.format(mug=mug, folder=tmp_path / "empty") for one in arguments]
    ran = packshot(*filled)
    assert ran.code == code
    assert words in ran.err
    if code == 1:
        assert len(ran.err.strip().splitlines()) == 1, ran.err


def test_two_runs_in_one_folder_do_not_mix(packshot: Commands, mug: Path) -> None:
    Path("shots").mkdir()
    with FileLock("shots/.packshot.lock"):
        ran = packshot("white", mug, "--out", "shots")
    assert ran.code == 1
    assert "another packshot run" in ran.err
    assert files_in(Path("shots")) <= {".packshot.lock"}


def test_a_full_disk_leaves_nothing_half_written(
    packshot: Commands, mug: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    ran = packshot("white", mug, "--out", "shots")
    assert ran.code == 1
    (line,) = ran.err.strip().splitlines()
    assert "mug.jpg" in line
    assert "free some space" in line
    assert files_in(Path("shots")) == set()
    with pytest.raises(OutputUnwritable, match="No space left"):
        write_whole(Path("here.jpg"), b"data")
    assert not list(Path().glob("*here*"))
    assert not list(Path().glob(".packshot-part-*"))


def manifest(path: Path, rows: list[dict[str, str]]) -> Path:
    columns = sorted({name for row in rows for name in row})
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_manifest_with_bad_rows_makes_the_good_ones(packshot: Commands, mug: Path) -> None:
    rows = [
        {"source": "mug.jpg", "kind": "white", "size_px": "400", "name": "plain"},
        {"source": "mug.jpg", "kind": "scene", "template": "raw-wood", "size_px": "400", "name": "wood"},
        {"source": "gone.jpg", "kind": "white"},
        {"source": "mug.jpg", "kind": "hologram"},
        {"source": "mug.jpg", "kind": "white", "size_px": "huge"},
        {"source": "mug.jpg", "kind": "scene", "template": "moon"},
        {"kind": "white"},
    ]  # fmt: skip
    path = manifest(mug.parent / "list.csv", rows)
    ran = packshot("batch", "run", path, "--out", "made", "--json")
    assert ran.code == 1
    images = json.loads(ran.out)["images"]
    assert [bool(one["file"]) for one in images] == [True, True, False, False, False, False, False]
    errors = " | ".join(one["error"] for one in images)
    for words in ("gone.jpg", "hologram", "size_px", "moon", "names no source"):
        assert words in errors
    assert {"plain.jpg", "wood.jpg"} <= files_in(Path("made"))
    listed = json.loads(packshot("batch", "list", "--json").out)
    assert (listed[0]["done"], listed[0]["failed"]) == (2, 5)
    status = packshot("batch", "status", listed[0]["id"])
    assert "2 done" in status.out
    assert "hologram" in status.out


def test_jsonl_lines_are_recipes_too(packshot: Commands, mug: Path) -> None:
    path = mug.parent / "list.jsonl"
    path.write_text('{"source": "mug.jpg", "kind": "white", "size_px": 300}\n{oops\n\n[1]\n')
    ran = packshot("batch", "run", path, "--out", "made")
    assert ran.code == 1
    assert "row 2: it is no JSON" in ran.err
    assert "row 4: it is no JSON object" in ran.err
    assert "mug.jpg" in files_in(Path("made"))


def test_a_killed_batch_resumes_where_it_stopped(packshot: Commands, mug: Path) -> None:
    rows = [
        {"source": "mug.jpg", "kind": "white", "size_px": str(300 + n), "name": f"n{n}"}
        for n in range(12)
    ]
    path = manifest(mug.parent / "list.csv", rows)
    command = [sys.executable, "-m", "studio.cli", "batch", "run", str(path), "--out", "made"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 120
        while len(list(Path("made").glob("*.jpg"))) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    done = {one.name: one.stat().st_mtime_ns for one in Path("made").glob("*.jpg")}
    assert len(done) < 12
    (batch,) = json.loads(packshot("batch", "list", "--json").out)
    assert 2 <= batch["done"] < 12
    ran = packshot("batch", "resume", batch["id"])
    assert ran.code == 0, ran.err
    assert len(list(Path("made").glob("n*.jpg"))) == 12
    assert not list(Path("made").glob(".packshot-part-*"))
    for one in Path("made").glob("*.jpg"):
        with Image.open(io.BytesIO(one.read_bytes())) as image:
            image.load()


def test_help_names_every_command_and_each_has_help(packshot: Commands) -> None:
    listed = packshot("--help").out
    for command in ("cutout", "white", "scene", "check", "batch", "templates", "models", "demo"):
        assert f" {command} " in listed
        assert "Usage" in packshot(command, "--help").out


def test_lists_are_readable_by_programs(packshot: Commands) -> None:
    names = [one["name"] for one in json.loads(packshot("templates", "list", "--json").out)]
    assert "raw-wood" in names
    shown = json.loads(packshot("templates", "show", "raw-wood", "--json").out)
    assert shown["name"] == "raw-wood"
    models = {one["name"]: one for one in json.loads(packshot("models", "list", "--json").out)}
    assert models["u2netp"]["here"]
