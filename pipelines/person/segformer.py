"""SegFormer as a parser of clothes: a folder that its trainer saved, read without its code.

References  Xie et al. 2021, "SegFormer: Simple and Efficient Design for Semantic Segmentation with
            Transformers"
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import ExtraMissing
from pipelines.generate.weights_file import WeightsDamaged, total_bytes
from pipelines.imaging.cutout import Box
from pipelines.person.clothes import Parsed, parts_of, unusable

Rgb = npt.NDArray[np.uint8]

CONFIG, PREPROCESSOR, WEIGHTS = "config.json", "preprocessor_config.json", "model.safetensors"
_USUAL_PX, _LEAST_PX, _MOST_PX = 512, 64, 2048
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_REFUSED = (".bin", ".pt", ".pth")
_STRIDE = 4
"""Pixels looked at for one told."""
_COPY = "copy it anew: config.json and model.safetensors, as its trainer saved them"


class SegformerParser:
    """A SegFormer that was trained to parse dressed people, on the processor."""

    def __init__(self, folder: Path, *, key: str) -> None:
        """Load the network.

        Raises
        ------
        CheckpointUnusable : no SegFormer, unknown labels, weights missing or damaged
        ExtraMissing : torch or transformers is not installed
        """
        refuse_unreadable(folder)
        for library in ("torch", "transformers"):
            if importlib.util.find_spec(library) is None:
                raise ExtraMissing(what="SegFormer parsers", extra="gpu")
        self.key = key
        self._parts = parts_of(labels_in(folder), where=str(folder / CONFIG))
        told = _told(folder / PREPROCESSOR) if (folder / PREPROCESSOR).is_file() else {}
        self._size = _size_px(told.get("size", _USUAL_PX), folder / PREPROCESSOR)
        self._mean = np.array(told.get("image_mean", _MEAN), np.float32)
        self._std = np.array(told.get("image_std", _STD), np.float32)
        if self._mean.shape != (3,) or self._std.shape != (3,) or (self._std <= 0).any():
            raise unusable(f"{folder / PREPROCESSOR} has no means of three colours", fix=_COPY)
        self._network = _network(folder)
        self.cell = _STRIDE / min(self._size)

    def parse(self, rgb: Rgb, box: Box) -> Parsed:
        """Look at a part of a picture, squeezed to the network's size as it was trained."""
        import torch

        part = rgb[box.top : box.bottom, box.left : box.right]
        how = cv2.INTER_AREA if max(part.shape[:2]) > max(self._size) else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(part, self._size, interpolation=how), np.float32) / 255
        given = ((small - self._mean) / self._std).transpose(2, 0, 1)[None]
        with torch.inference_mode():
            logits = self._network(torch.from_numpy(np.ascontiguousarray(given))).logits[0]
        return Parsed.of(np.asarray(logits.numpy(), np.float32), self._parts, box)


def labels_in(folder: Path) -> list[str]:
    """The labels in the order of the network's outputs, as its config says.

    Raises
    ------
    CheckpointUnusable : no SegFormer, or its labels are not numbered from 0 on
    """
    config = _told(folder / CONFIG)
    if config.get("model_type") != "segformer":
        fact = f"{folder / CONFIG} describes '{config.get('model_type', '')}', no segformer"
        raise unusable(fact, fix="name the folder of a SegFormer, or an ONNX file of SCHP")
    table = config.get("id2label")
    numbered = {str(key): label for key, label in table.items()} if isinstance(table, dict) else {}
    labels = [numbered.get(str(number)) for number in range(len(numbered))]
    if not labels or not all(isinstance(one, str) for one in labels):
        raise unusable(f"{folder / CONFIG} does not number its labels (id2label)", fix=_COPY)
    return [str(one) for one in labels]


def refuse_unreadable(folder: Path) -> None:
    """Refuse a folder without whole safetensors, before a library is loaded.

    Raises
    ------
    CheckpointUnusable
    """
    weights = folder / WEIGHTS
    if not weights.is_file():
        others = sorted(one.name for one in folder.iterdir() if one.suffix in _REFUSED)
        only = f", only {others[0]}, which could run code when it is read" if others else ""
        raise unusable(f"{folder} has no {WEIGHTS}{only}", fix=_COPY)
    try:
        total_bytes(weights)
    except WeightsDamaged as fault:
        raise unusable(str(fault), fix=_COPY) from fault


def _told(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise unusable(f"{file} cannot be read", fix=_COPY) from fault
    if not isinstance(told, dict):
        raise unusable(f"{file} is no JSON object", fix=_COPY)
    return told


def _size_px(told: object, file: Path) -> tuple[int, int]:
    """Width and height of what the network looks at: its preprocessor writes them three ways."""
    size: Any = told
    if isinstance(size, dict):
        edge = size.get("shortest_edge")
        size = (size.get("width", edge), size.get("height", edge))
    else:
        size = (size, size)
    if not all(type(one) is int and _LEAST_PX <= one <= _MOST_PX for one in size):
        raise unusable(f"{file}: size {told} is not {_LEAST_PX} to {_MOST_PX} px", fix=_COPY)
    return size[0], size[1]


def _network(folder: Path) -> Any:
    import transformers
    from safetensors import SafetensorError

    said: Any = transformers.utils.logging
    said.disable_progress_bar()
    said.set_verbosity(said.CRITICAL)  # what is wrong is told by us
    try:
        network, told = transformers.SegformerForSemanticSegmentation.from_pretrained(
            str(folder), use_safetensors=True, local_files_only=True, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as fault:
        if "mismatch" in str(fault):
            raise unusable(f"{folder}: its weights do not fit its config", fix=_COPY) from fault
        first = (str(fault).strip() or type(fault).__name__).partition("\n")[0]
        raise unusable(f"{folder}: {first}", fix=_COPY) from fault
    wrong = sorted(map(str, told["missing_keys"]))
    if wrong:
        fact = f"{folder / WEIGHTS} lacks {len(wrong)} weights, such as {wrong[0]}"
        raise unusable(fact, fix=_COPY)
    return network.eval()
