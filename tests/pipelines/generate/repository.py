"""A repository of a model as hubs hold them, and what of it belongs on the disk."""

import json
import struct
from pathlib import Path

from pipelines.generate import (
    CheckpointStore,
    HuggingFaceHub,
    Profile,
    pull,
)
from tests.pipelines.generate.hubs import LocalHub


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
