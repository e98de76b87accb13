"""Tiny parsers of clothes that really tell the drawn people apart: by colour, or fitted to them."""

import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.person.clothes import ATR
from tests.pipelines.person.drawn import HAIR, SKIN, WALL, Drawn

Floats = npt.NDArray[np.float32]

CLOTH = (30, 70, 160)
DRAWN = {"Background": WALL, "Hair": HAIR, "Face": SKIN, "Upper-clothes": CLOTH}
_FAR = (255, 0, 255)
"""No drawn thing has this colour: labels that it stands for are never told."""
_SHARP = 0.02


def write_schp(
    file: Path,
    labels: Sequence[str],
    *,
    side: int = 96,
    height: int = 0,
    colours: Mapping[str, tuple[int, int, int]] = DRAWN,
) -> Path:
    """An ONNX file that tells each pixel's label by the nearest of a few colours.

    Nearness to a colour is linear in a pixel up to what all labels share, so one convolution of
    one pixel says it. Before it stands an output that tells everything wrong, as SCHP's draft does.
    """
    mean = np.array((0.406, 0.456, 0.485)) * 255
    std = np.array((0.225, 0.224, 0.229)) * 255
    tones = np.array([colours.get(label, _FAR) for label in labels], np.float64)[:, ::-1]
    weight = _SHARP * tones * std
    bias = _SHARP * (tones @ mean - (tones**2).sum(axis=1) / 2)
    outputs = [("draft", len(labels)), ("told", len(labels))]
    nodes = [_conv("picture", name, "bias", output) for name, output in
             (("wrong", "draft"), ("weight", "told"))]  # fmt: skip
    tensors = [_tensor("weight", weight[..., None, None]), _tensor("bias", bias),
               _tensor("wrong", -weight[..., None, None])]  # fmt: skip
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"parser")
    graph += b"".join(_field(5, one) for one in tensors)
    graph += _field(11, _value("picture", (1, 3, height or side, side)))
    graph += b"".join(
        _field(12, _value(name, (1, many, height or side, side))) for name, many in outputs
    )
    opset = _number(2, 13)
    file.write_bytes(_number(1, 8) + _field(7, graph) + _field(8, opset))
    return file


def write_segformer(folder: Path, drawn: Drawn, *, labels: Sequence[str] = ATR) -> Path:
    """A seeded SegFormer of a few thousand numbers, its last layer fitted to one drawn picture."""
    import torch
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    torch.manual_seed(7)
    config = SegformerConfig(
        hidden_sizes=[16, 16, 16, 16], depths=[1, 1, 1, 1], num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=64, id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )  # fmt: skip
    network: Any = SegformerForSemanticSegmentation(config)
    network.eval()
    side = 256
    small = cv2.resize(drawn.rgb, (side, side), interpolation=cv2.INTER_AREA)
    given = (small.astype(np.float32) / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    seen: list[torch.Tensor] = []
    head = network.decode_head.classifier
    hook = head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        network(torch.from_numpy(given.transpose(2, 0, 1)[None].astype(np.float32)))
        hook.remove()
        features = seen[0][0].flatten(1).T.double()
        ones = torch.ones((len(features), 1), dtype=torch.float64)
        wanted = torch.from_numpy(_truth(drawn, labels, features.shape[0])) * 20 - 10
        known = torch.cat([features, ones], dim=1)
        ridge = 1e-6 * torch.eye(known.shape[1], dtype=torch.float64)
        found = torch.linalg.solve(known.T @ known + ridge, known.T @ wanted)
        head.weight.copy_(found[:-1].T[..., None, None])
        head.bias.copy_(found[-1])
    network.save_pretrained(folder)
    size = {"size": {"height": side, "width": side}}
    (folder / "preprocessor_config.json").write_text(json.dumps(size))
    return folder


def _truth(drawn: Drawn, labels: Sequence[str], cells: int) -> npt.NDArray[np.float64]:
    side = round(cells**0.5)
    planes = np.zeros((cells, len(labels)))

    def squeezed(plane: Floats) -> Floats:
        return np.asarray(cv2.resize(plane, (side, side), interpolation=cv2.INTER_AREA)).ravel()

    planes[:, labels.index("Upper-clothes")] = squeezed(drawn.garment)
    planes[:, labels.index("Face")] = squeezed(drawn.figure - drawn.garment)
    planes[:, labels.index("Background")] = squeezed(1 - drawn.figure)
    return planes


def _conv(given: str, weight: str, bias: str, output: str) -> bytes:
    inputs = b"".join(_field(1, one.encode()) for one in (given, weight, bias))
    return inputs + _field(2, output.encode()) + _field(4, b"Conv")


def _tensor(name: str, values: npt.NDArray[np.float64]) -> bytes:
    dims = b"".join(_number(1, size) for size in values.shape)
    raw = values.astype("<f4").tobytes()
    return dims + _number(2, 1) + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, shape: Sequence[int]) -> bytes:
    dims = b"".join(_field(1, _number(1, size)) for size in shape)
    tensor = _number(1, 1) + _field(2, dims)
    return _field(1, name.encode()) + _field(2, _field(1, tensor))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += struct.pack("B", value & 127 | 128)
        value >>= 7
    return out + struct.pack("B", value)
