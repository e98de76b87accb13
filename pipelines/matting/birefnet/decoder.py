"""The decoder: from the deepest features back to the picture, which it looks at again at each step.

Attributes bear the names of the published checkpoints, so that these load as they are. What they
hold for training alone (side outputs, predicted gradients) has no place here.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.matting.birefnet.deform import DeformableConv2d

_SIDES = 1, 3, 7
_BRANCH = 256
_GRADIENT = 16
_PATCH = 4


class Decoder(nn.Module):
    """Four steps, each twice as fine as the one before.

    Parameters
    ----------
    widths
        Channels of the features it is given, the deepest first.
    inner
        Channels within a step.
    """

    def __init__(self, widths: Sequence[int], *, inner: int) -> None:
        super().__init__()
        steps = len(widths)
        given = [widths[0] // 8, *(widths[max(step - 1, 0)] // 8 for step in range(1, steps))]
        after = [*widths[1:], widths[-1] // 2]
        # Published names count the steps from the finest, which is 1.
        for step in range(steps):
            name = steps - step
            grid = _PATCH * 2 ** (steps - 1 - step)
            self.add_module(f"ipt_blk{name + 1}", _Glimpse(3 * grid**2, given[step], inner))
            block = Step(widths[step] + given[step], after[step], inner)
            self.add_module(f"decoder_block{name}", block)
            if step < steps - 1:
                self.add_module(f"lateral_block{name}", _Lateral(after[step]))
                self.add_module(f"gdt_convs_{name}", _gradient(after[step]))
                attention = nn.Sequential(nn.Conv2d(_GRADIENT, 1, 1))
                self.add_module(f"gdt_convs_attn_{name}", attention)
        self.ipt_blk1 = _Glimpse(3, widths[-1] // 8, inner)
        self.conv_out1 = nn.Sequential(nn.Conv2d(after[-1] + widths[-1] // 8, 1, 1))
        self._steps = steps

    def forward(self, pictures: Tensor, features: Sequence[Tensor]) -> Tensor:
        """Logits (N, 1, H, W) of pictures (N, 3, H, W) and features, the finest first."""
        seen = features[-1]
        for step in range(self._steps):
            name = self._steps - step
            seen = self._glimpsed(pictures, seen, name + 1)
            seen = self.get_submodule(f"decoder_block{name}")(seen)
            if step == self._steps - 1:
                break
            edges = self.get_submodule(f"gdt_convs_{name}")(seen)
            seen = seen * self.get_submodule(f"gdt_convs_attn_{name}")(edges).sigmoid()
            skipped = features[self._steps - 2 - step]
            lateral = self.get_submodule(f"lateral_block{name}")(skipped)
            seen = resized(seen, skipped) + lateral
        return self.conv_out1(self._glimpsed(pictures, resized(seen, pictures), 1))

    def _glimpsed(self, pictures: Tensor, seen: Tensor, name: int) -> Tensor:
        """Join what has been seen with the picture itself, cut into pieces of that size."""
        pieces = _pieces(pictures, seen.shape[-2], seen.shape[-1])
        return torch.cat((seen, self.get_submodule(f"ipt_blk{name}")(resized(pieces, seen))), 1)


class Step(nn.Module):
    """Two convolutions about a look at several distances."""

    def __init__(self, given: int, after: int, inner: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(given, inner, 3, padding=1)
        self.bn_in = nn.BatchNorm2d(inner)
        self.dec_att = _Distances(inner)
        self.conv_out = nn.Conv2d(inner, after, 3, padding=1)
        self.bn_out = nn.BatchNorm2d(after)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, after, H, W) of (N, given, H, W)."""
        inside = functional.relu(self.bn_in(self.conv_in(features)))
        return self.bn_out(self.conv_out(self.dec_att(inside)))


class _Distances(nn.Module):
    """Deformable convolutions of several sizes and the mean of all, side by side."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.aspp1 = _Branch(channels, 1)
        self.aspp_deforms = nn.ModuleList(_Branch(channels, side) for side in _SIDES)
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, _BRANCH, 1, bias=False),
            nn.BatchNorm2d(_BRANCH),
            nn.ReLU(inplace=True),
        )
        self.conv1 = nn.Conv2d(_BRANCH * (2 + len(_SIDES)), channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)

    def forward(self, features: Tensor) -> Tensor:
        near = self.aspp1(features)
        far = [branch(features) for branch in self.aspp_deforms]
        mean = self.global_avg_pool(features).expand_as(near)
        joined = self.bn1(self.conv1(torch.cat((near, *far, mean), 1)))
        return functional.relu(joined)


class _Branch(nn.Module):
    def __init__(self, channels: int, side: int) -> None:
        super().__init__()
        self.atrous_conv = DeformableConv2d(channels, _BRANCH, side=side)
        self.bn = nn.BatchNorm2d(_BRANCH)

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(self.bn(self.atrous_conv(features)))


class _Lateral(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.conv(features)


class _Glimpse(nn.Module):
    def __init__(self, given: int, after: int, inner: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(given, inner, 3, padding=1)
        self.conv_out = nn.Conv2d(inner, after, 3, padding=1)

    def forward(self, pieces: Tensor) -> Tensor:
        return self.conv_out(self.conv1(pieces))


def _gradient(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, _GRADIENT, 3, padding=1),
        nn.BatchNorm2d(_GRADIENT),
        nn.ReLU(inplace=True),
    )


def resized(features: Tensor, like: Tensor) -> Tensor:
    """Bring features to another's height and width."""
    size = like.shape[-2:]
    return functional.interpolate(features, size=size, mode="bilinear", align_corners=True)


def _pieces(pictures: Tensor, height: int, width: int) -> Tensor:
    """Cut pictures into a grid of pieces of that size, each channel of each piece a channel."""
    count, channels, full_height, full_width = pictures.shape
    down, across = full_height // height, full_width // width
    cut = pictures.reshape(count, channels, down, full_height // down, across, full_width // across)
    cut = cut.permute(0, 1, 2, 4, 3, 5)
    return cut.reshape(count, channels * down * across, *cut.shape[-2:])
