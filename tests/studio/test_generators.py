"""Large models as the shell offers them: by name and revision, by licence, from the user's folder."""

import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines import ModelCorrupt, ModelMissing
from pipelines.errors import CheckpointUnusable, LicenceRefused, ModelUnknown, OutOfMemory
from pipelines.generate import Ask
from studio.bootstrap.generators import generators_of
from studio.services.generators import Generators
from studio.services.painting import MeetingGenerator
from studio.settings import Settings
from tests.pipelines.generate.tiny import SIDE_PX, write_profile


@pytest.fixture
def generators(tmp_path: Path, tiny_checkpoint: Callable[[str], Path]) -> Generators:
    write_profile(tmp_path, "ours", tiny_checkpoint("sdxl-inpaint"), like="sdxl-inpaint")
    return generators_of(Settings(home=tmp_path, device="cpu"))


def ask() -> Ask:
    grey = np.full((SIDE_PX, SIDE_PX, 3), 128, np.uint8)
    return Ask(picture=grey, mask=np.ones((SIDE_PX, SIDE_PX), np.float32), prompt="oak", seed=3)


def test_a_model_is_named_by_profile_and_revision_and_leased_by_that(
    generators: Generators,
) -> None:
    name = generators.name("ours")
    profile, _, revision = name.partition("@")
    assert profile == "ours"
    assert len(revision) == 12
    with generators.lease(name) as model:
        painted = model.paint([ask()], cancelled=lambda: False)[0]
        assert model.profile.name == "ours"
    with generators.lease(name) as again:
        assert np.array_equal(painted, again.paint([ask()], cancelled=lambda: False)[0])
    assert generators.room().models.keys == (name,)


def test_a_finished_job_keeps_no_model_that_was_let_go(generators: Generators) -> None:
    with generators.lease(generators.name("ours")) as model:
        assert isinstance(model, MeetingGenerator)
        held = weakref.ref(model.generator)
    assert held() is not None, "the cache keeps it"
    generators.room().models.evict_idle()
    assert held() is None
    assert model.profile.name == "ours"
    with pytest.raises(RuntimeError, match="ours is no longer leased"):
        model.paint([ask()], cancelled=lambda: False)


def test_a_card_that_is_full_once_a_model_is_made_fast_says_so(
    generators: Generators, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("studio.services.generators.quicken", full)
    with pytest.raises(OutOfMemory, match="too little memory for its weights"):
        generators.lease(generators.name("ours")).__enter__()


def test_a_processor_is_reckoned_with_numbers_of_32_bits(
    generators: Generators, tmp_path: Path
) -> None:
    file = tmp_path / "profiles/ours.toml"
    file.write_text(file.read_text().replace('dtype = "float32"', 'dtype = "bfloat16"'))
    profile, name = generators.profiles.get("ours"), generators.name("ours")
    assert profile.dtype == "bfloat16"
    here = generators.needs(profile, key=name, device="cpu").whole_bytes
    on_card = generators.needs(profile, key=name, device="cuda:0").whole_bytes
    assert here == 2 * on_card
    loaded = generators.load(profile, room=generators.room(), lossy=False, offload="nothing")
    assert here == pytest.approx(loaded.held_bytes, rel=0.01)


def test_another_revision_than_is_here_is_refused(generators: Generators, tmp_path: Path) -> None:
    name = generators.name("ours")
    file = tmp_path / "profiles/ours.toml"
    file.write_text(file.read_text() + "guidance_scale = 3.0\n")
    assert generators.name("ours") != name
    with pytest.raises(ModelCorrupt), generators.lease(name):
        pass


def test_a_licence_that_forbids_commerce_needs_the_users_word(generators: Generators) -> None:
    told = r"model 'flux-fill': its licence \(FLUX.1 \[dev\] Non-Commercial License\) forbids"
    with pytest.raises(LicenceRefused, match=told) as refused:
        generators.name("flux-fill")
    assert "PACKSHOT_NONCOMMERCIAL=true or --noncommercial" in str(refused.value)
    with pytest.raises(ModelMissing, match="run `packshot models pull flux-fill`"):
        generators.name("flux-fill", noncommercial=True)


def test_the_setting_is_such_a_word(tmp_path: Path) -> None:
    generators = generators_of(Settings(home=tmp_path, noncommercial=True))
    assert generators.permitted("flux-fill").name == "flux-fill"


def test_a_profile_like_a_refused_one_is_refused_as_well(
    generators: Generators, tmp_path: Path
) -> None:
    (tmp_path / "profiles/mine.toml").write_text('like = "flux-fill"\nsteps = 20\n')
    with pytest.raises(LicenceRefused):
        generators.name("mine")


def test_what_is_not_here_says_so(generators: Generators, tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown, match="no model 'our', did you mean 'ours'"):
        generators.name("our")
    with pytest.raises(ModelMissing):
        generators.name("sdxl-inpaint")
    (tmp_path / "profiles/gone.toml").write_text('like = "sdxl-inpaint"\nfolder = "/nowhere"\n')
    with pytest.raises(CheckpointUnusable, match=r"/nowhere is not there; put the checkpoint"):
        generators.name("gone")
