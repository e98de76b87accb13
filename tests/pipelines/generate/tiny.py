"""Checkpoints of every profile's real classes, small enough for a processor, seeded, as folders.

They paint noise, but by the same code, signatures and file layout as the real ones.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from tokenizers.pre_tokenizers import ByteLevel

from pipelines.generate import BUILT_IN_PROFILES, Profile, ProfileRegistry

SIDE_PX = 64
_LETTERS = sorted(ByteLevel.alphabet())
_CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_QWEN_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>",
                "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>")  # fmt: skip


def tiny_profile(name: str, folder: Path | None = None, *, side_px: int = SIDE_PX) -> Profile:
    """The built-in profile with buckets and steps that a processor can paint in no time."""
    known = ProfileRegistry((BUILT_IN_PROFILES,)).get(name)
    return replace(
        known,
        buckets=((side_px, side_px),),
        steps=2,
        dtype="float32",
        folder=folder,
        resident_bytes=1 << 20,
        working_bytes=1 << 20,
        text_encoder_bytes=0,
    )


def write_profile(
    home: Path, name: str, folder: Path, *, like: str, side_px: int = SIDE_PX
) -> Path:
    """A user's own profile as a file of the home folder, over a tiny checkpoint."""
    file = home / "profiles" / f"{name}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'like = "{like}"\nfolder = "{folder}"\nbuckets = [[{side_px}, {side_px}]]\nsteps = 2\n'
        f'dtype = "float32"\nresident_bytes = 1000000\nworking_bytes = 1000000\n',
        encoding="utf-8",
    )
    return file


def write_checkpoint(name: str, folder: Path) -> Path:
    """Build a profile's tiny checkpoint and save it the way that the hub lays it out."""
    torch.manual_seed(0)
    with torch.no_grad():
        pipe = _BUILDERS[name]()
    pipe.save_pretrained(folder, safe_serialization=True)
    return folder


def names() -> tuple[str, ...]:
    """Every profile that has a tiny checkpoint."""
    return tuple(_BUILDERS)


def clip_tokenizer() -> Any:
    """CLIP's, over single bytes."""
    tokens = [*_LETTERS, *(f"{letter}</w>" for letter in _LETTERS)]
    vocab = {token: index for index, token in enumerate(tokens)}
    for special in ("<|startoftext|>", "<|endoftext|>"):
        vocab[special] = len(vocab)
    return transformers.CLIPTokenizer(vocab=vocab, merges=[], model_max_length=77)


def qwen_tokenizer() -> Any:
    """Qwen2's, over single bytes."""
    vocab = {token: index for index, token in enumerate(_LETTERS)}
    for special in _QWEN_TOKENS:
        vocab[special] = len(vocab)
    made = transformers.Qwen2Tokenizer(
        vocab=vocab, merges=[], extra_special_tokens=list(_QWEN_TOKENS[1:]), model_max_length=4096
    )
    made.chat_template = _CHAT
    return made


def t5_tokenizer() -> Any:
    """T5's, over single letters."""
    specials = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    letters = [(chr(code), -3.0) for code in range(33, 127)]
    return transformers.T5Tokenizer(vocab=[*specials, *letters], extra_ids=0, model_max_length=512)


def _clip(projected: bool) -> Any:
    config = transformers.CLIPTextConfig(
        hidden_size=32, projection_dim=32, intermediate_size=37, num_hidden_layers=2,
        num_attention_heads=4, vocab_size=len(_LETTERS) * 2 + 2, max_position_embeddings=77,
        bos_token_id=512, eos_token_id=513, pad_token_id=513,
    )  # fmt: skip
    kind: Any = (
        transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel
    )
    return kind(config).eval()


def _vae(channels: int, *, shifted: bool = False) -> Any:
    sizes: dict[str, Any] = {"shift_factor": 0.0609, "scaling_factor": 1.5035} if shifted else {}
    quant = {"use_quant_conv": False, "use_post_quant_conv": False} if shifted else {}
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), in_channels=3, out_channels=3, latent_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=4, layers_per_block=1, sample_size=64, **sizes, **quant,
    ).eval()  # fmt: skip


def _unet(in_channels: int) -> Any:
    return diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=8, in_channels=in_channels,
        out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(2, 4),
        use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=8, transformer_layers_per_block=(1, 1),
        projection_class_embeddings_input_dim=6 * 8 + 32, cross_attention_dim=64,
        norm_num_groups=4,
    ).eval()  # fmt: skip


def _sdxl_parts(in_channels: int) -> dict[str, Any]:
    return {
        "vae": _vae(4),
        "text_encoder": _clip(projected=False),
        "text_encoder_2": _clip(projected=True),
        "tokenizer": clip_tokenizer(),
        "tokenizer_2": clip_tokenizer(),
        "unet": _unet(in_channels),
        "scheduler": diffusers.EulerDiscreteScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
            timestep_spacing="leading",
        ),
    }  # fmt: skip


def _sdxl_inpaint() -> Any:
    return diffusers.StableDiffusionXLInpaintPipeline(**_sdxl_parts(9))


_BUILDERS: dict[str, Callable[[], Any]] = {"sdxl-inpaint": _sdxl_inpaint}
