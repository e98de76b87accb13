from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gpu.devices.torch import Device
from studio.bootstrap.generators import generators_of
from studio.services.generators import Generators
from studio.services.measurements import Measurement
from studio.services.model_needs import Needs
from studio.services.painters import fit_of, painters
from studio.settings import Settings
from tests.pipelines.generate.tiny import write_profile

GB = 10**9
NEEDS = Needs(
    whole_bytes=20 * GB, reading_bytes=8 * GB, picture_bytes=4 * GB, denoising_bytes=11 * GB
)
CARD = Device(name="cuda:0", kind="cuda", label="a card", free_bytes=None, total_bytes=24 * GB)


@pytest.mark.parametrize(
    ("budget_gb", "fits", "words"),
    [
        (24, True, "yes: 24.0 GB of 24.0 GB"),
        (21, True, "yes: 20.5 GB of 21.0 GB, text encoders in main memory while it paints"),
        (16, True, "yes: 16.0 GB of 16.0 GB, text encoders and the rest in turns"),
        (15, False, "no: needs 16.0 GB, has 15.0 GB"),
    ],
)
def test_a_model_fits_a_card_whole_or_in_turns(budget_gb: int, fits: bool, words: str) -> None:
    assert fit_of(NEEDS, budget_bytes=budget_gb * GB) == (fits, words)


def test_without_a_card_or_without_known_sizes_nothing_is_claimed() -> None:
    assert fit_of(NEEDS, budget_bytes=None) == (None, "no GPU here: needs 16.0 GB")
    unknown = replace(NEEDS, whole_bytes=0)
    assert fit_of(unknown, budget_bytes=24 * GB) == (None, "not known")


def test_a_card_of_16_gb_holds_these(tmp_path: Path) -> None:
    """A card of 16 GiB of which nine tenths may be used; the README says so."""
    generators = generators_of(Settings(home=tmp_path, models_dir=tmp_path / "models"))
    able = painters(generators, card=None, budget_bytes=int(16 * 1.0737 * 0.9 * GB))
    fitting = {one.profile.name: one.fit for one in able if one.fits}
    assert sorted(fitting) == ["flux2-klein", "sdxl-inpaint", "sdxl-union-inpaint"]
    assert fitting["flux2-klein"].startswith("yes: 11.9 GB of 15.5 GB, text encoders and the rest")


def test_a_model_is_here_missing_or_in_pieces(
    tmp_path: Path, tiny_checkpoint: Callable[[str], Path]
) -> None:
    settings = Settings(home=tmp_path, models_dir=tmp_path / "models")
    generators = generators_of(settings)
    folder = tiny_checkpoint("z-image-inpaint")
    write_profile(tmp_path, "mine", folder, like="z-image-inpaint")
    write_profile(tmp_path, "gone", tmp_path / "nowhere", like="z-image-inpaint")
    broken = generators.checkpoints.folder / "sdxl-inpaint"
    broken.mkdir(parents=True)
    able = {one.profile.name: one for one in painters(generators, card=None, budget_bytes=0)}
    assert (able["mine"].here, able["mine"].pull) == ("yes", "")
    assert able["mine"].size_bytes < 10**8, "counted where the weights are here"
    assert "nowhere is not there" in able["gone"].here
    assert able["gone"].pull == ""
    assert able["sdxl-inpaint"].here.startswith("not whole: ")
    assert able["sdxl-inpaint"].pull == "packshot models pull sdxl-inpaint"
    assert able["z-image-inpaint"].here == "no"
    assert able["qwen-image-edit"].can == ("scenes", "edits", "reference pictures")


def _measured(home: Path, tiny_checkpoint: Callable[[str], Path], *, device: str) -> Generators:
    """A profile of the user's own, measured to hold 30 GB and to take 5 GB more."""
    generators = generators_of(Settings(home=home, models_dir=home / "models"))
    write_profile(home, "mine", tiny_checkpoint("z-image-inpaint"), like="z-image-inpaint")
    assert generators.measurements is not None
    generators.measurements.keep(
        Measurement(
            model="mine@0", device=device, label="a device", resident_bytes=30 * GB,
            working_bytes=5 * GB, load_s=1, picture_s=1, size_px=(64, 64), steps=2, torch="2",
        )
    )  # fmt: skip
    return generators


def test_what_was_measured_overrules_what_was_reckoned(
    tmp_path: Path, tiny_checkpoint: Callable[[str], Path]
) -> None:
    generators = _measured(tmp_path, tiny_checkpoint, device="cuda:0")
    able = painters(generators, card=CARD, budget_bytes=24 * GB)
    (mine,) = [one for one in able if one.profile.name == "mine"]
    assert (mine.size_bytes, mine.needs_bytes["nothing"]) == (30 * GB, 35 * GB)
    assert mine.fits is False
    assert mine.measured is not None
    assert mine.measured.working_bytes == 5 * GB


def test_what_a_processor_took_says_nothing_of_a_card(
    tmp_path: Path, tiny_checkpoint: Callable[[str], Path]
) -> None:
    generators = _measured(tmp_path, tiny_checkpoint, device="cpu")
    able = painters(generators, card=None, budget_bytes=16 * GB)
    (mine,) = [one for one in able if one.profile.name == "mine"]
    assert mine.fits
    assert mine.size_bytes < GB
    assert mine.measured is not None
    assert mine.measured.resident_bytes == 30 * GB
