"""Models to be timed: full-size architectures with random weights, and tiny ones.

Speed and memory do not depend on what the weights are. Configurations are those that the authors
published with their checkpoints; tokenizers are the tests' own, over single bytes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import diffusers
import torch
import transformers

from pipelines.generate import BUILT_IN_PROFILES, Profile, ProfileRegistry
from tests.pipelines.generate import tiny

PROFILES = ProfileRegistry((BUILT_IN_PROFILES,)).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A model to be timed.

    Attributes
    ----------
    build
        Makes the pipeline on the device that is torch's default at that moment.
    """

    profile: Profile
    build: Callable[[], Any]


def full_size(name: str) -> Architecture:
    """A profile's model as large as the real one, without its second class."""
    profile = replace(PROFILES[name], pipeline_also="", loras=())
    return Architecture(profile=profile, build=_BUILDERS[name])


def small(name: str) -> Architecture:
    """A profile's model small enough for a processor."""
    profile = replace(tiny.tiny_profile(name), pipeline_also="")
    return Architecture(profile=profile, build=tiny._BUILDERS[name])


def names() -> tuple[str, ...]:
    """Profiles that can be timed at full size."""
    return tuple(_BUILDERS)


def build(architecture: Architecture, *, device: str) -> Any:
    """Make a pipeline with seeded random weights on a device, in the profile's numbers."""
    numbers = getattr(torch, architecture.profile.dtype) if device != "cpu" else torch.float32
    before = torch.get_default_dtype()
    torch.manual_seed(0)
    torch.set_default_dtype(numbers)
    try:
        with torch.device(device), torch.no_grad():
            pipe = architecture.build()
            pipe.scheduler = _scheduler(type(pipe.scheduler), **_settings(pipe.scheduler))
    finally:
        torch.set_default_dtype(before)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def as_the_product_loads(pipe: Any) -> Any:
    """The same pipeline, whose VAE stays in the type of its weights while it runs."""
    if getattr(pipe.vae.config, "force_upcast", False):
        pipe.vae.register_to_config(force_upcast=False)
    return pipe


def _settings(scheduler: Any) -> dict[str, Any]:
    return {key: value for key, value in scheduler.config.items() if key[0] != "_"}


def weights_bytes(pipe: Any) -> int:
    """What a pipeline's weights hold."""
    modules = [one for one in pipe.components.values() if isinstance(one, torch.nn.Module)]
    return sum(one.nbytes for module in modules for one in module.parameters())


def _scheduler(kind: Any, **settings: Any) -> Any:
    """On the processor and in float32, as a loaded one is, whatever the weights are made in."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with torch.device("cpu"):
            return kind(**settings)
    finally:
        torch.set_default_dtype(before)


def _clip(width: int, inner: int, layers: int, heads: int, act: str, *, projected: bool) -> Any:
    config = transformers.CLIPTextConfig(
        hidden_size=width, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=heads, projection_dim=width, hidden_act=act, vocab_size=49408,
        bos_token_id=512, eos_token_id=513, pad_token_id=513,
    )  # fmt: skip
    kind = transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel
    made: Any = kind(config)
    return made.eval()


def _vae(channels: int, **sizes: Any) -> Any:
    return diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512), in_channels=3, out_channels=3,
        latent_channels=channels, down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, sample_size=1024, **sizes,
    ).eval()  # fmt: skip


def _sdxl_inpaint() -> Any:
    """SDXL inpainting 0.1: 2.57 billion numbers in the UNet, 0.82 in the text encoders."""
    unet = diffusers.UNet2DConditionModel(
        sample_size=128, in_channels=9, out_channels=4, block_out_channels=(320, 640, 1280),
        layers_per_block=2, cross_attention_dim=2048, attention_head_dim=(5, 10, 20),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10), use_linear_projection=True,
        addition_embed_type="text_time", addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    ).eval()  # fmt: skip
    return diffusers.StableDiffusionXLInpaintPipeline(
        vae=_vae(4, scaling_factor=0.13025, force_upcast=True),
        text_encoder=_clip(768, 3072, 12, 12, "quick_gelu", projected=False),
        text_encoder_2=_clip(1280, 5120, 32, 20, "gelu", projected=True),
        tokenizer=tiny.clip_tokenizer(),
        tokenizer_2=tiny.clip_tokenizer(),
        unet=unet,
        scheduler=_scheduler(
            diffusers.EulerDiscreteScheduler, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1,
            timestep_spacing="leading",
        ),
        add_watermarker=False,
    )  # fmt: skip


def _z_image() -> Any:
    """Z-Image Turbo: 6.15 billion numbers in the transformer, 4.02 in the text encoder."""
    encoder = transformers.Qwen3Config(
        hidden_size=2560, intermediate_size=9728, num_hidden_layers=36, num_attention_heads=32,
        num_key_value_heads=8, head_dim=128, vocab_size=151936, tie_word_embeddings=True,
    )  # fmt: skip
    reader: Any = transformers.Qwen3ForCausalLM(encoder)
    return diffusers.ZImageInpaintPipeline(
        scheduler=_scheduler(diffusers.FlowMatchEulerDiscreteScheduler, shift=3.0),
        vae=_vae(16, shift_factor=0.1159, scaling_factor=0.3611, use_quant_conv=False,
                 use_post_quant_conv=False),
        text_encoder=reader.eval(),
        tokenizer=tiny.qwen_tokenizer(),
        transformer=diffusers.ZImageTransformer2DModel().eval(),
    )  # fmt: skip


_BUILDERS: Mapping[str, Callable[[], Any]] = {
    "sdxl-inpaint": _sdxl_inpaint,
    "z-image-inpaint": _z_image,
}
