"""BiRefNet: a large model for cutting things out, whose reference code we would have to trust.

References
----------
Zheng et al. 2024, "Bilateral Reference for High-Resolution Dichotomous Image Segmentation"
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.matting.birefnet.decoder import Decoder, Step, resized
from pipelines.matting.birefnet.swin import Swin

_TRAINING_ONLY = re.compile(
    r"(?:.*\.relative_position_index|.*\.attn_mask|decoder\.(?:conv_ms_spvn_|gdt_convs_pred_).*)$"
)
_BLOCK = re.compile(r"bb\.layers\.(\d+)\.blocks\.(\d+)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What distinguishes one member of the family from another.

    Attributes
    ----------
    width
        Channels of the backbone's first stage.
    depths, heads
        Blocks of each stage, and attention heads in them.
    window
        Tokens of an attention window's side.
    inner
        Channels within a step of the decoder.
    """

    width: int
    depths: tuple[int, ...]
    heads: tuple[int, ...]
    window: int
    inner: int

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> "Shape":
        """Read it off a checkpoint's tensors.

        Raises
        ------
        KeyError : it is no BiRefNet in its published form
        """
        blocks = {(int(m[1]), int(m[2])) for m in map(_BLOCK.match, weights) if m}
        depths = [0] * (1 + max((stage for stage, _ in blocks), default=-1))
        for stage, _ in blocks:
            depths[stage] += 1
        tables = [
            weights[f"bb.layers.{stage}.blocks.0.attn.relative_position_bias_table"].shape
            for stage in range(len(depths))
        ]
        return cls(
            width=weights["bb.patch_embed.proj.weight"].shape[0],
            depths=tuple(depths),
            heads=tuple(heads for _, heads in tables),
            window=(round(tables[0][0] ** 0.5) + 1) // 2,
            inner=weights["squeeze_module.0.conv_in.weight"].shape[0],
        )


class BiRefNet(nn.Module):
    """Pictures in, how much each pixel belongs to the thing out."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.bb = Swin(
            width=shape.width, depths=shape.depths, heads=shape.heads, window=shape.window
        )
        # Each stage is read twice, of the picture and of its half, hence the factor of two.
        widths = [2 * shape.width * 2**stage for stage in reversed(range(len(shape.depths)))]
        self.squeeze_module = nn.Sequential(Step(sum(widths), widths[0], shape.inner))
        self.decoder = Decoder(widths, inner=shape.inner)

    def forward(self, pictures: Tensor) -> Tensor:
        """Probabilities (N, H, W) in [0, 1].

        Parameters
        ----------
        pictures
            Float (N, 3, H, W), normalised by ImageNet's statistics; H and W multiples of 64.
        """
        half = functional.interpolate(
            pictures, scale_factor=0.5, mode="bilinear", align_corners=True
        )
        features = [
            torch.cat((fine, resized(coarse, fine)), 1)
            for fine, coarse in zip(self.bb(pictures), self.bb(half), strict=True)
        ]
        deepest = features[-1]
        context = torch.cat([*(resized(one, deepest) for one in features[:-1]), deepest], 1)
        features[-1] = self.squeeze_module(context)
        return self.decoder(pictures, features)[:, 0].float().sigmoid()


def build(weights: Mapping[str, Tensor]) -> BiRefNet:
    """Build the network that a checkpoint belongs to, with its weights.

    Raises
    ------
    KeyError : a tensor is missing, or one is there that means nothing here
    RuntimeError : a tensor has another shape
    """
    with torch.device("meta"):
        network = BiRefNet(Shape.of(weights))
    wanted = network.state_dict()
    used = {name: value for name, value in weights.items() if not _TRAINING_ONLY.match(name)}
    for name in sorted(wanted.keys() ^ used.keys()):
        raise KeyError(name)
    network.load_state_dict(used, assign=True)
    return network.eval()
