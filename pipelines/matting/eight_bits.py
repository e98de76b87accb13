"""A network's costliest layers in eight bits, which multiply twice as many numbers as bfloat16.

A whole network in eight bits loses its soft answers: no picture of 56 then passes as certain. What
its large maps show to a convolution bears it, if each channel keeps a range of its own, since the
widest of a layer reaches ten times as far as the middle one. The ranges are measured on photos
of ours beforehand (``python -m tests.benchmarks.matting.ranges``) and kept beside this module.
"""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.weights import sha256_of

Floats = npt.NDArray[np.float32]
Ranges = Mapping[str, Floats]
"""By layer: the largest input of each channel, float32 (channels); none is below 0."""

_FOLDER = Path(__file__).with_name("ranges")
_LEVELS, _SIGNED_LEVELS = 256, 255
_NARROWEST = 1e-3
"""Of a layer's widest channel: what says less than this counts as nothing but noise."""


def ranges_of(weights: Path) -> Ranges:
    """Ranges of the layers of a network that may be eight bits wide; none for an unknown file."""
    path = _FOLDER / f"{sha256_of(weights)[:12]}.json"
    if not path.exists():
        return {}
    layers = json.loads(path.read_text(encoding="utf-8"))["layers"]
    return {name: np.asarray(widest, np.float32) for name, widest in layers.items()}


def multiplies_eight_bits(capabilities: list[str]) -> bool:
    """Whether a processor does so at full width; each that knows bfloat16 does, among Intel's kin.

    Older ones let sums of eight-bit products overflow, others are not known to be faster.
    """
    return "BF16" in capabilities and platform.machine() in {"x86_64", "AMD64"}


def narrow(model: Any, ranges: Ranges) -> None:
    """Let layers of an OpenVINO model take and multiply eight-bit numbers.

    A channel is divided by its range on the way in, and its weights hold that factor instead: the
    layer then needs one scale for all, which is what processors multiply fast.
    """
    known = {one.get_friendly_name().partition("/")[0]: one for one in convolutions(model)}
    for name, widest in ranges.items():
        if name in known:  # an earlier answer leaves later layers out
            _narrow_one(known[name], widest)
    model.validate_nodes_and_infer_types()


def convolutions(model: Any) -> list[Any]:
    """A model's convolutions; each is named ``layer`` or ``layer/what it lacks``."""
    return [one for one in model.get_ops() if one.get_type_name() == "Convolution"]


def _narrow_one(layer: Any, widest: Floats) -> None:
    from openvino import opset13

    width = np.maximum(widest, _NARROWEST * widest.max()).reshape(1, -1, 1, 1)
    nought, one = (np.full((1, 1, 1, 1), value, np.float32) for value in (0, 1))
    taken = opset13.fake_quantize(
        layer.input(0).get_source_output(), np.zeros_like(width), width, nought, one, _LEVELS
    )
    weights = layer.input(1).get_source_output().get_node().data.astype(np.float32) * width
    most = np.maximum(np.abs(weights).max(axis=(1, 2, 3), keepdims=True), np.float32(1e-12))
    kept = opset13.fake_quantize(
        opset13.constant(weights), -most, most, -most, most, _SIGNED_LEVELS
    )
    layer.input(0).replace_source_output(taken.output(0))
    layer.input(1).replace_source_output(kept.output(0))
