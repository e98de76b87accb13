"""Fetching checkpoints: by the hub's own client, from a hub on this machine."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines.errors import CheckpointUnusable, ModelMissing
from pipelines.generate import (
    CheckpointStore,
    HuggingFaceHub,
    Profile,
    pull,
)
from pipelines.generate.hub import HubRefused
from tests.pipelines.generate.hubs import COMMIT, LocalHub, local_hub
from tests.pipelines.generate.repository import INDEX, KEPT, fetch, names, weights

CLIENT_CHUNK_BYTES = 10 << 20
"""What the hub's client writes at once."""


def test_what_is_here_is_not_fetched_again(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    fetch(profile, store, hub)
    hub.sent.clear()
    assert fetch(profile, store, hub) == (False, [])
    assert hub.sent == []


def test_a_file_that_rotted_is_fetched_again_by_force(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    fetch(profile, store, hub)
    file = store.path(profile) / "unet/diffusion_pytorch_model.fp16.safetensors"
    file.write_bytes(weights(7))
    with pytest.raises(CheckpointUnusable, match="is not the file that was fetched"):
        store.verify(profile)
    hub.sent.clear()
    assert fetch(profile, store, hub, force=True)[0]
    assert file.read_bytes() == weights(1)
    assert hub.sent[-1] == "unet/diffusion_pytorch_model.fp16.safetensors"
    assert store.verify(profile) == len(KEPT)


def test_bytes_that_are_not_what_the_hub_says_do_not_stay(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    hub.spoiled = {"unet/config.json"}
    with pytest.raises(CheckpointUnusable, match="has other bytes than the hub says"):
        fetch(profile, store, hub)
    hub.spoiled = {"unet/diffusion_pytorch_model.fp16.safetensors"}
    with pytest.raises(CheckpointUnusable, match="has another SHA-256 than the hub says"):
        fetch(profile, store, hub)
    assert not store.has(profile)
    hub.spoiled.clear()
    assert fetch(profile, store, hub)[0]
    assert store.has(profile)


def test_a_file_that_broke_off_goes_on_where_it_stopped(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    broken = "unet/diffusion_pytorch_model.fp16.safetensors"
    hub.repos["us/model"][broken] = whole = weights(1, tensor_bytes=CLIENT_CHUNK_BYTES * 3 // 2)
    hub.broken_after = {broken: CLIENT_CHUNK_BYTES + 5}
    assert fetch(profile, store, hub)[0]
    assert (store.path(profile) / broken).read_bytes() == whole
    asked = [asked for name, asked in zip(hub.sent, hub.ranges, strict=True) if name == broken]
    assert asked == ["", f"bytes={CLIENT_CHUNK_BYTES}-"]


def test_a_pull_that_failed_keeps_what_it_had(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    hub.spoiled = {"unet/diffusion_pytorch_model.fp16.safetensors"}
    with pytest.raises(CheckpointUnusable):
        fetch(profile, store, hub)
    hub.spoiled.clear()
    hub.sent.clear()
    fetch(profile, store, hub)
    assert set(hub.sent) <= {"model_index.json", "unet/diffusion_pytorch_model.fp16.safetensors"}


class Unplugged(HuggingFaceHub):
    """A hub that is lost before the weights."""

    def fetch(self, repo: str, commit: str, name: str, folder: Path) -> Path:
        if name.endswith(".safetensors"):
            raise HubRefused("the line is cut", "try again")
        return super().fetch(repo, commit, name, folder)


def test_what_was_cut_off_between_two_commits_is_not_taken_for_whole(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    fetch(profile, store, hub)
    changed = "scheduler/scheduler_config.json"
    unet = "unet/diffusion_pytorch_model.fp16.safetensors"
    hub.repos["us/model"] |= {changed: b'{"new": 1}', unet: weights(3)}
    with pytest.raises(CheckpointUnusable, match="the line is cut"):
        pull(profile, store, Unplugged(hub.url), revision=COMMIT, log=lambda _: None)
    folder = store.path(profile)
    assert (folder / changed).read_bytes() == b'{"new": 1}'
    assert (folder / unet).read_bytes() == weights(1), "of the commit before"
    assert "was not fetched to its end" in store.lacks(profile)
    with pytest.raises(ModelMissing, match="not fetched to its end"):
        store.revision(profile)
    assert fetch(profile, store, hub)[0]
    assert store.has(profile)
    assert names(folder) == KEPT | {".packshot.json"}


def test_a_pull_that_never_began_leaves_the_whole_checkpoint(
    profile: Profile, store: CheckpointStore, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(profile, store, hub)
    named = store.revision(profile)
    hub.repos["us/model"]["model_index.json"] = json.dumps({**INDEX, "new": True}).encode()
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=500_000_000))
    with pytest.raises(CheckpointUnusable, match="are missing"):
        fetch(profile, store, hub, revision=COMMIT)
    assert store.revision(profile) == named


def test_another_commit_than_the_pinned_one_is_not_already_here(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    fetch(profile, store, hub)
    file = store.path(profile) / ".packshot.json"
    file.write_text(file.read_text().replace(COMMIT, "f" * 40))
    hub.repos["us/model"]["unet/diffusion_pytorch_model.fp16.safetensors"] = weights(3)
    pinned = replace(profile, revision=COMMIT)
    assert fetch(pinned, store, hub)[0]
    assert json.loads(file.read_text())["commits"] == {"us/model": COMMIT}
    hub.sent.clear()
    assert fetch(pinned, store, hub) == (False, [])
    assert hub.sent == []


def test_a_refusal_of_the_hub_is_one_clear_line(
    profile: Profile, store: CheckpointStore, hub: LocalHub
) -> None:
    with pytest.raises(CheckpointUnusable, match=r"the hub shows no us/other; .*HF_TOKEN"):
        fetch(replace(profile, repo="us/other"), store, hub)
    hub.gated.add("us/model")
    with pytest.raises(CheckpointUnusable, match=r"accept it at https://.*/us/model and set"):
        fetch(profile, store, hub)


def test_a_disk_without_room_is_told_before_anything_large_is_fetched(
    profile: Profile, store: CheckpointStore, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=500_000_000))
    with pytest.raises(CheckpointUnusable, match=r"0.0 GB are missing, 0.5 GB are free; free"):
        fetch(profile, store, hub)
    assert hub.sent == ["model_index.json"]


def test_a_users_own_folder_is_not_on_the_hub(
    profile: Profile, store: CheckpointStore, hub: LocalHub, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointUnusable, match="not on the hub; there is nothing to pull"):
        fetch(replace(profile, folder=tmp_path), store, hub)
    assert hub.sent == []


def test_a_hub_that_does_not_answer_is_told(profile: Profile, store: CheckpointStore) -> None:
    with local_hub() as gone:
        url = gone.url
    with pytest.raises(CheckpointUnusable, match=r"us/model cannot be fetched .*; check the conn"):
        pull(profile, store, HuggingFaceHub(url), log=lambda _: None)
    with pytest.raises(ModelMissing, match="its weights are not on this machine"):
        store.require(profile)
