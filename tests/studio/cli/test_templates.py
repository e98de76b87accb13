"""`packshot templates`: list, show, sheet, validate, import."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import BUILT_IN, TemplateLibrary, WeightStore
from pipelines.lettering import system_faces
from tests.pipelines.adopt.test_adopt import room
from tests.studio.commanding import Commands

MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
MUG = Path(__file__).parents[3] / "studio" / "samples" / "ceramic-mug" / "photo.webp"
NAMES = sorted(TemplateLibrary(BUILT_IN).names())


@pytest.fixture
def packshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    commands = Commands(tmp_path, monkeypatch, capsys)
    (tmp_path / "room.png").write_bytes(room())
    yield commands
    commands.forget()


@pytest.fixture
def own(packshot: Commands) -> Commands:
    """A home with one imported template."""
    ran = packshot("templates", "import", "room.png", "--name", "room", "--tag", "oak", "--json")
    assert ran.code == 0, ran.err
    return packshot


def test_all_are_listed_and_filtered(packshot: Commands) -> None:
    listed = packshot("templates", "list", "--json")
    assert (listed.code, [one["name"] for one in listed.data]) == (0, NAMES)
    some = listed.data[0]
    by_tag = packshot("templates", "list", "--tag", some["tags"][0], "--json").data
    assert some["name"] in [one["name"] for one in by_tag]
    assert all(some["tags"][0] in one["tags"] for one in by_tag)
    by_style = packshot("templates", "list", "--style", some["style"], "--json").data
    assert {one["style"] for one in by_style} == {some["style"]}
    from_side = packshot("templates", "list", "--pitch", "0-30", "--json").data
    assert from_side
    assert all(one["pitch_deg"] <= 30 for one in from_side)
    assert packshot("templates", "list", "--pitch", "steep").code == 2
    assert NAMES[0] in packshot("templates", "list").out


def test_a_broken_folder_is_told_and_hides_no_other(own: Commands, tmp_path: Path) -> None:
    (tmp_path / "templates" / "room" / "template.toml").write_text("no TOML [")
    listed = own("templates", "list", "--json")
    assert (listed.code, [one["name"] for one in listed.data]) == (1, NAMES)
    assert "template 'room'" in listed.error


def test_one_is_shown(packshot: Commands) -> None:
    shown = packshot("templates", "show", NAMES[0], "--json")
    assert (shown.code, shown.data["name"]) == (0, NAMES[0])
    missing = packshot("templates", "show", NAMES[0] + "x")
    assert missing.code == 1
    assert f"did you mean '{NAMES[0]}'" in missing.error


def test_templates_are_validated_by_name_and_by_folder(own: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "room"
    assert own("templates", "validate", "room", folder).code == 0
    record = folder / "template.toml"
    record.write_text(record.read_text(encoding="utf-8").replace("key_ratio = ", "key_ratio = 9"))
    ran = own("templates", "validate", "room", "--json")
    assert ran.code == 1
    failures = [one for one in ran.data["room"]["checks"] if one["outcome"] == "fail"]
    assert [one["name"] for one in failures] == ["key's share of the light"]
    assert failures[0]["limit"] == "0 to 1"
    assert own("templates", "validate", "no-such-place").code == 1
    assert "is no folder" in own("templates", "validate", "no/such/folder").error


def test_a_photo_is_imported_and_corrected(own: Commands, tmp_path: Path) -> None:
    again = own("templates", "import", "room.png", "--name", "room")
    assert again.code == 1
    assert "--force" in again.error
    ran = own("templates", "import", "room.png", "--name", "room", "--force", "--pitch", 22,
              "--light-from", 80, "--json")  # fmt: skip
    assert ran.code == 0
    said = {one["name"]: (one["value"], one["sureness"]) for one in ran.data["estimates"]}
    assert said["camera pitch"] == (22, "given")
    assert said["light from"] == (80, "given")
    assert ran.data["report"]["passed"]
    shown = own("templates", "show", "room", "--json").data
    assert shown["light"].startswith("from 80 degrees")
    told = own("templates", "import", "room.png", "--name", "second")
    assert "--light-height" in told.out
    assert "guessed: " in told.err


def test_a_backdrop_with_a_product_in_it_is_imported_with_a_warning(own: Commands) -> None:
    assert (
        "nothing looked whether room.png is empty"
        in own("templates", "import", "room.png", "--name", "unseen").err
    )  # without the model that looks
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    own.set("PACKSHOT_MODELS_DIR", str(MODELS))
    shown = own("templates", "import", str(MUG), "--name", "mug", "--json")
    assert shown.code == 0, shown.err
    (warning,) = shown.data["warnings"]
    assert warning.startswith("photo.webp is not empty: something stands at ")
    assert "--force" in warning
    assert f"warning: {warning}" in shown.err
    empty = own("templates", "import", "room.png", "--name", "again", "--json")
    assert empty.data["warnings"] == []


def test_a_built_in_name_is_not_hidden_by_accident(packshot: Commands) -> None:
    ran = packshot("templates", "import", "room.png", "--name", NAMES[0])
    assert ran.code == 1
    assert "is there already" in ran.error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gone.png", "--name", "x"), "cannot be read"),
        (("room.png", "--name", "Not Good"), "small letters"),
        (("room.png", "--name", "x", "--pitch", "200"), "must be 1 to 90"),
        (("dot.png", "--name", "x"), "640 px"),
    ],
)
def test_a_bad_import_says_what_to_do(
    packshot: Commands, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    Image.new("RGB", (64, 64)).save(tmp_path / "dot.png")
    ran = packshot("templates", "import", *words)
    assert ran.code == 1
    assert said in ran.error
    assert not (tmp_path / "templates").exists()


def test_a_sheet_shows_what_was_asked_for(own: Commands, tmp_path: Path) -> None:
    if not list(system_faces()):
        pytest.skip("no fonts on this machine")
    ran = own("templates", "sheet", "room", NAMES[0], "--out", "out/sheet.png", "--columns", 2)
    assert ran.code == 0, ran.err
    with Image.open(tmp_path / "out" / "sheet.png") as image:
        sheet = np.asarray(image.convert("RGB"))
    assert sheet.shape[1] == 2 * 380 + 20
    left = sheet[20:380, 20:380].reshape(-1, 3)
    assert abs(left.mean(axis=0) - np.array([158, 143, 124])).max() < 12, "the imported room"
    names = sheet[384:430, 20:380]
    assert (names.min(axis=2) < 60).mean() > 0.005, "its name stands under it"
    assert own("templates", "sheet", "--tag", "no-such-tag", "--out", "s.png").code == 1
    bad = own("templates", "sheet", "room", "--out", "sheet.xyz")
    assert "cannot be written" in bad.error


def test_list_is_json_for_programs(packshot: Commands) -> None:
    assert json.loads(packshot("templates", "list", "--json").out)[0]["title_zh"]
