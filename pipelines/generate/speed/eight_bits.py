"""Matrices in 8 bits: half the memory and, on cards that can, twice the rate.

Each row of a weight has a scale of its own, and so has each row of what it is multiplied with,
found anew every time. Numbers are E4M3 (four bits of exponent, three of fraction); Micikevicius et
al. 2022, "FP8 Formats for Deep Learning".
"""

import torch
from torch import nn
from torch.nn import functional

_FP8 = torch.float8_e4m3fn
_LARGEST = torch.finfo(_FP8).max
_STEP = 16
"""Sides that the matrix units take in 8 bits are multiples of this."""
_SMALLEST_SIDE = 64
"""Below it a matrix is left as it is: there is nothing to gain."""


class EightBitLinear(nn.Module):  # type: ignore[misc]  # torch has no types here
    """A linear layer whose weight is kept in 8 bits.

    Parameters
    ----------
    multiply
        Whether products run in 8 bits as well; otherwise the weight is widened for each.
    """

    def __init__(self, linear: nn.Linear, *, multiply: bool) -> None:
        super().__init__()
        weight, scale = _rounded(linear.weight.detach())
        self.register_buffer("weight", weight)
        self.register_buffer("scale", scale)
        self.bias = linear.bias
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self._multiply = multiply

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Tensor (..., in) to (..., out), of the type that came in."""
        if not self._multiply:
            wide = (self.weight.to(torch.float32) * self.scale).to(rows.dtype)
            return functional.linear(rows, wide, self.bias)
        flat, scale = _rounded(rows.reshape(-1, self.in_features))
        product = functional.scaled_mm(
            flat,
            self.weight.t(),
            scale,
            functional.ScalingType.RowWise,
            self.scale.t(),
            functional.ScalingType.RowWise,
            output_dtype=torch.bfloat16,
        )
        product = product.to(rows.dtype).reshape(*rows.shape[:-1], self.out_features)
        return product if self.bias is None else product + self.bias


def to_eight_bits(model: nn.Module, *, multiply: bool) -> int:
    """Replace the large linear layers of a model that nobody uses yet; how many they were.

    Only those of the blocks that it repeats, which hold nearly all of its numbers: what reads time
    and text, and what writes the last latents, is small and bears rounding least.
    """
    repeated = getattr(model, "_repeated_blocks", None) or ()
    blocks = [one for one in model.modules() if type(one).__name__ in repeated]
    found = [
        (block, name, linear)
        for block in blocks
        for name, linear in block.named_modules()
        if _suits(linear)
    ]
    for block, name, linear in found:
        path, _, last = name.rpartition(".")
        setattr(block.get_submodule(path), last, EightBitLinear(linear, multiply=multiply))
    return len(found)


def _suits(module: nn.Module) -> bool:
    # Not a subclass: those add something of their own, such as a LoRA.
    if type(module) is not nn.Linear:
        return False
    sides = module.weight.shape
    return min(sides) >= _SMALLEST_SIDE and not any(side % _STEP for side in sides)


def _rounded(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows (N, K) in 8 bits, and their scales, float32 (N, 1)."""
    largest = rows.abs().amax(dim=-1, keepdim=True).to(torch.float32)
    scale = (largest / _LARGEST).clamp(min=torch.finfo(torch.float32).tiny)
    return (rows.to(torch.float32) / scale).clamp(-_LARGEST, _LARGEST).to(_FP8), scale
