"""From a folder to a model: what is wrong with the folder is told in one line."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pipelines.errors import CheckpointUnusable, OutOfMemory
from pipelines.generate import CheckpointStore, DigestMemory, Profile
from pipelines.generate.loading import load_generator
from pipelines.generate.place import find_place
from pipelines.generate.profile import Lora, Part
from tests.pipelines.generate.test_painter import ask, paint
from tests.pipelines.generate.tiny import tiny_profile

UNET = "unet/diffusion_pytorch_model.safetensors"
WORDS = "text_encoder/model.safetensors"


@pytest.fixture
def folder(tiny_checkpoint: Callable[[str], Path], tmp_path: Path) -> Path:
    return shutil.copytree(tiny_checkpoint("sdxl-inpaint"), tmp_path / "own")


@pytest.fixture
def profile(folder: Path) -> Profile:
    return tiny_profile("sdxl-inpaint", folder)


def change(file: Path, drop: str = "", resize: str = "") -> None:
    """Leave a tensor out of a file of weights, or give it another shape."""
    tensors = load_file(file)
    name = next(one for one in tensors if (drop or resize) in one)
    tensor = tensors.pop(name)
    if resize:
        tensors[name] = torch.zeros(tensor.shape[0] + 1, *tensor.shape[1:])
    save_file(tensors, file, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: change(folder / WORDS, drop="layers.1.mlp.fc1.weight"),
         "text_encoder lacks 1 weights, such as "),
        (lambda folder: change(folder / UNET, drop="conv_in.weight"), "conv_in.weight"),
        (lambda folder: change(folder / UNET, resize="conv_in.weight"), "conv_in.weight"),
        (lambda folder: change(folder / WORDS, resize="fc1.weight"), "own"),
        (lambda folder: (folder / UNET).write_bytes((folder / UNET).read_bytes()[:-10]), "own"),
        (lambda folder: (folder / "unet/config.json").write_text("{"), "config.json"),
        (lambda folder: shutil.rmtree(folder / "vae"), "config.json"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_checkpoint_is_one_clear_line(
    profile: Profile, folder: Path, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(folder)
    with pytest.raises(CheckpointUnusable) as fault:
        load_generator(profile, folder, device="cpu")
    assert told in str(fault.value)
    assert "\n" not in str(fault.value)
    assert str(fault.value).endswith("; copy the checkpoint anew, or correct its profile")


def test_a_checkpoint_of_another_class_is_refused(
    tiny_checkpoint: Callable[[str], Path], profile: Profile
) -> None:
    with pytest.raises(CheckpointUnusable, match="model 'sdxl-inpaint': "):
        load_generator(profile, tiny_checkpoint("flux2-klein"), device="cpu")


def test_a_class_that_we_cannot_call_is_refused(profile: Profile, folder: Path) -> None:
    unknown = replace(profile, pipeline="StableDiffusionPipeline")
    with pytest.raises(CheckpointUnusable, match="Packshot cannot call; use one of Flux2Klein"):
        load_generator(unknown, folder, device="cpu")


def test_a_device_that_cannot_hold_the_weights_is_told_by_name(
    profile: Profile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("diffusers.StableDiffusionXLInpaintPipeline.to", full)
    with pytest.raises(OutOfMemory, match="has too little memory for its weights") as told:
        load_generator(profile, folder, device="cpu")
    assert told.value.__context__ is None


def test_text_encoders_that_cannot_be_pinned_are_told_as_a_lack_of_memory(
    profile: Profile, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise torch.AcceleratorError("CUDA error: out of memory")

    monkeypatch.setattr("pipelines.generate.loading.Shelf", full)
    with pytest.raises(OutOfMemory, match="this computer has too little memory for its weights"):
        load_generator(profile, folder, device="cpu", offload="readers")


def test_a_part_of_an_unknown_class_is_refused(profile: Profile, folder: Path) -> None:
    for class_name in ("Nothing", "DiffusionPipeline"):
        part = Part(component="vae", class_name=class_name, repo="us/vae")
        with pytest.raises(CheckpointUnusable, match=f"has no model {class_name}"):
            load_generator(replace(profile, parts=(part,)), folder, device="cpu")


def test_code_that_lies_in_a_checkpoint_is_never_run(profile: Profile, folder: Path) -> None:
    (folder / "pipeline.py").write_text("raise SystemExit('run')")
    (folder / "unet/ours.py").write_text("raise SystemExit('run')")
    index = folder / "model_index.json"
    listed = json.loads(index.read_text())
    assert load_generator(profile, folder, device="cpu").device.kind == "cpu"
    index.write_text(json.dumps({**listed, "unet": ["ours", "Unet"]}))
    with pytest.raises(CheckpointUnusable):
        load_generator(profile, folder, device="cpu")


def test_a_profiles_scheduler_is_used(profile: Profile, folder: Path) -> None:
    plain = paint(load_generator(profile, folder, device="cpu"), ask())[0]
    other = replace(profile, scheduler={"class": "DDIMScheduler", "timestep_spacing": "trailing"})
    assert not np.array_equal(plain, paint(load_generator(other, folder, device="cpu"), ask())[0])
    unknown = replace(profile, scheduler={"class": "Timer"})
    with pytest.raises(CheckpointUnusable, match="no scheduler Timer; correct its profile"):
        load_generator(unknown, folder, device="cpu")


def lora_weights(strength: float) -> dict[str, torch.Tensor]:
    """A LoRA of rank one on one matrix of the tiny network."""
    place = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_v"
    noise = torch.Generator().manual_seed(0)
    return {
        f"{place}.lora_A.weight": torch.randn(1, 32, generator=noise) * strength,
        f"{place}.lora_B.weight": torch.randn(32, 1, generator=noise) * strength,
    }


def test_a_lora_changes_pictures_and_its_scale_how_much(
    profile: Profile, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "style.safetensors"
    save_file(lora_weights(0.5), file)
    painted: dict[float, Any] = {}
    for scale in (0.0, 0.2, 1.0):
        own = replace(profile, loras=(Lora(file=str(file), scale=scale),))
        painted[scale] = paint(load_generator(own, folder, device="cpu"), ask())[0].astype(int)
    plain = paint(load_generator(profile, folder, device="cpu"), ask())[0]
    assert np.array_equal(painted[0.0], plain)
    changed = [np.abs(painted[scale] - plain).sum() for scale in (0.2, 1.0)]
    assert 0 < changed[0] < changed[1]


def test_a_lora_is_part_of_the_models_name(profile: Profile, tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "store", memory=DigestMemory(tmp_path / "digests.json"))
    file = tmp_path / "style.safetensors"
    own = replace(profile, loras=(Lora(file=str(file)),))
    assert store.lacks(own) == f"{file} is not there"
    save_file(lora_weights(0.1), file)
    names = {store.revision(profile), store.revision(own)}
    names.add(store.revision(replace(profile, loras=(Lora(file=str(file), scale=0.5),))))
    save_file(lora_weights(0.2), file)
    names.add(store.revision(own))
    assert len(names) == 4
    assert store.resident_bytes(own) == store.resident_bytes(profile)


def test_a_lora_that_is_none_is_told(profile: Profile, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "style.safetensors"
    file.write_bytes(b"no weights")
    own = replace(profile, loras=(Lora(file=str(file)),))
    with pytest.raises(CheckpointUnusable, match="give one that was made for this model"):
        load_generator(own, folder, device="cpu")


def test_the_processor_computes_in_32_bits_and_says_so(profile: Profile) -> None:
    place = find_place(replace(profile, dtype="bfloat16"), "cpu")
    assert (place.kind, place.dtype) == ("cpu", "float32")
