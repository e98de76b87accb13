"""Checkpoints in folders: whole or not, what they weigh, and what names them."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import CheckpointUnusable, ModelMissing
from pipelines.generate import CheckpointStore, DigestMemory, Profile
from pipelines.generate.profile import Ability
from tests.pipelines.generate.tiny import tiny_profile

WEIGHTS = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture
def folder(tiny_checkpoint: Callable[[str], Path], tmp_path: Path) -> Path:
    return shutil.copytree(tiny_checkpoint("sdxl-inpaint"), tmp_path / "own")


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "store", memory=DigestMemory(tmp_path / "digests.json"))


@pytest.fixture
def profile(folder: Path) -> Profile:
    return tiny_profile("sdxl-inpaint", folder)


def test_a_whole_folder_is_known_by_twelve_digits(
    store: CheckpointStore, profile: Profile, tmp_path: Path
) -> None:
    assert store.has(profile)
    named = store.revision(profile)
    assert len(named) == 12
    assert store.revision(profile) == named
    again = CheckpointStore(tmp_path, memory=DigestMemory(tmp_path / "other.json"))
    assert again.revision(profile) == named


def test_another_place_of_the_same_files_is_the_same_model(
    store: CheckpointStore, profile: Profile, folder: Path
) -> None:
    named = store.revision(profile)
    moved = folder.rename(folder.with_name("moved"))
    assert store.revision(replace(profile, folder=moved)) == named


def test_an_exchanged_file_is_another_model(
    store: CheckpointStore, profile: Profile, folder: Path
) -> None:
    named = store.revision(profile)
    data = bytearray((folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS).write_bytes(data)
    assert store.revision(profile) != named
    file = folder / "scheduler/scheduler_config.json"
    changed = store.revision(profile)
    file.write_text(file.read_text().replace("leading", "trailing"))
    assert store.revision(profile) not in (named, changed)


def test_what_the_profile_makes_of_it_is_part_of_the_name_and_a_title_is_not(
    store: CheckpointStore, profile: Profile
) -> None:
    named = store.revision(profile)
    assert store.revision(replace(profile, steps=9)) != named
    assert store.revision(replace(profile, scheduler={"class": "DDIMScheduler"})) != named
    assert store.revision(replace(profile, buckets=((128, 128),))) != named
    assert store.revision(replace(profile, abilities=frozenset({"inpaint"}))) != named
    assert store.revision(replace(profile, controls=frozenset({"depth"}))) != named
    assert store.revision(replace(profile, title="another", multiple_px=16)) == named


def test_the_name_does_not_hang_on_the_order_in_which_a_set_is_walked(
    store: CheckpointStore, profile: Profile
) -> None:
    class Reversed(frozenset[Ability]):
        def __iter__(self) -> Iterator[Ability]:
            return iter(sorted(frozenset(self), reverse=True))

        def __repr__(self) -> str:
            return str(list(self))

    some: frozenset[Ability] = frozenset({"inpaint", "guidance", "edit", "references"})
    assert store.revision(replace(profile, abilities=Reversed(some))) == store.revision(
        replace(profile, abilities=some)
    )


def test_files_that_do_not_belong_to_it_do_not_matter(
    store: CheckpointStore, profile: Profile, folder: Path
) -> None:
    named = store.revision(profile)
    (folder / "notes.txt").write_text("ours")
    (folder / "unet/pipeline.py").write_text("raise SystemExit")
    (folder / "unet/diffusion_pytorch_model.bin").write_bytes(b"pickle")
    assert store.revision(profile) == named


def test_digests_are_remembered_by_size_and_time(
    store: CheckpointStore, profile: Profile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.revision(profile)
    monkeypatch.setattr("hashlib.file_digest", None)
    assert store.revision(profile)
    (folder / WEIGHTS).touch()
    with pytest.raises(TypeError):
        store.revision(profile)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (shutil.rmtree, "is not there"),
        (lambda folder: (folder / "model_index.json").unlink(), "has no model_index.json"),
        (lambda folder: (folder / "model_index.json").write_text("[]"), "it is no JSON object"),
        (lambda folder: (folder / "model_index.json").write_text("{"), "cannot be read"),
        (lambda folder: shutil.rmtree(folder / "vae"), "vae is not there"),
        (lambda folder: (folder / WEIGHTS).unlink(), "unet has no safetensors"),
        (lambda folder: (folder / WEIGHTS).rename(folder / "unet/model.bin"),
         "only model.bin, which could run code when it is read"),
        (lambda folder: (folder / WEIGHTS).write_bytes(b""), "is empty or cut off"),
        (lambda folder: (folder / WEIGHTS).write_bytes(b"version https://git-lfs.github.com"),
         "is cut off, or no safetensors file"),
        (lambda folder: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100]),
         "is cut off: "),
    ],
)  # fmt: skip
def test_a_folder_that_is_not_whole_says_what_it_lacks(
    store: CheckpointStore,
    profile: Profile,
    folder: Path,
    spoil: Callable[[Path], object],
    told: str,
) -> None:
    spoil(folder)
    assert told in store.lacks(profile)
    with pytest.raises(CheckpointUnusable, match="put the checkpoint there, or correct 'folder'"):
        store.revision(profile)


def test_a_shard_that_is_missing_is_told(
    store: CheckpointStore, profile: Profile, folder: Path
) -> None:
    index = folder / "unet/diffusion_pytorch_model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "diffusion_pytorch_model-00002-of-00002.safetensors"}}')
    assert "diffusion_pytorch_model-00002-of-00002.safetensors is not there" in store.lacks(profile)


@pytest.mark.parametrize(
    "text", ['{"weight_m', "{}", "[]", '{"weight_map": []}', '{"weight_map": {"a": 1}}', "\xff"]
)
def test_a_list_of_shards_that_cannot_be_read_is_told(
    store: CheckpointStore, profile: Profile, folder: Path, text: str
) -> None:
    index = folder / "unet/diffusion_pytorch_model.safetensors.index.json"
    index.write_text(text, encoding="latin-1")
    assert store.lacks(profile) == f"{index} cannot be read"


def test_what_was_never_fetched_says_how_to(store: CheckpointStore, profile: Profile) -> None:
    absent = replace(profile, folder=None)
    with pytest.raises(ModelMissing, match="run `packshot models pull sdxl-inpaint`"):
        store.require(absent)
    store.path(absent).mkdir(parents=True)
    with pytest.raises(ModelMissing, match="its weights are not whole: "):
        store.require(absent)
    assert store.resident_bytes(absent) == absent.resident_bytes


def test_what_it_will_hold_is_counted_in_the_numbers_it_will_be_loaded_in(
    store: CheckpointStore, profile: Profile
) -> None:
    in_32_bits = store.resident_bytes(profile)
    files_bytes = sum(file.stat().st_size for file in store.files(profile))
    assert 1_000_000 < in_32_bits < files_bytes
    assert store.resident_bytes(replace(profile, dtype="bfloat16")) == in_32_bits // 2
    half = replace(profile, dtype="bfloat16")
    assert store.resident_bytes(half, dtype="float32") == in_32_bits
