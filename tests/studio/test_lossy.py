"""Speed at the price of likeness: asked for by a setting, named in the recipe."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import ModelCorrupt
from pipelines.generate import Profile
from pipelines.generate.speed import Quickened
from studio.bootstrap.generators import generators_of
from studio.services.generators import Generators, Loaded
from studio.settings import Settings
from tests.pipelines.generate.tiny import write_profile
from tests.pipelines.painting.painters import Painter, honest

NOTHING = Quickened(done=(), left_out={})


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each load was asked to be lossy; the models paint by arithmetic."""
    asked: list[bool] = []

    def load(_self: Generators, profile: Profile, *, lossy: bool, **_options: Any) -> Loaded:
        asked.append(lossy)
        painter = Painter(honest, profile=profile)
        return Loaded(generator=painter, quickened=NOTHING, held_bytes=1)

    monkeypatch.setattr(Generators, "load", load)
    return asked


def test_a_recipe_says_by_which_switches_its_picture_was_changed(
    tmp_path: Path, tiny_checkpoint: Callable[[str], Path], loads: list[bool]
) -> None:
    write_profile(tmp_path, "mine", tiny_checkpoint("z-image-inpaint"), like="z-image-inpaint")
    careful = generators_of(Settings(home=tmp_path, device="cpu"))
    quick = generators_of(Settings(home=tmp_path, device="cpu", lossy=True))
    name = quick.name("mine")
    assert name == f"{careful.name('mine')}+fp8_matrices"
    # The recipe decides, not the setting of who makes it: the same recipe is the same picture.
    with careful.lease(name), quick.lease(careful.name("mine")):
        assert loads == [True, False]
    with pytest.raises(ModelCorrupt), careful.lease(f"{careful.name('mine')}+tiled_vae"):
        pass
