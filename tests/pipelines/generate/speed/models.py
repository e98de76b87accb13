"""Small models of real classes, seeded, and one forward pass through each."""

from types import SimpleNamespace
from typing import Any

import diffusers
import torch


def unet_pipe() -> Any:
    """A UNet and a VAE, as SDXL has them."""
    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=9,
        out_channels=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), attention_head_dim=(2, 4),
        cross_attention_dim=64, norm_num_groups=4,
    ).eval()  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=(8, 8), in_channels=3, out_channels=3, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=4, layers_per_block=1, sample_size=32,
    ).eval()  # fmt: skip
    return SimpleNamespace(unet=unet, vae=vae, transformer=None)


def transformer_pipe(*, layers: int = 2) -> Any:
    """A transformer, as Qwen-Image has it."""
    torch.manual_seed(0)
    transformer = diffusers.QwenImageTransformer2DModel(
        patch_size=2, in_channels=16, out_channels=4, num_layers=layers, attention_head_dim=32,
        num_attention_heads=4, joint_attention_dim=64, axes_dims_rope=(8, 12, 12),
    ).eval()  # fmt: skip
    return SimpleNamespace(transformer=transformer, vae=unet_pipe().vae)


def step(pipe: Any, *, words: int = 7, seed: int = 0) -> torch.Tensor:
    """One step of the denoiser over two pictures."""
    noise = torch.Generator().manual_seed(seed)
    rows = torch.randn(2, words, 64, generator=noise)
    with torch.no_grad():
        given = (
            _unet(pipe, noise, rows)
            if pipe.transformer is None
            else _transformer(pipe, noise, rows)
        )
    found: torch.Tensor = given[0]
    return found


def _unet(pipe: Any, noise: torch.Generator, rows: torch.Tensor) -> Any:
    latents = torch.randn(2, 9, 8, 8, generator=noise)
    return pipe.unet(latents, 500, rows, return_dict=False)


def _transformer(pipe: Any, noise: torch.Generator, rows: torch.Tensor) -> Any:
    with pipe.transformer.cache_context("cond"):
        return pipe.transformer(
            hidden_states=torch.randn(2, 16, 16, generator=noise),
            encoder_hidden_states=rows,
            encoder_hidden_states_mask=torch.ones(2, rows.shape[1], dtype=torch.long),
            timestep=torch.full((2,), 0.5),
            img_shapes=[[(1, 4, 4)]] * 2,
            return_dict=False,
        )


def decoded(pipe: Any) -> torch.Tensor:
    """Two pictures out of the VAE."""
    latents = torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found: torch.Tensor = pipe.vae.decode(latents, return_dict=False)[0]
    return found


def drift(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Root mean square of the difference, as a share of the expected."""
    return float((found - expected).norm() / expected.norm())
