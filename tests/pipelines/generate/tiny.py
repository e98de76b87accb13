"""Checkpoints of every profile's real classes, small enough for a processor, seeded, as folders.

They paint noise, but by the same code, signatures and file layout as the real ones.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import pytest
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
        f'dtype = "float32"\nresident_bytes = 1000000\nworking_bytes = 1000000\n'
        "text_encoder_bytes = 0\n",
        encoding="utf-8",
    )
    return file


def write_checkpoint(name: str, folder: Path) -> Path:
    """Build a profile's tiny checkpoint and save it the way that the hub lays it out."""
    torch.manual_seed(0)
    with torch.no_grad():
        pipe = _BUILDERS[name]()
        _wake(pipe)
    pipe.save_pretrained(folder, safe_serialization=True)
    if name == "qwen-image-edit":
        _write_processor(folder, pipe.tokenizer)
    return folder


def _wake(pipe: Any) -> None:
    """Give weights that training would start from zero an influence on the picture."""
    for component in pipe.components.values():
        for weights in component.parameters() if isinstance(component, torch.nn.Module) else ():
            if weights.ndim > 1 and not weights.any():
                weights.normal_(0, 0.1)


def _write_processor(folder: Path, tokenizer: Any) -> None:
    """What looks at pictures, as the library saves it, whose own class needs torchvision."""
    pictures = transformers.Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=448 * 448)
    pictures.save_pretrained(folder / "processor")
    tokenizer.save_pretrained(folder / "processor")
    index = folder / "model_index.json"
    listed = json.loads(index.read_text(encoding="utf-8"))
    listed["processor"] = ["transformers", "Qwen2VLProcessor"]
    index.write_text(json.dumps(listed), encoding="utf-8")


def shrink_references(patched: pytest.MonkeyPatch) -> None:
    """Let Qwen's edit pipeline look at small pictures small: it enlarges all to a megapixel."""
    module = "diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus"
    patched.setattr(f"{module}.VAE_IMAGE_SIZE", SIDE_PX * SIDE_PX)


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
    return kind(config)


def _vae(channels: int, *, shifted: bool = False) -> Any:
    sizes: dict[str, Any] = {"shift_factor": 0.0609, "scaling_factor": 1.5035} if shifted else {}
    quant = {"use_quant_conv": False, "use_post_quant_conv": False} if shifted else {}
    return diffusers.AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), in_channels=3, out_channels=3, latent_channels=channels,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        norm_num_groups=4, layers_per_block=1, sample_size=64, **sizes, **quant,
    )  # fmt: skip


def _unet(in_channels: int) -> Any:
    return diffusers.UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=1, sample_size=8, in_channels=in_channels,
        out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(2, 4),
        use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=8, transformer_layers_per_block=(1, 1),
        projection_class_embeddings_input_dim=6 * 8 + 32, cross_attention_dim=64,
        norm_num_groups=4,
    )  # fmt: skip


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


def _sdxl_union() -> Any:
    control = diffusers.ControlNetUnionModel(
        block_out_channels=(16, 32), layers_per_block=1, in_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), attention_head_dim=(2, 4),
        use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=6 * 8 + 32,
        cross_attention_dim=64, norm_num_groups=4, num_control_type=8,
        conditioning_embedding_out_channels=(8, 8, 8, 16), num_trans_channel=16,
        num_trans_head=2, num_proj_channel=16,
    )  # fmt: skip
    return diffusers.StableDiffusionXLControlNetUnionInpaintPipeline(
        controlnet=control, **_sdxl_parts(4)
    )


def _flow(**settings: Any) -> Any:
    return diffusers.FlowMatchEulerDiscreteScheduler(**settings)


def _qwen_parts() -> dict[str, Any]:
    tokenizer = qwen_tokenizer()
    token = tokenizer.convert_tokens_to_ids
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2,
            "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": len(tokenizer),
            "rope_parameters": {"mrope_section": [1, 1, 2], "rope_type": "default",
                                "rope_theta": 1000000.0},
            "bos_token_id": token("<|endoftext|>"), "eos_token_id": token("<|im_end|>"),
            "pad_token_id": token("<|endoftext|>"),
        },
        vision_config={"depth": 2, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2,
                       "out_hidden_size": 16, "fullatt_block_indexes": [1]},
        image_token_id=token("<|image_pad|>"), video_token_id=token("<|video_pad|>"),
        vision_start_token_id=token("<|vision_start|>"),
        vision_end_token_id=token("<|vision_end|>"),
    )  # fmt: skip
    return {
        "scheduler": _flow(use_dynamic_shifting=True, base_shift=0.5, max_shift=0.9,
                           base_image_seq_len=256, max_image_seq_len=8192, shift_terminal=0.02,
                           time_shift_type="exponential"),
        "vae": diffusers.AutoencoderKLQwenImage(
            base_dim=8, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1,
            temperal_downsample=[False, True, True], latents_mean=[0.0] * 4, latents_std=[1.0] * 4,
        ),
        "text_encoder": transformers.Qwen2_5_VLForConditionalGeneration(config),
        "tokenizer": tokenizer,
        "transformer": diffusers.QwenImageTransformer2DModel(**_QWEN_SIZES),
    }  # fmt: skip


_QWEN_SIZES: dict[str, Any] = {
    "patch_size": 2, "in_channels": 16, "out_channels": 4, "num_layers": 2,
    "attention_head_dim": 16, "num_attention_heads": 2, "joint_attention_dim": 16,
    "axes_dims_rope": (8, 4, 4),
}  # fmt: skip


def _qwen_inpaint() -> Any:
    control = diffusers.QwenImageControlNetModel(
        **{**_QWEN_SIZES, "num_layers": 1, "extra_condition_channels": 4}
    )
    return diffusers.QwenImageControlNetInpaintPipeline(controlnet=control, **_qwen_parts())


def _qwen_edit() -> Any:
    return diffusers.QwenImageEditPlusPipeline(processor=None, **_qwen_parts())


def _qwen3(layers: int) -> Any:
    tokenizer = qwen_tokenizer()
    config = transformers.Qwen3Config(
        hidden_size=16, intermediate_size=16, num_hidden_layers=layers, num_attention_heads=2,
        num_key_value_heads=2, head_dim=8, vocab_size=len(tokenizer), max_position_embeddings=1024,
    )  # fmt: skip
    return transformers.Qwen3ForCausalLM(config)


def _z_image() -> Any:
    return diffusers.ZImageInpaintPipeline(
        scheduler=_flow(shift=3.0), vae=_vae(16, shifted=True), text_encoder=_qwen3(3),
        tokenizer=qwen_tokenizer(),
        transformer=diffusers.ZImageTransformer2DModel(
            all_patch_size=(2,), all_f_patch_size=(1,), in_channels=16, dim=32, n_layers=2,
            n_refiner_layers=1, n_heads=2, n_kv_heads=2, cap_feat_dim=16, axes_dims=[8, 4, 4],
            axes_lens=[1024, 64, 64],
        ),
    )  # fmt: skip


def _klein() -> Any:
    return diffusers.Flux2KleinPipeline(
        scheduler=_flow(use_dynamic_shifting=True), text_encoder=_qwen3(27), is_distilled=True,
        tokenizer=qwen_tokenizer(),
        vae=diffusers.AutoencoderKLFlux2(
            block_out_channels=(8, 8, 8, 8), latent_channels=4, norm_num_groups=4,
            layers_per_block=1,
        ),
        transformer=diffusers.Flux2Transformer2DModel(
            patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=16,
            num_attention_heads=2, joint_attention_dim=48, timestep_guidance_channels=32,
            axes_dims_rope=(4, 4, 4, 4), guidance_embeds=False,
        ),
    )  # fmt: skip


def _flux_fill() -> Any:
    t5 = transformers.T5EncoderModel(
        transformers.T5Config(vocab_size=98, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    )
    return diffusers.FluxFillPipeline(
        scheduler=_flow(use_dynamic_shifting=True), vae=_vae(4, shifted=True),
        text_encoder=_clip(projected=False), tokenizer=clip_tokenizer(), text_encoder_2=t5,
        tokenizer_2=t5_tokenizer(),
        # 16 of the noise, 16 of the picture, 256 of the mask: 8 x 8 px of each of 2 x 2 latents.
        transformer=diffusers.FluxTransformer2DModel(
            patch_size=1, in_channels=16 + 16 + 256, out_channels=16, num_layers=1,
            num_single_layers=1, attention_head_dim=16, num_attention_heads=2,
            joint_attention_dim=16, pooled_projection_dim=32, axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
    )  # fmt: skip


_BUILDERS: dict[str, Callable[[], Any]] = {
    "sdxl-inpaint": _sdxl_inpaint,
    "sdxl-union-inpaint": _sdxl_union,
    "qwen-image-edit": _qwen_edit,
    "qwen-image-inpaint": _qwen_inpaint,
    "z-image-inpaint": _z_image,
    "flux2-klein": _klein,
    "flux-fill": _flux_fill,
}
