"""The backbone: a Swin transformer whose four stages are all read.

Attributes bear the names of the published checkpoints, so that these load as they are.

References
----------
Liu et al. 2021, "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows"
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_PATCH = 4
_APART = -100.0
"""Added to the attention between tokens that the shift brought together from opposite edges."""


class Swin(nn.Module):
    """Pictures in, the features of each stage out, the finest first.

    Parameters
    ----------
    depths, heads
        Blocks of each stage, and attention heads in them.
    window
        Tokens of an attention window's side.
    """

    def __init__(
        self, *, width: int, depths: Sequence[int], heads: Sequence[int], window: int
    ) -> None:
        super().__init__()
        self.patch_embed = _Patches(width)
        widths = [width * 2**stage for stage in range(len(depths))]
        self.layers = nn.ModuleList(
            _Stage(own, depth=depth, heads=head, window=window, last=own == widths[-1])
            for own, depth, head in zip(widths, depths, heads, strict=True)
        )
        self.norms = [f"norm{stage}" for stage in range(len(depths))]
        for name, own in zip(self.norms, widths, strict=True):
            self.add_module(name, nn.LayerNorm(own))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Features (N, C, H, W) at a 4th, 8th, 16th and 32nd of float pictures (N, 3, H, W)."""
        tokens = self.patch_embed(pictures)
        features = []
        for stage, norm in zip(self.layers, self.norms, strict=True):
            seen, tokens = stage(tokens)
            features.append(getattr(self, norm)(seen).permute(0, 3, 1, 2).contiguous())
        return features


class _Patches(nn.Module):
    """Tokens of 4 by 4 pixels, (N, H, W, C)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, _PATCH, stride=_PATCH)
        self.norm = nn.LayerNorm(width)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.norm(self.proj(pictures).permute(0, 2, 3, 1))


class _Stage(nn.Module):
    """Blocks at one resolution; all but the last stage then halve it."""

    def __init__(self, width: int, *, depth: int, heads: int, window: int, last: bool) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            _Block(width, heads=heads, window=window, shift=window // 2 * (number % 2))
            for number in range(depth)
        )
        self.downsample = None if last else _Merge(width)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        for block in self.blocks:
            tokens = block(tokens)
        return tokens, tokens if self.downsample is None else self.downsample(tokens)


class _Merge(nn.Module):
    """Four neighbours become one token of twice the width."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * width)
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        even = functional.pad(tokens, (0, 0, 0, tokens.shape[2] % 2, 0, tokens.shape[1] % 2))
        four = [even[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.reduction(self.norm(torch.cat(four, -1)))


class _Block(nn.Module):
    """Attention within windows, shifted by half a window in every other block, then an MLP."""

    def __init__(self, width: int, *, heads: int, window: int, shift: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = _WindowAttention(width, heads=heads, window=window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = _Mlp(width)
        self._window, self._shift = window, shift

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self._attended(self.norm1(tokens))
        return tokens + self.mlp(self.norm2(tokens))

    def _attended(self, tokens: Tensor) -> Tensor:
        height, width = tokens.shape[1:3]
        side, shift = self._window, self._shift
        padded = functional.pad(tokens, (0, 0, 0, -width % side, 0, -height % side))
        apart = None
        if shift:
            padded = torch.roll(padded, (-shift, -shift), (1, 2))
            apart = _apart(padded.shape[1], padded.shape[2], side, shift, like=padded)
        attended = self.attn(_windows(padded, side), apart)
        whole = _whole(attended, padded.shape, side)
        if shift:
            whole = torch.roll(whole, (shift, shift), (1, 2))
        return whole[:, :height, :width]


class _Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(tokens)))


class _WindowAttention(nn.Module):
    """Attention among the tokens of a window, with a learned bias for their distance."""

    def __init__(self, width: int, *, heads: int, window: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        table = torch.zeros((2 * window - 1) ** 2, heads)
        self.relative_position_bias_table = nn.Parameter(table)
        self._heads, self._window = heads, window

    def forward(self, tokens: Tensor, apart: Tensor | None) -> Tensor:
        count, length, width = tokens.shape
        parts = self.qkv(tokens).reshape(count, length, 3, self._heads, width // self._heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        bias = self.relative_position_bias_table[_distances(self._window, tokens.device)]
        bias = bias.permute(2, 0, 1)[None]
        if apart is not None:
            # Windows of one picture follow each other, so that their masks repeat by picture.
            bias = bias + apart.repeat(count // apart.shape[0], 1, 1)[:, None]
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return self.proj(seen.transpose(1, 2).reshape(count, length, width))


@cache
def _distances(window: int, device: torch.device) -> Tensor:
    """Row of the bias table for each pair of a window's tokens, (tokens, tokens)."""
    steps = torch.arange(window, device=device)
    y, x = (grid.flatten() for grid in torch.meshgrid(steps, steps, indexing="ij"))
    down, across = y[:, None] - y[None] + window - 1, x[:, None] - x[None] + window - 1
    return down * (2 * window - 1) + across


def _apart(height: int, width: int, side: int, shift: int, *, like: Tensor) -> Tensor:
    """Bias that parts tokens which were not neighbours before the shift, (windows, t, t)."""
    regions = torch.zeros((1, height, width, 1), device=like.device)
    spans = (slice(0, -side), slice(-side, -shift), slice(-shift, None))
    for number, (rows, columns) in enumerate((r, c) for r in spans for c in spans):
        regions[:, rows, columns] = number
    tokens = _windows(regions, side)[..., 0]
    differ = tokens[:, :, None] != tokens[:, None, :]
    return differ.to(like.dtype) * _APART


def _windows(tokens: Tensor, side: int) -> Tensor:
    """Cut (N, H, W, C) into (N windows, side * side, C), row by row."""
    count, height, width, channels = tokens.shape
    cut = tokens.reshape(count, height // side, side, width // side, side, channels)
    return cut.transpose(2, 3).reshape(-1, side * side, channels)


def _whole(windows: Tensor, shape: Any, side: int) -> Tensor:
    """Put windows together again; the inverse of `_windows`."""
    count, height, width, _ = shape
    cut = windows.reshape(count, height // side, width // side, side, side, -1)
    return cut.transpose(2, 3).reshape(count, height, width, -1)
