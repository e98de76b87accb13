"""Convolution whose samples lie where the picture wants them, in plain torch.

torchvision's operator does the same and ties its version to torch's; this runs wherever torch does.

References
----------
Zhu et al. 2019, "Deformable ConvNets v2: More Deformable, Better Results"
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class DeformableConv2d(nn.Module):
    """A convolution of stride 1 that learns an offset and a weight for each of its samples."""

    def __init__(self, channels: int, width: int, *, side: int) -> None:
        super().__init__()
        around = side // 2
        self.offset_conv = nn.Conv2d(channels, 2 * side * side, side, padding=around)
        self.modulator_conv = nn.Conv2d(channels, side * side, side, padding=around)
        self.regular_conv = nn.Conv2d(channels, width, side, padding=around, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, width, H, W) of (N, channels, H, W)."""
        return deformed(
            features,
            self.regular_conv.weight,
            offsets=self.offset_conv(features),
            shares=2.0 * torch.sigmoid(self.modulator_conv(features)),
        )


def deformed(features: Tensor, weight: Tensor, *, offsets: Tensor, shares: Tensor) -> Tensor:
    """Convolve samples taken beside the regular grid; outside the picture there is 0.

    Parameters
    ----------
    features
        (N, C, H, W)
    weight
        (width, C, side, side); the grid is padded by half a side.
    offsets
        (N, 2 * side * side, H, W), px: down and across for each sample, row by row.
    shares
        (N, side * side, H, W): what each sample counts.
    """
    height, width = features.shape[-2:]
    side = weight.shape[-1]
    rows, columns = (
        torch.arange(length, device=features.device, dtype=torch.float32)
        for length in (height, width)
    )
    result = features.new_zeros((features.shape[0], weight.shape[0], height, width))
    # Half precision cannot tell the places of a large picture apart.
    exact = features.float()
    # One sample of the kernel at a time: all 49 at once would take 49 times the memory.
    for number in range(side * side):
        down, across = number // side - side // 2, number % side - side // 2
        y = offsets[:, 2 * number].float() + rows[:, None] + down
        x = offsets[:, 2 * number + 1].float() + columns[None] + across
        places = torch.stack((_scaled(x, width), _scaled(y, height)), -1)
        taken = functional.grid_sample(exact, places, align_corners=True).to(features.dtype)
        kernel = weight[:, :, number // side, number % side, None, None]
        result = result + functional.conv2d(taken * shares[:, number : number + 1], kernel)
    return result


def _scaled(places: Tensor, length: int) -> Tensor:
    """Pixel positions as grid sampling counts them, from -1 at the first to 1 at the last."""
    return places * (2.0 / max(length - 1, 1)) - 1.0
