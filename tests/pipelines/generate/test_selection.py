"""What of a hub's repositories a checkpoint is made of."""

import json
from dataclasses import replace

import pytest

from pipelines.errors import CheckpointUnusable
from pipelines.generate import (
    BUILT_IN_PROFILES,
    CheckpointStore,
    HuggingFaceHub,
    Profile,
    ProfileRegistry,
    pull,
)
from pipelines.generate.checkpoint_folder import recorded_commits
from pipelines.generate.hub import Listing
from pipelines.generate.profile import Lora, Part
from tests.pipelines.generate.hubs import COMMIT, LocalHub
from tests.pipelines.generate.repository import FILES, KEPT, fetch, names, weights


def test_only_what_the_model_is_made_of_is_fetched(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    got, told = fetch(profile, store, hub)
    assert got
    assert store.has(profile)
    assert names(store.path(profile)) == KEPT | {".packshot.json"}
    assert set(hub.sent) == KEPT
    record = json.loads((store.path(profile) / ".packshot.json").read_text())
    assert record["commits"] == {"us/model": COMMIT}
    assert told[0] == (
        "sdxl-inpaint: us/model: its profile pins no commit: taking what it holds now, "
        f"{COMMIT}, from now on this one"
    )


class MovingHub(HuggingFaceHub):
    """A hub whose newest commit is another each time; remembers which were asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[str, str]] = []

    def listing(self, repo: str, revision: str) -> Listing:
        found = super().listing(repo, revision)
        self.asked.append((repo, revision))
        return replace(found, commit=revision or f"{len(self.asked):040x}")


def test_what_no_profile_pins_stays_what_the_first_pull_took(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    hub.repos["them/control"] = {"config.json": b"{}", "model.safetensors": weights(3)}
    part = Part(component="controlnet", class_name="ControlNetUnionModel", repo="them/control")
    loose = replace(profile, parts=(part,))
    moving = MovingHub(hub.url)
    told: list[str] = []
    for _ in range(2):
        pull(loose, store, moving, force=True, log=told.append)
    first, second = f"{1:040x}", f"{2:040x}"
    assert moving.asked == [
        ("us/model", ""), ("them/control", ""), ("us/model", first), ("them/control", second),
    ]  # fmt: skip
    assert recorded_commits(store.path(loose)) == {"us/model": first, "them/control": second}
    assert f"sdxl-inpaint: them/control stays at {second}, which the first pull took" in told


def test_parts_and_loras_come_from_their_own_repositories(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    hub.repos["us/base"] = dict(FILES)
    hub.repos["them/control"] = {
        "config.json": b"{}",
        "config_promax.json": b'{"pro": 1}',
        "diffusion_pytorch_model.safetensors": weights(3),
        "diffusion_pytorch_model_promax.safetensors": weights(4),
    }
    hub.repos["them/style"] = {"style.safetensors": weights(5)}
    union = ProfileRegistry((BUILT_IN_PROFILES,)).get("sdxl-union-inpaint")
    part = replace(union.parts[0], repo="them/control", revision=COMMIT)
    lora = Lora(file="style.safetensors", repo="them/style", revision=COMMIT)
    both = replace(union, repo="us/base", revision=COMMIT, parts=(part,), loras=(lora,))
    fetch(both, store, hub)
    folder = store.path(both)
    assert (folder / "controlnet/config.json").read_bytes() == b'{"pro": 1}'
    assert (folder / "controlnet/diffusion_pytorch_model.safetensors").read_bytes() == weights(4)
    assert (folder / "loras/style.safetensors").read_bytes() == weights(5)
    assert store.has(both)


def test_weights_that_could_run_code_are_refused(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    for name in [name for name in FILES if name.endswith(".safetensors")]:
        del hub.repos["us/model"][name]
    told = "has unet only as unet/diffusion_pytorch_model.bin, which could run code when read"
    with pytest.raises(CheckpointUnusable, match=told):
        fetch(profile, store, hub)
