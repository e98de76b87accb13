"""Fetching checkpoints: by the hub's own client, from a hub on this machine."""

import json
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipelines.errors import CheckpointUnusable, ModelMissing
from pipelines.generate import (
    BUILT_IN_PROFILES,
    CheckpointStore,
    DigestMemory,
    HuggingFaceHub,
    Profile,
    ProfileRegistry,
    pull,
)
from pipelines.generate.checkpoints import recorded_commits
from pipelines.generate.hub import HubRefused, Listing
from pipelines.generate.profile import Lora, Part
from tests.pipelines.generate.hubs import COMMIT, LocalHub, local_hub

CLIENT_CHUNK_BYTES = 10 << 20
"""What the hub's client writes at once."""


def weights(fill: int = 0, *, tensor_bytes: int = 16) -> bytes:
    """A safetensors file of one tensor."""
    tensor = {"dtype": "F16", "shape": [tensor_bytes // 2], "data_offsets": [0, tensor_bytes]}
    header = json.dumps({"w": tensor}).encode()
    return struct.pack("<Q", len(header)) + header + bytes([fill]) * tensor_bytes


INDEX = {
    "_class_name": "StableDiffusionXLInpaintPipeline",
    "unet": ["diffusers", "UNet2DConditionModel"],
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "image_encoder": [None, None],
    "..": ["diffusers", "UNet2DConditionModel"],
    "force_zeros_for_empty_prompt": True,
}
FILES = {
    "model_index.json": json.dumps(INDEX).encode(),
    "README.md": b"# a model",
    "run.py": b"print('never')",
    "sd_xl_inpaint.safetensors": weights(9),
    "scheduler/scheduler_config.json": b"{}",
    "tokenizer/merges.txt": b"#version",
    "tokenizer/vocab.json": b"{}",
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.fp16.safetensors": weights(1),
    "unet/diffusion_pytorch_model.safetensors": weights(2),
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "unet/diffusion_pytorch_model.safetensors.index.json": b"{}",
    "unet/model.py": b"print('never')",
    "vae_encoder/model.onnx": b"onnx",
    "../escaped.json": b"{}",
}
KEPT = {
    "model_index.json",
    "scheduler/scheduler_config.json",
    "tokenizer/merges.txt",
    "tokenizer/vocab.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
}


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with local_hub() as served:
        served.repos["us/model"] = dict(FILES)
        yield served


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "store", memory=DigestMemory(tmp_path / "digests.json"))


@pytest.fixture
def profile() -> Profile:
    known = ProfileRegistry((BUILT_IN_PROFILES,)).get("sdxl-inpaint")
    return replace(known, repo="us/model", revision="")


def fetch(
    profile: Profile,
    store: CheckpointStore,
    hub: LocalHub,
    *,
    force: bool = False,
    revision: str = "",
) -> tuple[bool, list[str]]:
    told: list[str] = []
    client = HuggingFaceHub(hub.url)
    got = pull(profile, store, client, revision=revision, force=force, log=told.append)
    return got, told


def names(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


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
