"""`packshot edit` from photos to a folder with reports, maps of the changes, and a page."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pipelines import WeightStore
from pipelines.generate import Generator
from studio.services.generators import Generators
from tests.pipelines.editing.painters import Painter, Rgb, through_autoencoder
from tests.studio.commanding import Commands

PHOTO = Path(__file__).parents[3] / "studio" / "samples" / "ceramic-mug" / "photo.webp"
MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
MODEL = """
like = "flux2-klein"
folder = "{folder}"
buckets = [[{side}, {side}]]
steps = 2
dtype = "float32"
resident_bytes = 1000000
working_bytes = 1000000
"""


@pytest.fixture
def packshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    """The command line with the pulled weights, in an empty working folder."""
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    (tmp_path / "home").mkdir()
    models = tmp_path / "models"
    models.mkdir()
    # No more than what finds the product: reading text takes seconds, and has tests of its own.
    (models / "u2netp.onnx").symlink_to(MODELS / "u2netp.onnx")
    commands = Commands(tmp_path / "home", monkeypatch, capsys)
    commands.set("PACKSHOT_MODELS_DIR", str(models))
    monkeypatch.chdir(tmp_path)
    with Image.open(PHOTO) as image:
        image.convert("RGB").resize((256, 256)).save(tmp_path / "mug.png")
    yield commands
    commands.forget()


def describe(home: Path, folder: Path, *, side: int) -> None:
    """A user's own model, as a file of the home folder."""
    (home / "profiles").mkdir()
    text = MODEL.format(folder=folder, side=side)
    (home / "profiles" / "mine.toml").write_text(text, encoding="utf-8")


def dotted(bucket: Rgb) -> Rgb:
    side = bucket.shape[0]
    painted = bucket.copy()
    cv2.circle(painted, (side // 8, side // 8), side // 20, (200, 30, 40), -1)
    return through_autoencoder(painted)


@pytest.fixture
def answers(
    packshot: Commands, tmp_path: Path, tiny_checkpoint: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> list[Callable[[Rgb], Rgb]]:  # fmt: skip
    """What the model `mine` answers, image by image, in place of its network."""
    paintings: list[Callable[[Rgb], Rgb]] = []
    painters: list[Painter] = []

    @contextmanager
    def lease(generators: Generators, name: str) -> Iterator[Generator]:
        if not painters:
            painters.append(Painter(profile=generators.profiles.get("mine")))
        painters[0].paintings = paintings
        assert name.startswith("mine@")
        yield painters[0]

    describe(tmp_path / "home", tiny_checkpoint("flux2-klein"), side=256)
    monkeypatch.setattr(Generators, "lease", lease)
    return paintings


def test_an_edit_lies_beside_its_report_its_map_and_a_page_that_shows_all_three(
    packshot: Commands, answers: list[Callable[[Rgb], Rgb]]
) -> None:
    answers += [np.zeros_like, dotted]
    ran = packshot("edit", "mug.png", "--out", "edits", "--instruction", "add a red dot",
                   "--model", "mine", "--quality", "fast", "--seed", "7")  # fmt: skip
    assert (ran.code, ran.err) == (0, "")
    names = {path.name for path in Path("edits").iterdir()}
    assert names == {"mug-edit.png", "mug-edit.report.json", "mug-edit.difference.jpg",
                     "index.html", ".gallery"}  # fmt: skip
    with Image.open("edits/mug-edit.png") as after, Image.open("mug.png") as before:
        changed = (np.asarray(after) != np.asarray(before)).any(axis=2)
    assert 0.003 < changed.mean() < 0.05
    assert not changed[:, 128:].any()
    report = json.loads(Path("edits/mug-edit.report.json").read_text())
    assert report["painter"].startswith("mine@")
    told = {one["name"]: one["value"] for one in report["checks"]}
    assert told["attempts"].startswith("2 of at most 3; seed 7 failed (blank painting: black)")
    page = Path("edits/index.html").read_text()
    assert 'data-changes="mug-edit.difference.jpg"' in page
    assert "data-before=" in page
    with Image.open("edits/mug-edit.difference.jpg") as drawn:
        assert drawn.size == (256, 256)


def test_what_fails_is_kept_apart_and_forgotten_once_it_passes(
    packshot: Commands, answers: list[Callable[[Rgb], Rgb]]
) -> None:
    command = ("edit", "mug.png", "--out", "edits", "--instruction", "add a red dot", "--model",
               "mine", "--quality", "fast", "--attempts", "1", "--seed")  # fmt: skip
    answers += [lambda bucket: bucket]
    ran = packshot(*command, "1")
    assert ran.code == 1
    assert "check 'edit made' failed: the model changed nothing" in ran.err
    assert Path("edits/failed/mug-edit.difference.jpg").is_file()
    assert 'data-changes="failed/mug-edit.difference.jpg"' in Path("edits/index.html").read_text()
    answers += [dotted]
    assert packshot(*command, "2").code == 0
    assert Path("edits/mug-edit.difference.jpg").is_file()
    assert not Path("edits/failed").exists()


def test_count_makes_one_image_a_seed(
    packshot: Commands, answers: list[Callable[[Rgb], Rgb]]
) -> None:
    answers += [dotted]
    ran = packshot("edit", "mug.png", "--out", "edits", "--instruction", "dot", "--model", "mine",
                   "--quality", "fast", "--count", "2", "--seed", "3", "--no-gallery",
                   "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    files = [Path(one["file"]).name for one in ran.data["images"]]
    assert files == ["mug-edit-3.png", "mug-edit-4.png"]


def test_a_real_checkpoint_is_asked_and_its_noise_refused(
    packshot: Commands, tmp_path: Path, tiny_checkpoint: Callable[[str], Path]
) -> None:
    """A tiny network of the real classes paints noise: what is wrong with it is said by name."""
    describe(tmp_path / "home", tiny_checkpoint("flux2-klein"), side=64)
    ran = packshot("edit", "mug.png", "--out", "edits", "--instruction", "remove the handle",
                   "--model", "mine", "--quality", "fast", "--attempts", "1")  # fmt: skip
    assert ran.code == 1
    assert "model 'mine' gave no picture: seed 0 failed (" in ran.err
    assert "Traceback" not in ran.err
    page = Path("edits/index.html").read_text()
    assert "No image could be made" in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--instruction", "make the background white"), "`packshot white` puts products on pure"),
        (("--instruction", "remove the tag"), "give --model: "),
        ((), "must say what to change"),
        (("--instruction", "x", "--model", "sdxl-inpaint"), "takes no instructions"),
        (("--instruction", "x", "--model", "flux-klein"), "did you mean"),
        (("--instruction", "x", "--model", "flux2-klein"), "packshot models pull flux2-klein"),
        (("--instruction", "x", "--model", "flux2-klein", "--steps", "0"), "must be 1 to 150"),
    ],
)
def test_what_cannot_be_done_is_one_line_before_anything_is_read(
    packshot: Commands, words: tuple[str, ...], said: str
) -> None:
    ran = packshot("edit", "mug.png", "--out", "edits", *words)
    assert ran.code == 1
    assert said in ran.error
    assert not Path("edits").exists()
