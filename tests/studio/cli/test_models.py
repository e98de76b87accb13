"""`packshot models` for models that paint; small ones are checked beside the other commands."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.generate import Ask
from pipelines.generate.painter import DiffusersGenerator
from studio.cli import models
from studio.services.trial import Trial
from tests.pipelines.generate.tiny import write_profile
from tests.studio.commanding import Commands

Rgb: TypeAlias = npt.NDArray[np.uint8]


@pytest.fixture
def mine(tmp_path: Path, tiny_checkpoint: Callable[[str], Path]) -> Path:
    """A user's own profile, named `mine`."""
    return write_profile(
        tmp_path, "mine", tiny_checkpoint("z-image-inpaint"), like="z-image-inpaint"
    )


def test_a_list_says_what_each_can_and_where_it_stands(packshot: Commands, mine: Path) -> None:
    said = packshot("models", "list")
    lines = {line.split()[0]: " ".join(line.split()) for line in said.out.splitlines() if line}
    assert "FLUX.1 [dev] Non-Commercial License: not for commerce" in lines["flux-fill"]
    assert "scenes, edits, reference pictures" in lines["flux2-klein"]
    assert "no: packshot models pull sdxl-inpaint" in lines["sdxl-inpaint"]
    assert "yes" in lines["mine"]
    assert "matting, fast" in lines["u2netp"]
    assert "torch" in said.out.splitlines()[-1]


def test_a_list_for_programs_has_both_kinds(packshot: Commands, mine: Path) -> None:
    listed = {one["name"]: one for one in packshot("models", "list", "--json").data}
    assert (listed["u2netp"]["kind"], listed["mine"]["kind"]) == ("small", "painting")
    assert listed["mine"]["here"]
    fill = listed["flux-fill"]
    assert (fill["commercial"], fill["here"], fill["pull"]) == (
        False, False, "packshot models pull flux-fill"
    )  # fmt: skip
    assert fill["needs_bytes"] > fill["size_bytes"] > 30e9
    assert listed["qwen-image-edit"]["lossy_switches"] == ["first_block_cache", "fp8_matrices"]


def test_a_list_names_a_broken_profile_and_shows_the_others(
    packshot: Commands, mine: Path, tmp_path: Path
) -> None:
    (tmp_path / "profiles" / "slip.toml").write_text("steps = \n", encoding="utf-8")
    for options in ((), ("--json",)):
        said = packshot("models", "list", *options)
        assert (said.code, "mine" in said.out) == (1, True)
        assert "slip.toml: Invalid value" in said.err.replace("\n", "")
    assert len(said.data) > 8


def test_a_list_answers_for_a_card_that_is_elsewhere(
    packshot: Commands, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PACKSHOT_VRAM_BUDGET_GB", "16")
    listed = {one["name"]: one for one in packshot("models", "list", "--json").data}
    assert listed["flux2-klein"]["fits"]
    assert "11.9 GB of 16.0 GB" in listed["flux2-klein"]["fit"]
    assert listed["qwen-image-edit"]["fits"] is False
    assert listed["flux2-klein"]["needs_in_turns_bytes"] < 12e9
    (control,) = listed["sdxl-union-inpaint"]["parts"]
    assert (len(control["revision"]), control["licence"]) == (40, "Apache-2.0")
    assert "a GPU of 16 GB" in " ".join(packshot("models", "list").out.split())


def test_a_check_tries_the_model_and_keeps_what_it_took(
    packshot: Commands, mine: Path, tmp_path: Path
) -> None:
    (told,) = packshot("models", "check", "mine", "--json").data
    assert (told["whole"], told["device"], told["steps"]) == (True, "cpu", 2)
    assert told["size_px"] == [64, 64]
    assert told["resident_bytes"] > 100_000
    (listed,) = [one for one in packshot("models", "list", "--json").data if one["name"] == "mine"]
    assert listed["measured"]["resident_bytes"] == told["resident_bytes"]
    assert "; measured: " in " ".join(packshot("models", "list").out.split())
    assert told["picture_s"] > 0
    kept = json.loads(Path(told["kept"]).read_text(encoding="utf-8"))
    assert kept["resident_bytes"] == told["resident_bytes"]
    assert Path(told["kept"]).is_relative_to(tmp_path / "measured")
    listed = {one["name"]: one for one in packshot("models", "list", "--json").data}
    assert listed["mine"]["size_bytes"] == pytest.approx(told["resident_bytes"], rel=0.01)


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 30, 40)])
def test_what_is_painted_in_one_colour_is_no_model_and_nothing_to_remember(
    packshot: Commands,
    mine: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    colour: tuple[int, int, int],
) -> None:
    def paint(_self: object, asks: Sequence[Ask], **_options: object) -> list[Rgb]:
        one = np.array(colour, np.uint8)
        return [np.where(ask.mask[..., None] > 0, one, ask.picture) for ask in asks]

    monkeypatch.setattr(DiffusersGenerator, "paint", paint)
    said = packshot("models", "check", "mine")
    assert said.code == 1
    assert "what it painted is of one colour" in said.err
    assert "kept for the memory budget" not in said.out
    assert not (tmp_path / "measured").exists()


def test_a_check_of_files_alone_runs_nothing(
    packshot: Commands, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> Trial:
        raise AssertionError("it was run")

    monkeypatch.setattr(models, "try_model", refuse)
    said = packshot("models", "check", "mine", "--no-run")
    assert (said.code, said.out.splitlines()[0].startswith("mine: whole, ")) == (0, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("check", "sdxl-inpaint"), 1, "run `packshot models pull sdxl-inpaint`"),
        (("check", "sdxl-inpant"), 1, "did you mean 'sdxl-inpaint'?"),
        (("check", "u2net"), 1, "packshot models pull u2net"),
        (("pull", "flux-fill"), 1, "PACKSHOT_NONCOMMERCIAL=true or --noncommercial"),
        (("pull", "mine"), 1, "there is nothing to pull"),
        (("pull", "u2netp", "--revision", "main"), 2, "small models have no revisions"),
    ],
)
def test_wrong_requests_say_what_to_do(
    packshot: Commands, mine: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    said = packshot("models", *words)
    assert said.code == code
    assert told in " ".join(said.err.replace("│", " ").split())
